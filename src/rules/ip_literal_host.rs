//! `ip-literal-host`: the host is an IPv4 address in place of a name.

use super::prelude::*;
use crate::endpoint::is_ref;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "ip-literal-host",
    severity: Severity::Warning,
    group: Group::Setting,
    what: "The host is an IPv4 address in place of a name.",
    why: "Supabase's addresses change without notice, and verify-full has no name to compare with the certificate.",
    fix: "Use the host name; to force an address keep the name and add `hostaddr=...`.",
    sources: &[
        "Supabase documentation, IPv4 address, 2026",
        "PostgreSQL 15 documentation, section 34.1.2 (parameter `hostaddr`)",
    ],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let host = subject.host_field()?;
    let hosted_user = || subject.tenant().is_some_and(|split| is_ref(split.tenant));
    (matches!(shape(&host.value), Shape::Ip(std::net::IpAddr::V4(_))) && hosted_user()).then(|| {
        rule.finding(format!("`{}` is an address; the user is one of the shared pooler.", host.value))
            .at(host.span.clone())
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn it_fires() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@52.1.2.3:6543/postgres").fires(RULE.id);
    }

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .silent(RULE.id);
        scene("postgresql://me:pw@10.0.0.1:5432/x").silent(RULE.id);
    }
}
