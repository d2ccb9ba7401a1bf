//! `replication-through-pooler`: a replication connection is asked for at a pooler.

use super::prelude::*;
use super::subject::span_of;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "replication-through-pooler",
    severity: Severity::Warning,
    group: Group::Stack,
    what: "A replication connection is asked for at a pooler.",
    why: "Poolers do not pass the replication protocol on: Supavisor ignores the key and gives an ordinary session, PgBouncer refuses it.",
    fix: "Use the direct host, port 5432.",
    sources: &["Measured against Supavisor 2.8.8 and 2.9.7, November 2026"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let parameter = subject
        .parameter("replication")
        .filter(|parameter| !matches!(parameter.value.as_str(), "false" | "off" | "0" | "no"))?;
    matches!(subject.endpoint.pooler, Pooler::Supavisor | Pooler::PgBouncer)
        .then(|| rule.finding("A pooler carries no replication.").at(span_of(parameter)))
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn it_fires() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres?replication=database").fires(RULE.id);
    }

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres:pw@db.abcdefghijklmnopqrst.supabase.co:5432/postgres?replication=database")
            .silent(RULE.id);
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .silent(RULE.id);
    }
}
