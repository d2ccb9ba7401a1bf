//! `tls-name-mismatch`: the certificate is for other names than this host.

use super::prelude::*;
use crate::probe::Refusal;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "tls-name-mismatch",
    severity: Severity::Error,
    group: Group::Probe,
    what: "The certificate is for other names than this host.",
    why: "Either the host is written differently from its certificate (an address, a CNAME of your own), or another server answers.",
    fix: "Use the host name of the dashboard's Connect dialog; with a tunnel or an address keep that name in `host` and put the address into `hostaddr`.",
    sources: &["PostgreSQL 15 documentation, section 34.19.1 (certificate verification)"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let failure = subject.refused(&[Refusal::TlsNameMismatch])?;
    Some(rule.finding(&failure.message).at(subject.host_field().and_then(|host| host.span.clone())))
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn it_fires() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres?sslmode=verify-full").refused(Refusal::TlsNameMismatch).fires(RULE.id);
    }

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .silent(RULE.id);
    }
}
