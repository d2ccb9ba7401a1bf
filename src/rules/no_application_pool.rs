//! `no-application-pool`: this stack opens a connection when it needs one, and session mode pools nothing for it.

use super::prelude::*;
use super::stack;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "no-application-pool",
    severity: Severity::Warning,
    group: Group::Stack,
    what: "This stack opens a connection when it needs one, and session mode pools nothing for it.",
    why: "In session mode one client is one server connection, opened and closed with it: every request pays TCP, TLS and login, and concurrency above the session cap is refused. The session pooler gives IPv4, not pooling.",
    fix: "Keep a small pool in each worker (`ThreadedConnectionPool`, SQLAlchemy's QueuePool), with workers x threads below the session cap; or use transaction mode (port 6543) for many short processes.",
    sources: &[
        "Supabase documentation, Supavisor FAQ, September 2026",
        "Measured against Supavisor 2.9.7, November 2026",
    ],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let stack = stack::profiles(subject).find(|stack| stack.pool.as_ref().is_some_and(|pool| !pool.by_default))?;
    let pooled_elsewhere = stack::profiles(subject)
        .any(|stack| stack.pool.as_ref().is_some_and(|pool| pool.by_default) && !stack::is_for_migrations(stack));
    let beside = &subject.target.neighbours;
    let settled = pooled_elsewhere || beside.pool_size.is_some() || beside.code.keeps_connections;
    let migrations = subject.said().workload == Some(Workload::Migrations);
    (stack::mode(subject) == Mode::Session && !settled && !migrations).then(|| {
        let cap = subject.pool_size();
        rule.finding(format!("{} brings no pool, and in session mode the pooler is none either: each connection is one of the {} server connections {}.", stack.name, cap.size, cap.from))
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn psycopg2_alone_in_session_mode_is_told() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .stack("psycopg2")
            .fires(RULE.id);
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres")
            .stack("psycopg2")
            .silent(RULE.id);
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .stack("sqlalchemy-psycopg2")
            .silent(RULE.id);
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .stack("psql")
            .silent(RULE.id);
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .silent(RULE.id);
    }
}
