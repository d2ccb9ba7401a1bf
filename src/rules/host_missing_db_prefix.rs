//! `host-missing-db-prefix`: the host is the project's HTTPS API; Postgres is under `db.`.

use super::prelude::*;
use crate::endpoint::is_ref;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "host-missing-db-prefix",
    severity: Severity::Error,
    group: Group::Setting,
    what: "The host is the project's HTTPS API; Postgres is under `db.`.",
    why: "`<ref>.supabase.co` is a web address behind a proxy that does not speak Postgres, so the connection times out.",
    fix: "Write `db.` before the host, or use the shared pooler's host where there is no IPv6.",
    sources: &["Supabase documentation, Connect to your database, September 2026"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    // A web address is told as such.
    let host = subject.host_field().filter(|_| !subject.is_http())?;
    let Shape::Api { label } = shape(&host.value) else { return None };
    let finding =
        rule.finding(format!("`{}` is the project's API host, not its database.", host.value)).at(host.span.clone());
    Some(
        finding.with_repaired(
            subject.replaced(host.span.as_ref(), &format!("db.{}", host.value)).filter(|_| is_ref(&label)),
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn it_fires() {
        assert_eq!(
            scene("postgresql://postgres:pw@abcdefghijklmnopqrst.supabase.co:5432/postgres").repaired(RULE.id),
            "postgresql://postgres:pw@db.abcdefghijklmnopqrst.supabase.co:5432/postgres"
        );
    }

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres:pw@db.abcdefghijklmnopqrst.supabase.co:5432/postgres").silent(RULE.id);
    }
}
