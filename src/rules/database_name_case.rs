//! `database-name-case`: the database's name differs from `postgres` in case only.

use super::prelude::*;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "database-name-case",
    severity: Severity::Warning,
    group: Group::Setting,
    what: "The database's name differs from `postgres` in case only.",
    why: "Database names in a connection setting are case-sensitive: `database \"Postgres\" does not exist`.",
    fix: "Write `postgres`.",
    sources: &["PostgreSQL 15 documentation, section 4.1.1 (identifiers)"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let database = subject.conninfo?.database.as_ref()?;
    let slip = database.value != "postgres" && database.value.eq_ignore_ascii_case("postgres");
    (slip && subject.kind() != Kind::Other).then(|| {
        rule.finding(format!("`{}` is not `postgres`.", database.value))
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
            scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/Postgres")
                .repaired(RULE.id),
            "postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres"
        );
    }

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .silent(RULE.id);
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/MyApp")
            .silent(RULE.id);
    }
}
