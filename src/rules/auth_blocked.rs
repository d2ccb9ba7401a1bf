//! `auth-blocked`: the pooler refuses logins for a while after too many failures.

use super::prelude::*;
use crate::probe::Refusal;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "auth-blocked",
    severity: Severity::Error,
    group: Group::Probe,
    what: "The pooler refuses logins for a while after too many failures.",
    why: "Ten wrong passwords from one address within 150 seconds block that address for 120 seconds, the right password included; attempts while blocked prolong it. Some client with an old password keeps trying, perhaps behind the same outgoing address.",
    fix: "Stop every client that has the old password, wait two minutes without a single attempt, then log in once.",
    sources: &[
        "Measured against Supavisor 2.8.8, 2.9.7 and 2.9.10, November 2026",
        "Supavisor source, circuit_breaker.ex, August 2026",
    ],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    subject.refused(&[Refusal::AuthBlocked]).map(|failure| rule.finding(&failure.message))
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn it_fires() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .refused(Refusal::AuthBlocked)
            .fires(RULE.id);
    }

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .silent(RULE.id);
    }
}
