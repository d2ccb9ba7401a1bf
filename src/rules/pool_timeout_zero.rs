//! `pool-timeout-zero`: the wait for a free connection has no limit.

use super::prelude::*;
use super::subject::span_of;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "pool-timeout-zero",
    severity: Severity::Warning,
    group: Group::Setting,
    what: "The wait for a free connection has no limit.",
    why: "With `pool_timeout=0` requests pile up behind a full pool and nobody learns of it.",
    fix: "Give it a value, for example `pool_timeout=10`.",
    sources: &["Prisma documentation, Connection pool (version 6)"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let parameter = subject.parameter("pool_timeout").filter(|parameter| parameter.value == "0")?;
    Some(
        rule.finding("`pool_timeout=0` waits for ever.")
            .at(span_of(parameter))
            .with_repaired(subject.replaced(parameter.value_span.as_ref(), "10")),
    )
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn it_fires() {
        assert_eq!(scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres?pool_timeout=0").repaired(RULE.id), "postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres?pool_timeout=10");
    }

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres?pool_timeout=20").silent(RULE.id);
    }
}
