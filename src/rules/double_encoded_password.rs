//! `double-encoded-password`: the password is percent-encoded twice.

use super::prelude::*;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "double-encoded-password",
    severity: Severity::Warning,
    group: Group::Setting,
    what: "The password is percent-encoded twice.",
    why: "`%2540` decodes to `%40`, not to `@`: the server gets the encoded form and refuses it.",
    fix: "Encode the password once.",
    sources: &["PostgreSQL 15 documentation, section 34.1.1.2 (connection URIs)"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    super::anomaly::finding(
        rule,
        subject,
        AnomalyKind::DoubleEncodedPassword,
        "The password looks as if it had been encoded twice.",
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
                .noted(AnomalyKind::DoubleEncodedPassword)
                .fires(RULE.id)
                .span,
            Some(5..6)
        );
    }
}
