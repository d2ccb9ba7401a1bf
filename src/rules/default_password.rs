//! `default-password`: the password is a default that everybody knows.

use super::prelude::*;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "default-password",
    severity: Severity::Note,
    group: Group::Setting,
    what: "The password is a default that everybody knows.",
    why: "Harmless on a local stack; anywhere else anyone can log in.",
    fix: "Set a password of its own.",
    sources: &[
        "Supabase CLI source, pkg/config/templates/config.toml, June 2026",
        "Supabase documentation, Self-hosting with Docker, 2026",
    ],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let password = &subject.conninfo?.password;
    let value = password.value.as_ref()?.reveal();
    let known = ["postgres", "password", "your-super-secret-and-long-postgres-password"].contains(&value);
    let exposed = subject.kind().is_hosted() || subject.kind() == Kind::SelfHosted;
    (known && exposed && password.state == PasswordState::Set)
        .then(|| rule.finding("The password is a well-known default.").at(password.span.clone()))
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn it_fires() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:postgres@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .fires(RULE.id);
    }

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres:postgres@127.0.0.1:54322/postgres").silent(RULE.id);
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .silent(RULE.id);
    }
}
