//! `user-password-separator`: something other than `:` stands between user and password.

use super::prelude::*;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "user-password-separator",
    severity: Severity::Error,
    group: Group::Setting,
    what: "Something other than `:` stands between user and password.",
    why: "The whole of it is read as the user, so that no password is sent and no such role exists.",
    fix: "Write `user:password@host`.",
    sources: &["PostgreSQL 15 documentation, section 34.1.1.2 (connection URIs)"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    super::anomaly::finding(
        rule,
        subject,
        AnomalyKind::UserPasswordSeparator,
        "User and password are not separated by `:`.",
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
                .noted(AnomalyKind::UserPasswordSeparator)
                .fires(RULE.id)
                .span,
            Some(5..6)
        );
    }
}
