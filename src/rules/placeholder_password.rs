//! `placeholder-password`: the password is still the template's placeholder.

use super::prelude::*;
use crate::endpoint::placeholder::is_printed_example;

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
    let conninfo = subject.conninfo?;
    // `changeme` is what many a container runs with; Supabase's platform gives no such password.
    let unchanged = || {
        let value = conninfo.password.value.as_ref().map_or("", |value| value.reveal());
        let plain: String = value.chars().filter(char::is_ascii_alphanumeric).collect();
        subject.kind().is_hosted() && ["changeme", "changethis", "changeit"].iter().any(|word| plain.eq_ignore_ascii_case(word))
    };
    let is_open = conninfo.password.state == PasswordState::Placeholder;
    (is_open || is_printed_example(conninfo) || unchanged()).then(|| {
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
    fn a_word_that_asks_to_be_changed_counts_on_the_platform_only() {
        scene("postgresql://postgres:change_me@db.abcdefghijklmnopqrst.supabase.co:5432/postgres").fires(RULE.id);
        scene("postgresql://postgres:changeme@localhost:5432/app").silent(RULE.id);
    }

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .silent(RULE.id);
    }
}
