//! `missing-password`: no password is given.

use super::prelude::*;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "missing-password",
    severity: Severity::Note,
    group: Group::Setting,
    what: "No password is given.",
    why: "The client must have it from elsewhere: PGPASSWORD, a password file, a prompt.",
    fix: "Nothing, if it comes from elsewhere; else put it in, percent-encoded in a URL.",
    sources: &["PostgreSQL 15 documentation, section 34.16 (the password file)"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let supabase = subject.kind().is_hosted() || matches!(subject.kind(), Kind::Local | Kind::SelfHosted);
    (supabase && subject.password()? == PasswordState::Missing).then(|| rule.finding("No password is given."))
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn it_fires() {
        scene("postgresql://postgres.abcdefghijklmnopqrst@aws-0-us-east-1.pooler.supabase.com:6543/postgres")
            .fires(RULE.id);
    }

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .silent(RULE.id);
        scene("postgresql://me@localhost/x").silent(RULE.id);
    }
}
