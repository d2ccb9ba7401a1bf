//! `wait-forever`: this stack waits for a free connection without a limit, unless its code says otherwise.

use super::prelude::*;
use super::stack;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "wait-forever",
    severity: Severity::Warning,
    group: Group::Stack,
    what: "This stack waits for a free connection without a limit, unless its code says otherwise.",
    why: "Behind a full pool requests pile up and nobody learns of it; the pooler itself lets a query wait for up to a minute.",
    fix: "Set the pool's timeout (for `pg` connectionTimeoutMillis) to 5-10 seconds.",
    sources: &["pg-pool 3.14 source (defaults), November 2026"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let stack = stack::profiles(subject).find(|stack| stack.pool.as_ref().is_some_and(|pool| pool.waits_forever))?;
    // The setting cannot show what the code sets, so this is no more than a reminder.
    subject.kind().is_hosted().then(|| {
        rule.finding(format!("{} waits for a connection for ever by default.", stack.name))
            .with_severity(Severity::Note)
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn it_fires() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .stack("node-postgres")
            .fires(RULE.id);
    }

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .stack("asyncpg")
            .silent(RULE.id);
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .silent(RULE.id);
    }
}
