//! `unbounded-pool`: this stack's pool has no upper limit, and none is set beside the setting.

use super::prelude::*;
use super::stack;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "unbounded-pool",
    severity: Severity::Warning,
    group: Group::Stack,
    what: "This stack's pool has no upper limit, and none is set beside the setting.",
    why: "Under load it opens connections until the pooler or the database refuses everybody.",
    fix: "Set the pool's maximum.",
    sources: &["Driver documentation, November 2026"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let stack = stack::profiles(subject).find(|stack| stack.pool.as_ref().is_some_and(|pool| pool.unbounded))?;
    (subject.kind().is_hosted() && subject.target.neighbours.pool_size.is_none())
        .then(|| rule.finding(format!("{} opens as many connections as it likes.", stack.name)))
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .stack("asyncpg")
            .silent(RULE.id);
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .silent(RULE.id);
    }
}
