//! `truncated`: the text ends in the middle of a setting.

use super::prelude::*;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "truncated",
    severity: Severity::Error,
    group: Group::Setting,
    what: "The text ends in the middle of a setting.",
    why: "What is missing is taken from defaults (host, port, database) or refused; terminals and chat programs cut long lines.",
    fix: "Copy the whole string again from the dashboard's Connect dialog.",
    sources: &["PostgreSQL 15 documentation, section 34.1.1 (connection strings)"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    super::anomaly::finding(rule, subject, AnomalyKind::Truncated, "The setting ends in the middle of something.")
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
                .noted(AnomalyKind::Truncated)
                .fires(RULE.id)
                .span,
            Some(5..6)
        );
    }
}
