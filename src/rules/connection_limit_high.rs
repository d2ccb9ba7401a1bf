//! `connection-limit-high`: one process may open more connections than the pool has behind it.

use super::prelude::*;
use super::subject::span_of;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "connection-limit-high",
    severity: Severity::Warning,
    group: Group::Setting,
    what: "One process may open more connections than the pool has behind it.",
    why: "In session mode the pooler refuses whoever comes after the last one; in transaction mode they wait for a server connection, up to a minute.",
    fix: "Lower `connection_limit`: 1 to start with in serverless, about 5 in a long-running process; count all processes together.",
    sources: &["Supabase documentation, Prisma and Supavisor FAQ, September 2026"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let parameter = subject.parameter("connection_limit")?;
    let limit: u32 = parameter.value.parse().ok()?;
    let pool = subject.pool_size();
    (limit > pool.size && subject.kind().is_hosted() && subject.kind() != Kind::Direct).then(|| {
        rule.finding(format!(
            "`connection_limit={limit}` is more than the {} server connections {}.",
            pool.size, pool.from
        ))
        .at(span_of(parameter))
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn it_fires() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres?pgbouncer=true&connection_limit=20").fires(RULE.id);
    }

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres?pgbouncer=true&connection_limit=5").silent(RULE.id);
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres?pgbouncer=true&connection_limit=20").pool_size(40).silent(RULE.id);
    }
}
