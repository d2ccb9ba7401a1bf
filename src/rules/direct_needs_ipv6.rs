//! `direct-needs-ipv6`: this host has an IPv6 address only, unless the project has the IPv4 add-on.

use super::prelude::*;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "direct-needs-ipv6",
    severity: Severity::Note,
    group: Group::Setting,
    what: "This host has an IPv6 address only, unless the project has the IPv4 add-on.",
    why: "Where there is no IPv6 (Vercel, GitHub Actions, Render, many home and office networks) the name does not resolve or the network is unreachable.",
    fix: "Use the shared pooler, which is IPv4: port 5432 in place of direct, 6543 in place of the dedicated pooler. Or order the IPv4 add-on.",
    sources: &["Supabase documentation, Connect to your database and IPv4 address, September 2026"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let host = subject.host_field()?;
    (subject.kind().is_db_host() && !subject.was_reached()).then(|| {
        rule.finding(format!("`{}` can be reached over IPv6 only, unless the project has the IPv4 add-on.", host.value))
            .at(host.span.clone())
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn it_fires() {
        scene("postgresql://postgres:pw@db.abcdefghijklmnopqrst.supabase.co:5432/postgres").fires(RULE.id);
        scene("postgresql://postgres:pw@db.abcdefghijklmnopqrst.supabase.co:6543/postgres").fires(RULE.id);
    }

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .silent(RULE.id);
    }
}
