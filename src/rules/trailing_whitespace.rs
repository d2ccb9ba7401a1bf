//! `trailing-whitespace`: white space follows the setting.

use super::prelude::*;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "trailing-whitespace",
    severity: Severity::Warning,
    group: Group::Setting,
    what: "White space follows the setting.",
    why: "It becomes part of the last value, for example of the database's name.",
    fix: "Remove it.",
    sources: &["PostgreSQL 15 documentation, section 34.1.1 (connection strings)"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    super::anomaly::finding(rule, subject, AnomalyKind::TrailingWhitespace, "White space follows the setting.")
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .silent(RULE.id);
    }

    #[test]
    fn the_readers_note_becomes_a_finding() {
        assert_eq!(
            scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
                .noted(AnomalyKind::TrailingWhitespace)
                .fires(RULE.id)
                .span,
            Some(5..6)
        );
    }
}
