//! `invalid-connection-string`: a text that no driver can read.

use super::prelude::*;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "invalid-connection-string",
    severity: Severity::Error,
    group: Group::Setting,
    what: "The text cannot be read as a connection setting.",
    why: "Every driver refuses it before it opens a connection, often with a message that does not name the spot.",
    fix: "Copy the string again from the dashboard's Connect dialog and replace only the password.",
    sources: &["PostgreSQL 15 documentation, section 34.1.1 (connection strings)"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let error = subject.reading.literal.as_ref().err()?;
    let explained = subject.reading.intended.is_some()
        || !subject.reading.anomalies.is_empty()
        || subject.is_http()
        || subject.is_reference();
    (!explained).then(|| {
        rule.finding(format!("This cannot be read as a connection setting: {}.", error.message)).at(error.span.clone())
    })
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
    fn it_quotes_the_readers_reason_and_never_the_text() {
        let mut broken =
            scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres");
        broken.reading.literal =
            Err(crate::conninfo::ConninfoError { message: "the port is missing".into(), span: Some(3..4) });
        let finding = broken.fires(RULE.id);
        assert!(finding.message.contains("the port is missing"));
        assert_eq!(finding.span, Some(3..4));
    }
}
