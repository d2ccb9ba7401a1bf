//! `tls-refused`: client and server do not agree on whether to use TLS.

use super::prelude::*;
use crate::probe::Refusal;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "tls-refused",
    severity: Severity::Error,
    group: Group::Probe,
    what: "Client and server do not agree on whether to use TLS.",
    why: "Supabase's hosts offer TLS always, so a server without it is another one. A local or self-hosted stack has none by default.",
    fix: "Check the host. For a server on this machine `sslmode=disable` is right.",
    sources: &[
        "PostgreSQL 15 documentation, section 34.19.3 (sslmode)",
        "Supabase documentation, Accessing Postgres (self-hosting), September 2026",
    ],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let failure = subject.refused(&[Refusal::TlsRefused, Refusal::TlsRequired])?;
    let disabled = subject.parameter("sslmode").is_some_and(|mode| mode.value == "disable");
    if failure.refusal == Refusal::TlsRequired {
        // On the hosted platform `sslmode-disable` has said it.
        let told = disabled && subject.kind().is_hosted();
        return (!told).then(|| {
            rule.finding(&failure.message).with_fix(
                "The server demands TLS: use `sslmode=verify-full` with its CA, or at least `sslmode=require`.",
            )
        });
    }
    let finding = rule.finding(&failure.message);
    Some(if subject.kind().is_hosted() {
        finding.with_fix("Supabase's hosts offer TLS always. Something between here and there answers in their place: a proxy, a tunnel, a wrong hostaddr.")
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
        scene("postgresql://postgres:postgres@127.0.0.1:54322/postgres?sslmode=require")
            .refused(Refusal::TlsRefused)
            .fires(RULE.id);
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .refused(Refusal::TlsRequired)
            .fires(RULE.id);
    }

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres?sslmode=disable").refused(Refusal::TlsRequired).silent(RULE.id);
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .silent(RULE.id);
    }
}
