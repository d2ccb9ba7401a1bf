//! `unencoded-password`: a character of the password is read as part of the URL.

use super::prelude::*;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "unencoded-password",
    severity: Severity::Error,
    group: Group::Setting,
    what: "A character of the password is read as part of the URL.",
    why: "A raw `@`, `/`, `#`, `?`, `:` or `%` cuts the password short, and drivers disagree about where the host begins.",
    fix: "Percent-encode the password: `@` is %40, `/` %2F, `#` %23, `?` %3F, `:` %3A, `%` %25.",
    sources: &[
        "PostgreSQL 15 documentation, section 34.1.1.2 (connection URIs)",
        "Supabase documentation, Connect to your database, September 2026",
    ],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    super::anomaly::finding(
        rule,
        subject,
        AnomalyKind::UnencodedPassword,
        "The password holds a character that has a meaning in a URL.",
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
        let mut noted =
            scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres");
        noted
            .reading
            .anomalies
            .push(crate::conninfo::Anomaly { kind: AnomalyKind::UnencodedPassword, span: Some(5..6) });
        assert_eq!(noted.fires(RULE.id).span, Some(5..6));
    }
}
