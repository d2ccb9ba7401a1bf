//! `double-port`: two ports stand after the host.

use super::prelude::*;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "double-port",
    severity: Severity::Error,
    group: Group::Setting,
    what: "Two ports stand after the host.",
    why: "Drivers take the first, the last or neither; mostly one port was edited and the other forgotten.",
    fix: "Keep one: 5432 for session mode or direct, 6543 for transaction mode.",
    sources: &["PostgreSQL 15 documentation, section 34.1.1.2 (connection URIs)"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    super::anomaly::finding(rule, subject, AnomalyKind::DoublePort, "The host carries two ports.")
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
                .noted(AnomalyKind::DoublePort)
                .fires(RULE.id)
                .span,
            Some(5..6)
        );
    }
}
