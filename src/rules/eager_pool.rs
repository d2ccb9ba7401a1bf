//! `eager-pool`: the pool opens its connections at start, and all processes together fill the session cap.

use super::prelude::*;
use super::stack;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "eager-pool",
    severity: Severity::Warning,
    group: Group::Stack,
    what: "The pool opens its connections at start, and all processes together fill the session cap.",
    why: "The last processes to start are refused, so that a deploy fails although nobody uses the application.",
    fix: "Let the pool start empty (`min_size=0` or 1) and grow.",
    sources: &["asyncpg 0.32 and psycopg_pool 3.3 source (defaults), November 2026"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let workers = subject.target.neighbours.workers?;
    let (stack, opens) = stack::profiles(subject)
        .filter_map(|stack| Some((stack, stack.pool.as_ref()?.opens_at_start)))
        .max_by_key(|(_, opens)| *opens)?;
    let opens = subject.target.neighbours.pool_size.map_or(opens, |size| size.min(opens));
    let cap = subject.pool_size();
    let total = opens.saturating_mul(workers);
    (opens > 1 && stack::mode(subject) == Mode::Session && total > cap.size).then(|| {
        rule.finding(format!("{} opens {opens} connections at start; {workers} processes ask for {total} of the {} server connections {}.", stack.name, cap.size, cap.from))
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::target::Neighbours;

    #[test]
    fn ten_at_start_in_two_processes_are_too_many() {
        let workers = |count| Neighbours { workers: Some(count), ..Default::default() };
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .stack("asyncpg")
            .beside(workers(2))
            .fires(RULE.id);
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .stack("asyncpg")
            .beside(workers(1))
            .silent(RULE.id);
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres")
            .stack("asyncpg")
            .beside(workers(2))
            .silent(RULE.id);
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .stack("asyncpg")
            .silent(RULE.id);
    }
}
