//! `sqlalchemy-postgres-scheme`: sQLAlchemy does not know the scheme `postgres`.

use super::prelude::*;
use super::stack;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "sqlalchemy-postgres-scheme",
    severity: Severity::Error,
    group: Group::Setting,
    what: "SQLAlchemy does not know the scheme `postgres`.",
    why: "Since version 1.4: `NoSuchModuleError: Can't load plugin: sqlalchemy.dialects:postgres`.",
    fix: "Write `postgresql+<driver>://`, with the driver named: a bare `postgresql://` means psycopg2 up to SQLAlchemy 2.0 and psycopg 3 from 2.1.",
    sources: &["Measured with SQLAlchemy 2.0.58 and 2.1.9, November 2026"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let scheme = subject.conninfo?.scheme.as_ref()?;
    let name = scheme.text.split('+').next().unwrap_or_default();
    let sqlalchemy = scheme.driver.is_some() || stack::profiles(subject).any(stack::refuses_postgres_scheme);
    (name == "postgres" && sqlalchemy).then(|| {
        let repaired = subject.replaced(Some(&(scheme.span.start..scheme.span.start + name.len())), "postgresql");
        rule.finding(format!("`{}://` is not a scheme that SQLAlchemy knows.", scheme.text))
            .at(Some(scheme.span.clone()))
            .with_repaired(repaired)
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn it_fires() {
        assert_eq!(
            scene(
                "postgres+asyncpg://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres"
            )
            .repaired(RULE.id),
            "postgresql+asyncpg://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres"
        );
    }

    #[test]
    fn it_is_silent() {
        scene("postgres://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .silent(RULE.id);
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .silent(RULE.id);
    }
}
