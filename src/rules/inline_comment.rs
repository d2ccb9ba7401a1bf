//! `inline-comment`: a comment follows the value on its line.

use super::prelude::*;
use crate::target::LineNote;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "inline-comment",
    severity: Severity::Warning,
    group: Group::Setting,
    what: "A comment follows the value on its line.",
    why: "dotenv and python-dotenv cut it off; Docker's --env-file and systemd keep it as part of the value.",
    fix: "Put the comment on a line of its own.",
    sources: &["Docker documentation, docker run --env-file, 2026", "dotenv README, version 15 and later"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    subject
        .target
        .neighbours
        .notes
        .contains(&LineNote::InlineComment)
        .then(|| rule.finding("A comment follows the value, and not every reader cuts it off."))
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn it_fires() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .line_note(crate::target::LineNote::InlineComment)
            .fires(RULE.id);
    }

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .silent(RULE.id);
    }
}
