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
    if lacks_scheme(subject) {
        // `postgresql:/host` needs its second slash; what has no scheme at all was repaired by the reader.
        let scheme = subject.conninfo.and_then(|conninfo| conninfo.scheme.as_ref());
        let head = scheme.map(|scheme| scheme.span.end);
        let slashed = scheme.and_then(|scheme| {
            let text = &subject.reading.text.reveal()[scheme.span.end..];
            let len = if text.starts_with("://") { 3 } else { ":/".len() };
            let right = format!("{}://", scheme.text.to_ascii_lowercase());
            subject.replaced(Some(&(scheme.span.start..scheme.span.end + len)), &right)
        });
        let finding = rule
            .finding("This URI does not begin with a scheme that drivers know: none of them reads it as it stands.")
            .with_fix("Begin it with `postgresql://`.")
            .with_repaired(slashed.or_else(|| subject.reading.repaired.clone()));
        return Some(finding.at(Some(0..head.unwrap_or(0))));
    }
    let explained = subject.reading.intended.is_some()
        || !subject.reading.anomalies.is_empty()
        || subject.is_http()
        || subject.is_reference();
    if !explained && let Some((what, fix)) = of_supabase(subject.reading.text.reveal().trim_matches(['"', '\'', ' '])) {
        return Some(rule.finding(format!("This is {what}, and no connection setting.")).with_fix(fix));
    }
    (!explained).then(|| {
        rule.finding(format!("This cannot be read as a connection setting: {}.", error.message)).at(error.span.clone())
    })
}

/// What else of Supabase's gets pasted in the place of a setting: a key, which is not repeated, and the dashboard's address.
fn of_supabase(text: &str) -> Option<(&'static str, &'static str)> {
    let one_word = !text.contains(char::is_whitespace);
    let jwt = text.starts_with("eyJ") && text.matches('.').count() == 2;
    if one_word && (jwt || text.starts_with("sb_secret_") || text.starts_with("sb_publishable_")) {
        return Some(("an API key", "Take the connection string from the dashboard's Connect dialog: Postgres takes a database password, and no API key."));
    }
    let dashboard = ["supabase.com/dashboard/", "app.supabase.com/project/", "app.supabase.io/project/"];
    (one_word && dashboard.iter().any(|start| text.starts_with(start)))
        .then_some(("the address of a page of the dashboard", "Open it, and copy the connection string from the Connect dialog."))
}

/// Whether what was meant is a URI, and its head is missing or misspelt (`postgresql:/host`).
fn lacks_scheme(subject: &Subject<'_>) -> bool {
    let of_uri = subject.conninfo.filter(|conninfo| conninfo.syntax == Syntax::Uri);
    // With an anomaly the text around the URI is told already.
    of_uri.filter(|_| subject.reading.anomalies.is_empty()).is_some_and(|conninfo| {
        let text = subject.reading.text.reveal();
        conninfo.scheme.as_ref().is_none_or(|scheme| {
            let after = &text[scheme.span.end..];
            (after.starts_with(":/") && !after.starts_with("://")) || scheme.text.contains(|c: char| c.is_ascii_uppercase())
        })
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn a_uri_without_its_scheme_is_told_and_repaired() {
        let rest = "postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres";
        for text in [rest.to_owned(), format!("postgresql:/{rest}")] {
            assert_eq!(scene(&text).repaired(RULE.id), format!("postgresql://{rest}"));
        }
        scene(&format!("ecto://{rest}")).silent(RULE.id);
    }

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
