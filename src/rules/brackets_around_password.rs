//! `brackets-around-password`: square brackets stand around the password.

use super::prelude::*;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "brackets-around-password",
    severity: Severity::Error,
    group: Group::Setting,
    what: "Square brackets stand around the password.",
    why: "They belong to the template's `[YOUR-PASSWORD]`; kept, they become part of the password, and the login fails.",
    fix: "Remove the brackets.",
    sources: &["Supabase documentation, Connect to your database, September 2026"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    super::anomaly::finding(
        rule,
        subject,
        AnomalyKind::BracketsAroundPassword,
        "The brackets of the template are still around the password.",
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
                .noted(AnomalyKind::BracketsAroundPassword)
                .fires(RULE.id)
                .span,
            Some(5..6)
        );
    }
}
