//! `tls-expired`: the server's certificate is out of date, or this machine's clock is wrong.

use super::prelude::*;
use crate::probe::Refusal;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "tls-expired",
    severity: Severity::Error,
    group: Group::Probe,
    what: "The server's certificate is out of date, or this machine's clock is wrong.",
    why: "verify-ca and verify-full refuse it.",
    fix: "Check this machine's clock. If it is right, tell whoever runs the server; on Supabase that is support.",
    sources: &["RFC 5280, section 4.1.2.5 (validity)"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    if let Some(failure) = subject.refused(&[Refusal::TlsExpired]) {
        return Some(rule.finding(&failure.message));
    }
    let certificate = subject.probe?.tls.value.as_ref()?.certificate.as_ref()?;
    (certificate.days_left < 0).then(|| {
        rule.finding(format!("The certificate ran out on {}; this sslmode does not look.", certificate.not_after))
            .with_severity(Severity::Warning)
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn it_fires() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres?sslmode=verify-full").refused(Refusal::TlsExpired).fires(RULE.id);
    }

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .silent(RULE.id);
    }
}
