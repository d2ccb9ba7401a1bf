//! `no-ipv6-route`: the host has an IPv6 address only, and this machine has no way to IPv6.

use super::prelude::*;
use crate::probe::Refusal;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "no-ipv6-route",
    severity: Severity::Error,
    group: Group::Probe,
    what: "The host has an IPv6 address only, and this machine has no way to IPv6.",
    why: "`db.<ref>.supabase.co` is IPv6 unless the project has the IPv4 add-on. Vercel, GitHub Actions, Render and many networks have no IPv6.",
    fix: "Use the shared pooler: the same password, user `postgres.<ref>`, the host from the Connect dialog, port 5432 in place of direct and 6543 in place of the dedicated pooler. Or order the IPv4 add-on.",
    sources: &["Supabase documentation, IPv4 address and Connect to your database, September 2026"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let failure = subject.refused(&[Refusal::NoIpv6Route])?;
    Some(rule.finding(&failure.message).at(subject.host_field().and_then(|host| host.span.clone())))
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn it_fires() {
        scene("postgresql://postgres:pw@db.abcdefghijklmnopqrst.supabase.co:5432/postgres")
            .refused(Refusal::NoIpv6Route)
            .fires(RULE.id);
    }

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres:pw@db.abcdefghijklmnopqrst.supabase.co:5432/postgres").silent(RULE.id);
    }
}
