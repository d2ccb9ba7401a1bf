//! `unclosed-quote`: a quote is opened and never closed.

use super::prelude::*;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "unclosed-quote",
    severity: Severity::Error,
    group: Group::Setting,
    what: "A quote is opened and never closed.",
    why: "libpq refuses the string; a .env reader takes the following lines into the value.",
    fix: "Close the quote, or remove it.",
    sources: &["PostgreSQL 15 documentation, section 34.1.1.1 (keyword/value strings)"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    super::anomaly::finding(rule, subject, AnomalyKind::UnclosedQuote, "A quote is never closed.")
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
                .noted(AnomalyKind::UnclosedQuote)
                .fires(RULE.id)
                .span,
            Some(5..6)
        );
    }
}
