//! `pool-full`: the pooler has no room for another client.

use super::prelude::*;
use crate::probe::Refusal;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "pool-full",
    severity: Severity::Error,
    group: Group::Probe,
    what: "The pooler has no room for another client.",
    why: "In session mode each client holds a server connection, so the limit is the pool size: 15 on small projects. In transaction mode it is the tier's client limit, or all server connections are busy.",
    fix: "Count instances x workers x pool of everything that logs in as this user, and make it smaller than the limit; move short-lived processes to transaction mode (port 6543).",
    sources: &[
        "Measured against Supavisor 2.8.8, 2.9.7 and 2.9.10, November 2026",
        "Supabase documentation, Pooling and limits, September 2026",
    ],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let failure = subject.refused(&[Refusal::PoolFull])?;
    let finding = rule.finding(&failure.message);
    Some(match subject.endpoint.mode {
        Mode::Session => finding.with_fix("Session mode takes as many clients as the pool has server connections. Make the sum of all application pools smaller than that, move serverless functions and other short-lived processes to port 6543, or raise the pool size (Dashboard, Database settings, Connection pooling) within 40 % of max_connections (80 % without the Data API)."),
        Mode::Transaction => finding.with_fix("Find the queries and open transactions that hold the server connections (`select * from pg_stat_activity where state <> 'idle'`), give each instance fewer connections, or raise the pool size."),
        _ => finding,
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn it_fires() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .refused(Refusal::PoolFull)
            .fires(RULE.id);
    }

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .silent(RULE.id);
    }
}
