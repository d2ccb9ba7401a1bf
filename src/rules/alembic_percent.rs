//! `alembic-percent`: a raw `%` in alembic.ini.

use super::prelude::*;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "alembic-percent",
    severity: Severity::Error,
    group: Group::Setting,
    what: "A raw `%` in alembic.ini.",
    why: "alembic.ini is read by configparser, which takes `%` for the start of an interpolation: `ValueError: invalid interpolation syntax`. The same holds for `config.set_main_option`.",
    fix: "Double every `%` there: `%40` becomes `%%40`.",
    sources: &[
        "Python documentation, configparser (BasicInterpolation), 3.13",
        "Alembic documentation, tutorial, 2026",
    ],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let path = subject.target.source.path.as_deref().unwrap_or_default();
    let is_ini = std::path::Path::new(path).extension().is_some_and(|extension| extension.eq_ignore_ascii_case("ini"));
    let text = subject.reading.text.reveal();
    let escapes = || text.matches('%').count() != text.matches("%%").count() * 2;
    (is_ini && escapes()).then(|| rule.finding("A `%` in an .ini file starts an interpolation unless it is doubled."))
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn it_fires() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:p%40w@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .named("sqlalchemy.url", "alembic.ini")
            .fires(RULE.id);
    }

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:p%40w@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .named("DATABASE_URL", ".env")
            .silent(RULE.id);
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .named("sqlalchemy.url", "alembic.ini")
            .silent(RULE.id);
    }
}
