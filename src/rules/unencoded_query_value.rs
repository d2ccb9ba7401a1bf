//! `unencoded-query-value`: a parameter's value holds characters that should be percent-encoded.

use super::prelude::*;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "unencoded-query-value",
    severity: Severity::Note,
    group: Group::Setting,
    what: "A parameter's value holds characters that should be percent-encoded.",
    why: "libpq takes them as they are, other parsers do not (a `+` becomes a space, a raw `=` or space ends the value).",
    fix: "Percent-encode the value.",
    sources: &["PostgreSQL 15 documentation, section 34.1.1.2 (connection URIs)"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    super::anomaly::finding(
        rule,
        subject,
        AnomalyKind::UnencodedQueryValue,
        "A parameter's value is not percent-encoded.",
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
                .noted(AnomalyKind::UnencodedQueryValue)
                .fires(RULE.id)
                .span,
            Some(5..6)
        );
    }
}
