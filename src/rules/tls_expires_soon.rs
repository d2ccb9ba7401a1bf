//! `tls-expires-soon`: the server's certificate runs out within 30 days.

use super::prelude::*;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "tls-expires-soon",
    severity: Severity::Warning,
    group: Group::Probe,
    what: "The server's certificate runs out within 30 days.",
    why: "After that every verify-ca and verify-full client is refused at once.",
    fix: "Renew it, if the server is yours; on Supabase it is renewed for you: ask support when less than a week is left.",
    sources: &["RFC 5280, section 4.1.2.5 (validity)"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let certificate = subject.probe?.tls.value.as_ref()?.certificate.as_ref()?;
    (0..subject.context.thresholds.certificate_days.into()).contains(&certificate.days_left).then(|| {
        rule.finding(format!(
            "The certificate runs out in {} days, on {}.",
            certificate.days_left, certificate.not_after
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::probe::{Part, Plaintext};

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .silent(RULE.id);
    }

    #[test]
    fn thirty_days_are_the_line() {
        let with = |days| {
            scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
                .probed(|probe| probe.tls = Part::measured(tls(Plaintext::Refused, days), None))
        };
        with(29).fires(RULE.id);
        with(0).fires(RULE.id);
        with(30).silent(RULE.id);
        with(-1).silent(RULE.id);
    }
}
