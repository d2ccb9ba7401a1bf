//! `crlf`: the line ends in a carriage return.

use super::prelude::*;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "crlf",
    severity: Severity::Warning,
    group: Group::Setting,
    what: "The line ends in a carriage return.",
    why: "A file with Windows line ends, read on Linux, leaves `\\r` at the end of the value: `database \"postgres\\r\" does not exist`.",
    fix: "Save the file with Unix line ends (LF).",
    sources: &["PostgreSQL 15 documentation, section 34.1.1 (connection strings)"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    super::anomaly::finding(rule, subject, AnomalyKind::Crlf, "A carriage return ends the value.")
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
                .noted(AnomalyKind::Crlf)
                .fires(RULE.id)
                .span,
            Some(5..6)
        );
    }
}
