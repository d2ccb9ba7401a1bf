//! `mode-mismatch`: the endpoint works in another mode than its host and port say.

use super::prelude::*;
use crate::probe::Status;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "mode-mismatch",
    severity: Severity::Warning,
    group: Group::Probe,
    what: "The endpoint works in another mode than its host and port say.",
    why: "Settings and advice rest on the mode; what was measured counts.",
    fix: "Follow the advice for the measured mode. On a self-hosted pooler look at its configuration; elsewhere look for a proxy or a tunnel in between.",
    sources: &["Measured by backend identity in this run"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let probe = subject.probe?;
    let measured = probe.mode.value.as_ref().filter(|_| probe.mode.status == Status::Measured)?;
    let known = subject.endpoint.mode != Mode::Unknown && measured.mode != Mode::Unknown;
    let differs = known && measured.mode.as_str() != subject.endpoint.mode.as_str();
    differs.then(|| {
        rule.finding(format!(
            "Host and port say {}, the measurement says {}: {}.",
            subject.endpoint.mode.as_str(),
            measured.mode.as_str(),
            measured.evidence.trim_end_matches('.')
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::probe::{Part, PoolMode};

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .silent(RULE.id);
    }

    #[test]
    fn only_a_measured_difference_counts() {
        let mode = |mode| PoolMode { mode, evidence: "two clients shared a backend".into() };
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .probed(|probe| probe.mode = Part::measured(mode(Mode::Transaction), None))
            .fires(RULE.id);
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .probed(|probe| probe.mode = Part::measured(mode(Mode::Session), None))
            .silent(RULE.id);
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .probed(|probe| probe.mode = Part::inconclusive(Some(mode(Mode::Transaction)), "luck"))
            .silent(RULE.id);
    }
}
