//! `embedded-whitespace`: white space stands inside the setting.

use super::prelude::*;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "embedded-whitespace",
    severity: Severity::Error,
    group: Group::Setting,
    what: "White space stands inside the setting.",
    why: "A line break or a space that came with copying becomes part of a name or cuts the string in two.",
    fix: "Remove it; if a password holds a space, write %20 in a URL.",
    sources: &["PostgreSQL 15 documentation, section 34.1.1 (connection strings)"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    super::anomaly::finding(rule, subject, AnomalyKind::EmbeddedWhitespace, "White space stands inside the setting.")
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
                .noted(AnomalyKind::EmbeddedWhitespace)
                .fires(RULE.id)
                .span,
            Some(5..6)
        );
    }
}
