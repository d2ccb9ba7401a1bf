//! `database-unreachable`: the pooler answers, and the database behind it does not.

use super::prelude::*;
use crate::probe::Refusal;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "database-unreachable",
    severity: Severity::Error,
    group: Group::Probe,
    what: "The pooler answers, and the database behind it does not.",
    why: "The database is restarting, out of connection slots, out of memory, or paused. A login that succeeds proves nothing in transaction mode: the pooler greets for the database.",
    fix: "Look at the project's health and at Database reports in the dashboard; restart it if it does not come back.",
    sources: &["Measured against Supavisor 2.8.8, 2.9.7 and 2.9.10, November 2026"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    subject.refused(&[Refusal::DatabaseUnreachable]).map(|failure| rule.finding(&failure.message))
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn it_fires() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres")
            .refused(Refusal::DatabaseUnreachable)
            .fires(RULE.id);
    }

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres")
            .silent(RULE.id);
    }
}
