//! `key-in-value`: the value starts with a variable name: the whole line was pasted.

use super::prelude::*;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "key-in-value",
    severity: Severity::Error,
    group: Group::Setting,
    what: "The value starts with a variable name: the whole line was pasted.",
    why: "`DATABASE_URL=postgresql://...` is no setting; only what stands after `=` is.",
    fix: "Remove the name and the `=`.",
    sources: &["PostgreSQL 15 documentation, section 34.1.1 (connection strings)"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    super::anomaly::finding(rule, subject, AnomalyKind::KeyInValue, "The value holds a whole `NAME=value` line.")
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
                .noted(AnomalyKind::KeyInValue)
                .fires(RULE.id)
                .span,
            Some(5..6)
        );
    }
}
