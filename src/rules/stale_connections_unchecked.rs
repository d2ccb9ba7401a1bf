//! `stale-connections-unchecked`: the pool hands out connections that nobody has looked at since they were last used.

use super::prelude::*;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "stale-connections-unchecked",
    severity: Severity::Note,
    group: Group::Stack,
    what: "The pool hands out connections that nobody has looked at since they were last used.",
    why: "A restart of the database or the pooler, a failover or a gateway's idle limit closes connections behind the pool's back; the next query on one of them fails with `server closed the connection unexpectedly`.",
    fix: "Set `pool_pre_ping=True`, which tests a connection before use for one round trip, or `pool_recycle=300`, which replaces old ones.",
    sources: &["SQLAlchemy 2.1 documentation, Connection pooling (Dealing with disconnects)"],
    check: Check::One(check),
};

/// The evidence: variables beside the setting that turn both ways off, or one off with nothing said of the other.
fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let pool = &subject.target.neighbours.pool;
    let tested = pool.pre_ping == Some(true);
    let replaced = pool.recycle_s.is_some_and(|seconds| seconds > 0);
    let off = pool.pre_ping == Some(false) || pool.recycle_s.is_some();
    let keeps = pool.null_pool.is_none() && subject.said().workload != Some(Workload::Serverless);
    (subject.kind().is_hosted() && keeps && off && !tested && !replaced)
        .then(|| rule.finding("The pool neither tests its connections before use nor replaces old ones."))
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::target::{Neighbours, PoolHints};

    fn with(pre_ping: Option<bool>, recycle_s: Option<i64>) -> Scene {
        let pool = PoolHints { pre_ping, recycle_s, ..Default::default() };
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .beside(Neighbours { pool, ..Default::default() })
    }

    #[test]
    fn it_fires() {
        with(Some(false), None).fires(RULE.id);
        with(None, Some(-1)).fires(RULE.id);
    }

    #[test]
    fn it_is_silent() {
        with(None, None).silent(RULE.id);
        with(Some(true), Some(-1)).silent(RULE.id);
        with(Some(false), Some(300)).silent(RULE.id);
    }
}
