//! `api-key-as-password`: the password is one of Supabase's API keys.

use super::prelude::*;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "api-key-as-password",
    severity: Severity::Error,
    group: Group::Setting,
    what: "The password is one of Supabase's API keys.",
    why: "`anon`, `service_role`, publishable and secret keys are for the HTTP APIs. The database has its own password.",
    fix: "Use the database password (Dashboard, Database settings, Reset database password). If the service_role key was put where others can read it, rotate it.",
    sources: &["Supabase documentation, API keys, 2026", "Supabase documentation, Temporary access, 2026"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let password = &subject.conninfo?.password;
    let value = password.value.as_ref()?.reveal();
    // A personal token or a dashboard JWT is a password where temporary access is on; options then say `jit`.
    let temporary = subject.parameter("options").is_some_and(|options| options.value.contains("jit"));
    let key = value.starts_with("sb_secret_")
        || value.starts_with("sb_publishable_")
        || (value.starts_with("eyJ") && value.matches('.').count() == 2);
    (key && !temporary && subject.kind() != Kind::Other)
        .then(|| rule.finding("The password is an API key, not the database password.").at(password.span.clone()))
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn it_fires() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:eyJhbGciOi.eyJpc3Mi.c2ln@aws-0-us-east-1.pooler.supabase.com:5432/postgres").fires(RULE.id);
        scene("postgresql://postgres.abcdefghijklmnopqrst:sb_secret_invented@aws-0-us-east-1.pooler.supabase.com:5432/postgres").fires(RULE.id);
    }

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .silent(RULE.id);
        scene("postgresql://postgres.abcdefghijklmnopqrst:eyJhbGciOi.eyJpc3Mi.c2ln@aws-0-us-east-1.pooler.supabase.com:5432/postgres?options=-c%20jit%3Don").silent(RULE.id);
    }
}
