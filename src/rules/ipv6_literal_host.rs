//! `ipv6-literal-host`: the host is an IPv6 address in place of a name.

use super::prelude::*;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "ipv6-literal-host",
    severity: Severity::Warning,
    group: Group::Setting,
    what: "The host is an IPv6 address in place of a name.",
    why: "The address of a project can change when it is paused, restored or given the IPv4 add-on, and verify-full has no name to compare with the certificate.",
    fix: "Use the host name, `db.<ref>.supabase.co`; to force an address keep the name and add `hostaddr=...`.",
    sources: &["Supabase documentation, IPv4 address, 2026"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let host = subject.host_field()?;
    let plain =
        || subject.tenant().map_or_else(|| subject.user().map_or("", |user| user.value.as_str()), |split| split.role);
    let global =
        matches!(shape(&host.value), Shape::Ip(std::net::IpAddr::V6(v6)) if v6.segments()[0] & 0xe000 == 0x2000);
    (global && plain() == "postgres").then(|| {
        rule.finding(format!("`{}` is an address; a project's address can change.", host.value)).at(host.span.clone())
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .silent(RULE.id);
        scene("postgresql://postgres:pw@[::1]:5432/postgres").silent(RULE.id);
    }

    #[test]
    fn a_public_address_is_told() {
        let mut literal = scene("postgresql://postgres:pw@db.abcdefghijklmnopqrst.supabase.co:5432/postgres");
        let conninfo = literal.reading.literal.as_mut().expect("readable");
        conninfo.hosts[0].host = Some(crate::conninfo::Field::unplaced("2600:1f18::1"));
        literal.fires(RULE.id);
    }
}
