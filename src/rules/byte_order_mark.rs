//! `byte-order-mark`: a byte order mark precedes the setting.

use super::prelude::*;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "byte-order-mark",
    severity: Severity::Warning,
    group: Group::Setting,
    what: "A byte order mark precedes the setting.",
    why: "Some editors write it; it becomes part of the first name, so that a variable or a scheme is not recognised.",
    fix: "Save the file as UTF-8 without BOM.",
    sources: &["The Unicode Standard, section 23.8 (byte order mark)"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    super::anomaly::finding(rule, subject, AnomalyKind::ByteOrderMark, "A byte order mark stands before the setting.")
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
                .noted(AnomalyKind::ByteOrderMark)
                .fires(RULE.id)
                .span,
            Some(5..6)
        );
    }
}
