//! `tls-untrusted`: the certificate's chain does not end in a root that this setting trusts.

use super::prelude::*;
use crate::probe::Refusal;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "tls-untrusted",
    severity: Severity::Error,
    group: Group::Probe,
    what: "The certificate's chain does not end in a root that this setting trusts.",
    why: "Supabase signs with a CA of its own, which no operating system and no `sslrootcert=system` knows.",
    fix: "Download the CA (Dashboard, Database settings, SSL Configuration) and give it: `sslrootcert=prod-ca-2021.crt`. Do not turn verification off.",
    sources: &["Supabase documentation, SSL enforcement, 2026", "Supabase CLI source (the roots), June 2026"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let failure = subject.refused(&[Refusal::TlsUntrusted])?;
    let finding = rule.finding(&failure.message);
    let root = subject.probe?.tls.value.as_ref().map_or("", |tls| tls.root.as_str());
    let known = crate::knowledge::endpoints().roots.iter().any(|known| known.id == root);
    Some(if subject.kind().is_hosted() && !known && matches!(root, "public" | "other") {
        finding.with_fix("The chain does not end in one of Supabase's roots: something between here and there decrypts TLS (a company proxy, an antivirus program) or answers in its place. Find out what before any password is sent.")
    } else {
        finding
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn it_fires() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres?sslmode=verify-full").refused(Refusal::TlsUntrusted).fires(RULE.id);
    }

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .silent(RULE.id);
    }
}
