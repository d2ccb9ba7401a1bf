//! `missing-database`: no database is given.

use super::prelude::*;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "missing-database",
    severity: Severity::Warning,
    group: Group::Setting,
    what: "No database is given.",
    why: "libpq then takes the user's name for the database, and there is no database called `postgres.<ref>`.",
    fix: "Write `/postgres` after the port.",
    sources: &["PostgreSQL 15 documentation, section 34.1.2 (parameter `dbname`)"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let conninfo = subject.conninfo?;
    let user = conninfo.user.as_ref()?;
    let defaulted = conninfo.database.is_none()
        && subject.kind().is_hosted()
        && user.value != "postgres"
        && !matches!(conninfo.syntax, Syntax::Components | Syntax::Pgpass);
    defaulted.then(|| {
        rule.finding(format!("No database is given; libpq would ask for one called `{}`.", subject.shown(&user.value)))
            .at(subject.host_field().and_then(|host| host.span.clone()))
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn it_fires() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432").fires(RULE.id);
    }

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .silent(RULE.id);
        scene("postgresql://postgres:pw@db.abcdefghijklmnopqrst.supabase.co:5432").silent(RULE.id);
    }
}
