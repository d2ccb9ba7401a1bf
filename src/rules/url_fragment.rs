//! `url-fragment`: a `#` stands after the database or the parameters.

use super::prelude::*;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "url-fragment",
    severity: Severity::Note,
    group: Group::Setting,
    what: "A `#` stands after the database or the parameters.",
    why: "libpq knows no fragments and takes it as part of the value before it; URL parsers drop it with all that follows.",
    fix: "Remove it, or write %23 if it is meant.",
    sources: &["PostgreSQL 15 documentation, section 34.1.1.2 (connection URIs)"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    super::anomaly::finding(rule, subject, AnomalyKind::UrlFragment, "Drivers read the part after `#` differently.")
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
                .noted(AnomalyKind::UrlFragment)
                .fires(RULE.id)
                .span,
            Some(5..6)
        );
    }
}
