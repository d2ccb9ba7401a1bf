//! `dotenv-dollar-expansion`: an unquoted value in a .env file holds a `$`.

use super::prelude::*;
use crate::endpoint::placeholder::is_reference;
use crate::target::LineNote;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "dotenv-dollar-expansion",
    severity: Severity::Warning,
    group: Group::Setting,
    what: "An unquoted value in a .env file holds a `$`.",
    why: "dotenv-expand, Docker Compose and shells replace `$NAME` by a variable, mostly an empty one; dotenv and python-dotenv without a matching variable differ. The password that arrives is another one.",
    fix: "Put the value in single quotes, or write %24 for `$` in a URL.",
    sources: &["dotenv-expand README, 2026", "Docker Compose documentation, Interpolation, 2026"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let noted = subject.target.neighbours.notes.contains(&LineNote::DollarInValue);
    // A reference that is meant as one is the business of `unresolved-interpolation`.
    let meant = is_reference(&subject.reading.text.masked()) || subject.password() == Some(PasswordState::Unresolved);
    (noted && !meant).then(|| rule.finding("The value holds an unquoted `$`, which some readers replace."))
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn it_fires() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .line_note(crate::target::LineNote::DollarInValue)
            .fires(RULE.id);
    }

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:${DB_PASSWORD}@aws-0-us-east-1.pooler.supabase.com:5432/postgres").line_note(crate::target::LineNote::DollarInValue).silent(RULE.id);
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .silent(RULE.id);
    }
}
