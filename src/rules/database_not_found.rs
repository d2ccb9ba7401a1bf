//! `database-not-found`: the database does not exist, or this role may not connect to it.

use super::prelude::*;
use crate::endpoint::placeholder::is_placeholder;
use crate::probe::Refusal;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "database-not-found",
    severity: Severity::Error,
    group: Group::Probe,
    what: "The database does not exist, or this role may not connect to it.",
    why: "On Supabase the database is `postgres` unless you made another. Names are case-sensitive.",
    fix: "Write `/postgres`, or grant CONNECT on the database to the role.",
    sources: &["Measured against Supavisor 2.8.8, 2.9.7 and 2.9.10, November 2026"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let failure = subject.refused(&[Refusal::DatabaseNotFound])?;
    let database = subject.conninfo?.database.as_ref();
    let told = database.is_none_or(|database| {
        is_placeholder(&database.value)
            || database.value.eq_ignore_ascii_case("postgres") && database.value != "postgres"
    });
    let hosted_default = database.is_none() && subject.kind().is_hosted();
    (!(told && (database.is_some() || hosted_default)))
        .then(|| rule.finding(&failure.message).at(database.and_then(|database| database.span.clone())))
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn it_fires() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/nosuch")
            .refused(Refusal::DatabaseNotFound)
            .fires(RULE.id);
    }

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/Postgres")
            .refused(Refusal::DatabaseNotFound)
            .silent(RULE.id);
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .silent(RULE.id);
    }
}
