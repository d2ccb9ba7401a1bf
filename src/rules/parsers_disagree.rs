//! `parsers-disagree`: drivers read this text differently.

use super::prelude::*;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "parsers-disagree",
    severity: Severity::Warning,
    group: Group::Setting,
    what: "Drivers read this text differently.",
    why: "A raw `[` or `]` before the host is a character of the password to libpq, and to Python's urlsplit an error: `Invalid IPv6 URL`. What works in psql then fails in the application.",
    fix: "Percent-encode the password: `[` is %5B, `]` %5D.",
    sources: &[
        "Python 3 documentation, urllib.parse (urlsplit), measured with Python 3.11, November 2026",
        "PostgreSQL 15 documentation, section 34.1.1.2 (connection URIs)",
    ],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    // What the reader could not make sense of has a rule of its own.
    let conninfo = subject.conninfo?;
    if subject.syntax()? != Syntax::Uri
        || subject.reading.intended.is_some()
        || !subject.reading.anomalies.is_empty()
        || conninfo.password.state != PasswordState::Set
    {
        return None;
    }
    let raw = subject.reading.text.reveal().get(conninfo.password.span.clone()?)?;
    raw.contains(['[', ']']).then(|| {
        rule.finding("The password holds a raw bracket, which libpq takes and other URL parsers refuse.")
            .at(conninfo.password.span.clone())
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn it_fires() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:a[b@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .fires(RULE.id);
    }

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:a%5Bb@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .silent(RULE.id);
        scene("postgresql://postgres.abcdefghijklmnopqrst:[YOUR-PASSWORD]@aws-0-us-east-1.pooler.supabase.com:5432/postgres").silent(RULE.id);
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .silent(RULE.id);
    }
}
