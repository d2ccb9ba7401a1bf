//! `placeholder-database`: the database is a placeholder.

use super::prelude::*;
use crate::endpoint::placeholder::{is_placeholder, is_printed_example, is_reference};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "placeholder-database",
    severity: Severity::Error,
    group: Group::Setting,
    what: "The database is a placeholder.",
    why: "No database has that name; on Supabase it is `postgres` unless you made another.",
    fix: "Write `postgres`.",
    sources: &["Supabase documentation, Connect to your database, September 2026"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let database = subject.conninfo?.database.as_ref()?;
    let printed = || {
        matches!(database.value.as_str(), "database" | "dbname" | "db" | "mydb" | "db_name")
            && subject.conninfo.is_some_and(is_printed_example)
    };
    (printed() || is_placeholder(&database.value) && !is_reference(&database.value)).then(|| {
        rule.finding(format!("`{}` is a placeholder for the database.", database.value))
            .at(database.span.clone())
            .with_repaired(subject.replaced(database.span.as_ref(), "postgres"))
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn it_fires() {
        assert_eq!(
            scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/[DATABASE]")
                .repaired(RULE.id),
            "postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres"
        );
    }

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres")
            .silent(RULE.id);
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/my_app")
            .silent(RULE.id);
    }
}
