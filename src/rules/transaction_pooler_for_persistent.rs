//! `transaction-pooler-for-persistent`: a long-running process would use the transaction pooler.

use super::prelude::*;
use super::stack;
use crate::advice::Fit;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "transaction-pooler-for-persistent",
    severity: Severity::Warning,
    group: Group::Stack,
    what: "A long-running process would use the transaction pooler.",
    why: "It works with care, and gives up prepared statements, LISTEN, session settings and advisory locks for a sharing that a pool of its own makes needless.",
    fix: "Use the direct host, or port 5432 of the same pooler, with a small pool. Stay on 6543 when there are more processes than the session cap.",
    sources: &["Supabase documentation, Connect to your database, September 2026"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let persistent = subject.said().workload == Some(Workload::Persistent);
    if !persistent || stack::mode(subject) != Mode::Transaction || !subject.kind().is_hosted() {
        return None;
    }
    // A profile that judges this very case knows better than the general rule.
    let class = stack::class(subject)?;
    let judged: Vec<Fit> = stack::profiles(subject)
        .filter_map(|stack| stack.advice_for(class, Workload::Persistent))
        .map(|advice| advice.fit)
        .collect();
    if !judged.is_empty() && judged.iter().all(|fit| *fit != Fit::Avoid) {
        return None;
    }
    let port = subject.host().and_then(|host| host.port.as_ref()).and_then(|port| port.span.clone());
    Some(rule.finding("A long-running process gains little here and loses session state.").at(port))
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn it_fires() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres")
            .workload(Workload::Persistent)
            .fires(RULE.id);
    }

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres")
            .workload(Workload::Persistent)
            .stack("asyncpg")
            .silent(RULE.id);
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .workload(Workload::Persistent)
            .silent(RULE.id);
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres")
            .silent(RULE.id);
    }
}
