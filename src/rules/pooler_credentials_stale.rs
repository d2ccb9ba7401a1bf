//! `pooler-credentials-stale`: the pooler's own copy of the role's password is out of date.

use super::prelude::*;
use crate::probe::Refusal;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "pooler-credentials-stale",
    severity: Severity::Error,
    group: Group::Probe,
    what: "The pooler's own copy of the role's password is out of date.",
    why: "After a password change the pooler may still hold the old one: `Authentication credentials are invalid. Please reconnect with fresh credentials`. The client's password is not the cause.",
    fix: "Close all connections of this role, wait 15 seconds, connect once with the new password. If it stays, reset the password again in the dashboard or write to support.",
    sources: &["Measured against Supavisor 2.9.7 and 2.9.10, November 2026"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    subject.refused(&[Refusal::PoolerCredentialsStale]).map(|failure| rule.finding(&failure.message))
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn it_fires() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres")
            .refused(Refusal::PoolerCredentialsStale)
            .fires(RULE.id);
    }

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres")
            .silent(RULE.id);
    }
}
