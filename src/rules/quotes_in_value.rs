//! `quotes-in-value`: quotes are part of the value.

use super::prelude::*;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "quotes-in-value",
    severity: Severity::Warning,
    group: Group::Setting,
    what: "Quotes are part of the value.",
    why: "Where the reader does not take them off (Docker's --env-file, systemd, many CI settings) they reach the driver and break the string.",
    fix: "Remove the quotes.",
    sources: &["Docker documentation, docker run --env-file, 2026"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    super::anomaly::finding(
        rule,
        subject,
        AnomalyKind::QuotesInValue,
        "The value is in quotes that its reader may keep.",
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
                .noted(AnomalyKind::QuotesInValue)
                .fires(RULE.id)
                .span,
            Some(5..6)
        );
    }
}
