//! `placeholder-password`: the password is still the template's placeholder.

use super::prelude::*;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "placeholder-password",
    severity: Severity::Error,
    group: Group::Setting,
    what: "The password is still the template's placeholder.",
    why: "The string comes from the dashboard with `[YOUR-PASSWORD]` in it. On the project's own host every try with it counts towards an address ban.",
    fix: "Put the database password in (percent-encoded in a URL). If it is lost, set a new one: Dashboard, Database settings, Reset database password.",
    sources: &["Supabase documentation, Connect to your database, September 2026"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    (subject.password()? == PasswordState::Placeholder).then(|| {
        rule.finding("The password is a placeholder, not a password.")
            .at(subject.conninfo.and_then(|conninfo| conninfo.password.span.clone()))
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn it_fires() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:[YOUR-PASSWORD]@aws-0-us-east-1.pooler.supabase.com:6543/postgres").fires(RULE.id);
    }

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .silent(RULE.id);
    }
}
