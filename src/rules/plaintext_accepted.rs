//! `plaintext-accepted`: the server also takes connections without TLS.

use super::prelude::*;
use crate::probe::Plaintext;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "plaintext-accepted",
    severity: Severity::Warning,
    group: Group::Probe,
    what: "The server also takes connections without TLS.",
    why: "Any client with `sslmode=prefer` (libpq's default), `allow` or `disable` can end up sending queries and results in clear, and nobody notices.",
    fix: "Dashboard, Database settings, SSL Configuration: Enforce SSL on incoming connections. It restarts the database.",
    sources: &["Supabase documentation, SSL enforcement, 2026"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let tls = subject.probe?.tls.value.as_ref()?;
    (tls.plaintext == Plaintext::Accepted && subject.kind().is_hosted())
        .then(|| rule.finding("The server goes on to authentication without TLS."))
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::probe::Part;

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .silent(RULE.id);
    }

    #[test]
    fn a_hosted_server_that_takes_plaintext_is_told() {
        let with = |plaintext| {
            scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
                .probed(|probe| probe.tls = Part::measured(tls(plaintext, 400), None))
        };
        with(Plaintext::Accepted).fires(RULE.id);
        with(Plaintext::Refused).silent(RULE.id);
        scene("postgresql://postgres:postgres@127.0.0.1:54322/postgres")
            .probed(|probe| probe.tls = Part::measured(tls(Plaintext::Accepted, 400), None))
            .silent(RULE.id);
    }
}
