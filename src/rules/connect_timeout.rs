//! `connect-timeout`: no answer in time.

use super::prelude::*;
use crate::probe::Refusal;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "connect-timeout",
    severity: Severity::Error,
    group: Group::Probe,
    what: "No answer in time.",
    why: "A firewall drops the packets, the network has no route there, or the server is too busy to answer.",
    fix: "Try another network. From a cloud function or a CI job, check that outgoing 5432 and 6543 are open.",
    sources: &["Supabase documentation, Connect to your database, September 2026"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let failure = subject.refused(&[Refusal::Timeout, Refusal::Unreachable])?;
    let finding = rule.finding(&failure.message);
    Some(if subject.kind().is_db_host() {
        finding.with_fix("Try the shared pooler's host, which is IPv4: broken IPv6 looks like this. If that answers, IPv6 or a network restriction is the cause; if it does not, look at the project's health in the dashboard.")
    } else {
        finding
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn it_fires() {
        scene("postgresql://postgres:pw@db.abcdefghijklmnopqrst.supabase.co:5432/postgres")
            .refused(Refusal::Timeout)
            .fires(RULE.id);
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .refused(Refusal::Unreachable)
            .fires(RULE.id);
    }

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .silent(RULE.id);
    }
}
