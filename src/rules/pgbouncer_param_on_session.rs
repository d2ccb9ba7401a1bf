//! `pgbouncer-param-on-session`: `pgbouncer=true` stands on a session pooler.

use super::prelude::*;
use super::stack;
use super::subject::span_of;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "pgbouncer-param-on-session",
    severity: Severity::Warning,
    group: Group::Setting,
    what: "`pgbouncer=true` stands on a session pooler.",
    why: "The key is Prisma's (up to version 6). It turns prepared statements off, which only transaction mode needs: each query costs more for nothing. libpq, psycopg and SQLAlchemy refuse the key outright.",
    fix: "Remove `pgbouncer=true`; it belongs on port 6543.",
    sources: &["Prisma documentation, PgBouncer (version 6)", "Driver behaviour measured, November 2026"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let parameter = subject.parameter("pgbouncer").filter(|parameter| parameter.value == "true")?;
    // A stack that has no use for the key at all is told so by `rejected-parameter` or `foreign-parameter`.
    let told = stack::unusable(subject, parameter).is_some();
    (subject.endpoint.mode == Mode::Session && !told).then(|| {
        rule.finding("`pgbouncer=true` has no use in session mode.")
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
        assert_eq!(scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres?pgbouncer=true&connection_limit=5").repaired(RULE.id), "postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres?connection_limit=5");
        assert_eq!(scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres?sslmode=require&pgbouncer=true").repaired(RULE.id), "postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres?sslmode=require");
        assert_eq!(scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres?pgbouncer=true").repaired(RULE.id), "postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres");
    }

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres?pgbouncer=true").silent(RULE.id);
        scene("postgresql://postgres:pw@db.abcdefghijklmnopqrst.supabase.co:6543/postgres?pgbouncer=true")
            .silent(RULE.id);
    }
}
