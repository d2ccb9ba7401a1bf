//! `not-postgres`: what answers is not a Postgres server.

use super::prelude::*;
use crate::probe::Refusal;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "not-postgres",
    severity: Severity::Error,
    group: Group::Probe,
    what: "What answers is not a Postgres server.",
    why: "An HTTP server, a proxy or another protocol listens on this host and port.",
    fix: "Compare host and port with the dashboard's Connect dialog.",
    sources: &["PostgreSQL 15 documentation, chapter 55 (frontend/backend protocol)"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let failure = subject.refused(&[Refusal::NotPostgres])?;
    Some(rule.finding(&failure.message).at(subject.host_field().and_then(|host| host.span.clone())))
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn it_fires() {
        scene("postgresql://me:pw@localhost:8080/x").refused(Refusal::NotPostgres).fires(RULE.id);
    }

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .silent(RULE.id);
    }
}
