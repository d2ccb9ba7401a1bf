//! `migrations-on-transaction`: schema changes would run through a transaction pooler.

use super::family::{belong_together, is_direct_name};
use super::prelude::*;
use super::stack;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "migrations-on-transaction",
    severity: Severity::Error,
    group: Group::Stack,
    what: "Schema changes would run through a transaction pooler.",
    why: "Migration tools rely on session advisory locks, SET and long transactions on one server connection; between transactions this pooler gives them another.",
    fix: "Give migrations a URL of their own with port 5432: the direct host, or the session pooler where there is no IPv6.",
    sources: &[
        "Supabase documentation, Connect to your database, September 2026",
        "Measured against Supavisor 2.9.7, November 2026",
    ],
    check: Check::Several(check),
};

fn check(rule: &Rule, subjects: &[Subject<'_>]) -> Vec<(usize, Finding)> {
    let mut findings = Vec::new();
    for (at, subject) in subjects.iter().enumerate() {
        if stack::mode(subject) != Mode::Transaction || is_direct_name(subject) {
            continue;
        }
        let tool = stack::profiles(subject).find(|stack| stack::is_for_migrations(stack));
        let asked = subject.said().workload == Some(Workload::Migrations);
        // A second setting for migrations stands beside it: then this one is the application's.
        let other = subjects
            .iter()
            .enumerate()
            .any(|(other_at, other)| other_at != at && is_direct_name(other) && belong_together(subject, other));
        if asked || (tool.is_some() && !other) {
            let what = tool.map_or("Migrations", |stack| stack.name.as_str());
            let port = subject.host().and_then(|host| host.port.as_ref()).and_then(|port| port.span.as_ref());
            let repaired = subject.replaced(port, "5432").filter(|_| subject.kind().is_hosted());
            findings.push((
                at,
                rule.finding(format!("{what} would go through a transaction pooler."))
                    .at(port.cloned())
                    .with_repaired(repaired),
            ));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn migrations_on_6543_are_an_error() {
        assert_eq!(
            scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres")
                .workload(Workload::Migrations)
                .repaired(RULE.id),
            "postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres"
        );
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres")
            .stack("alembic")
            .fires(RULE.id);
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .stack("alembic")
            .silent(RULE.id);
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres")
            .stack("asyncpg")
            .silent(RULE.id);
    }

    #[test]
    fn a_second_url_for_migrations_settles_it() {
        let url =
            scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres")
                .stack("alembic")
                .named("DATABASE_URL", ".env");
        let direct =
            scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
                .stack("alembic")
                .named("DIRECT_URL", ".env");
        assert!(several(&[&url, &direct], RULE.id).is_empty());
    }
}
