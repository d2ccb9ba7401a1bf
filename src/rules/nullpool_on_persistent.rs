//! `nullpool-on-persistent`: a long-running process keeps no connection.

use super::prelude::*;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "nullpool-on-persistent",
    severity: Severity::Warning,
    group: Group::Stack,
    what: "A long-running process keeps no connection.",
    why: "With SQLAlchemy's NullPool every use of the database pays TCP, TLS and login anew, several round trips before the first query; a long-running process could keep a few connections open.",
    fix: "Use the default QueuePool with a small pool (`pool_size=5`), and keep NullPool for serverless functions and for migrations.",
    sources: &[
        "SQLAlchemy 2.1 documentation, Connection pooling (Switching pool implementations)",
        "Supabase documentation, Connection management, 2026",
    ],
    check: Check::One(check),
};

/// The evidence: a variable that asks for `NullPool`, and a workload or a number of worker processes that says "server".
fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let beside = &subject.target.neighbours;
    let variable = beside.pool.null_pool.as_deref()?;
    let why = match (subject.said().workload, beside.workers) {
        (Some(Workload::Persistent), _) => "the application runs on".to_owned(),
        (None, Some(workers)) => format!("{workers} worker processes run on"),
        _ => return None,
    };
    subject.kind().is_hosted().then(|| rule.finding(format!("`{variable}` asks for NullPool, and {why}.")))
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::target::{Neighbours, PoolHints};

    const POOLER: &str =
        "postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres";

    fn null_pool(workers: Option<u32>) -> Neighbours {
        let pool = PoolHints { null_pool: Some("DB_POOL_CLASS".into()), ..Default::default() };
        Neighbours { workers, pool, ..Default::default() }
    }

    #[test]
    fn it_fires() {
        let finding = scene(POOLER).beside(null_pool(None)).workload(Workload::Persistent).fires(RULE.id);
        assert!(finding.message.contains("DB_POOL_CLASS"), "{}", finding.message);
        scene(POOLER).beside(null_pool(Some(4))).fires(RULE.id);
    }

    #[test]
    fn it_is_silent() {
        scene(POOLER).beside(null_pool(None)).silent(RULE.id);
        scene(POOLER).beside(null_pool(Some(4))).workload(Workload::Serverless).silent(RULE.id);
        scene(POOLER).workload(Workload::Persistent).silent(RULE.id);
        scene("postgresql://me:pw@localhost/app").beside(null_pool(Some(4))).silent(RULE.id);
    }
}
