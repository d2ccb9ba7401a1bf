//! `double-question-mark`: `??` starts the parameters.

use super::prelude::*;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "double-question-mark",
    severity: Severity::Error,
    group: Group::Setting,
    what: "`??` starts the parameters.",
    why: "The first key then begins with `?`, and no driver knows a key of that name.",
    fix: "Write one `?`.",
    sources: &["PostgreSQL 15 documentation, section 34.1.1.2 (connection URIs)"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    super::anomaly::finding(
        rule,
        subject,
        AnomalyKind::DoubleQuestionMark,
        "Two question marks stand before the parameters.",
    )
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
                .noted(AnomalyKind::DoubleQuestionMark)
                .fires(RULE.id)
                .span,
            Some(5..6)
        );
    }
}
