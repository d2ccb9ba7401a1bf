//! `pgbouncer-param-on-direct`: `pgbouncer=true` stands on a direct connection.

use super::prelude::*;
use super::stack;
use super::subject::span_of;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "pgbouncer-param-on-direct",
    severity: Severity::Warning,
    group: Group::Setting,
    what: "`pgbouncer=true` stands on a direct connection.",
    why: "The key is Prisma's (up to version 6). There is no pooler here; it turns prepared statements off for nothing. Drivers that send unknown keys to the server are refused with `unrecognized configuration parameter \"pgbouncer\"`.",
    fix: "Remove `pgbouncer=true`.",
    sources: &["Prisma documentation, PgBouncer (version 6)", "Driver behaviour measured, November 2026"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let parameter = subject.parameter("pgbouncer").filter(|parameter| parameter.value == "true")?;
    // A stack that has no use for the key at all is told so by `rejected-parameter` or `foreign-parameter`.
    let told = stack::unusable(subject, parameter).is_some();
    (subject.endpoint.mode == Mode::Direct && !told).then(|| {
        rule.finding("`pgbouncer=true` has no use on a direct connection.")
            .at(span_of(parameter))
            .with_repaired(subject.without("pgbouncer"))
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn it_fires() {
        assert_eq!(
            scene("postgresql://postgres:pw@db.abcdefghijklmnopqrst.supabase.co:5432/postgres?pgbouncer=true")
                .repaired(RULE.id),
            "postgresql://postgres:pw@db.abcdefghijklmnopqrst.supabase.co:5432/postgres"
        );
        scene("postgresql://postgres:postgres@127.0.0.1:54322/postgres?pgbouncer=true").fires(RULE.id);
    }

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres:pw@db.abcdefghijklmnopqrst.supabase.co:6543/postgres?pgbouncer=true")
            .silent(RULE.id);
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres?pgbouncer=true").silent(RULE.id);
    }
}
