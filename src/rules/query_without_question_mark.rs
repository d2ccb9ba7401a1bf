//! `query-without-question-mark`: parameters follow the database with `&` and without `?`.

use super::prelude::*;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "query-without-question-mark",
    severity: Severity::Error,
    group: Group::Setting,
    what: "Parameters follow the database with `&` and without `?`.",
    why: "They are read as part of the database's name, which then does not exist.",
    fix: "Write `?` before the first parameter.",
    sources: &["PostgreSQL 15 documentation, section 34.1.1.2 (connection URIs)"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    super::anomaly::finding(rule, subject, AnomalyKind::QueryWithoutQuestionMark, "The parameters lack their `?`.")
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
                .noted(AnomalyKind::QueryWithoutQuestionMark)
                .fires(RULE.id)
                .span,
            Some(5..6)
        );
    }
}
