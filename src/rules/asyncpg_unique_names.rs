//! `asyncpg-unique-names`: `prepared_statement_cache_size=0` alone does not stop named statements.

use super::prelude::*;
use super::stack;
use super::subject::span_of;
use crate::knowledge::EndpointClass;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "asyncpg-unique-names",
    severity: Severity::Warning,
    group: Group::Stack,
    what: "`prepared_statement_cache_size=0` alone does not stop named statements.",
    why: "It empties SQLAlchemy's cache; asyncpg goes on naming its own. Through an untracked transaction pooler 10 of 16 clients failed with it.",
    fix: "Set `connect_args={\"statement_cache_size\": 0}` with asyncpg 0.31 or later. Up to 0.30 add a unique `prepared_statement_name_func`; from 0.31 on leave that out.",
    sources: &["Measured with SQLAlchemy 2.1.9 and asyncpg 0.30.0 and 0.32.0, November 2026"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let parameter = subject.parameter("prepared_statement_cache_size").filter(|parameter| parameter.value == "0")?;
    let untracked = matches!(stack::class(subject)?, EndpointClass::TransactionUntracked | EndpointClass::Dedicated);
    untracked.then(|| rule.finding("`prepared_statement_cache_size=0` is half of the recipe.").at(span_of(parameter)))
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn it_fires() {
        scene("postgresql+asyncpg://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres?prepared_statement_cache_size=0").fires(RULE.id);
    }

    #[test]
    fn it_is_silent() {
        scene("postgresql+asyncpg://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres?prepared_statement_cache_size=0").silent(RULE.id);
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres")
            .silent(RULE.id);
    }
}
