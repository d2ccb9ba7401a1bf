//! `startup-option-dropped`: a setting given at login did not arrive.

use super::options::Options;
use super::prelude::*;
use crate::probe::{Basis, Safety, StateVerdict};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "startup-option-dropped",
    severity: Severity::Warning,
    group: Group::Probe,
    what: "A setting given at login did not arrive.",
    why: "The pooler took the login and dropped the setting without an error; the application runs with the default.",
    fix: "Set it for the role (`ALTER ROLE ... SET ...`), or with `SET LOCAL` in each transaction.",
    sources: &["Measured in this run"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let probe = subject.probe?;
    let state = probe.session_state.value.as_ref()?;
    let options = subject.parameter("options").map(|parameter| (parameter, Options::read(&parameter.value)));
    // What the string shows already is told by `bogus-options` and `startup-options-ignored`.
    if subject.endpoint.pooler == Pooler::Supavisor
        && options
            .as_ref()
            .is_some_and(|(_, options)| options.names().any(|name| options.is_glued(name) || name != "search_path"))
    {
        return None;
    }
    let asks_path = options.as_ref().is_some_and(|(_, options)| options.get("search_path").is_some())
        || subject.parameter("search_path").is_some();
    let dropped = |verdict: &StateVerdict| verdict.verdict == Safety::Unsafe && verdict.basis == Basis::Measured;
    let verdict = if asks_path && dropped(&state.search_path) {
        &state.search_path
    } else if options.as_ref().is_some_and(|(_, options)| options.names().any(|name| name != "search_path"))
        && dropped(&state.startup_options)
    {
        &state.startup_options
    } else {
        return None;
    };
    let span = options.and_then(|(parameter, _)| parameter.value_span.clone());
    Some(
        rule.finding(format!(
            "What the setting asks for at login did not arrive: {}.",
            verdict.evidence.trim_end_matches('.')
        ))
        .at(span),
    )
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
    fn only_what_the_setting_asks_for_counts() {
        let with = |text: &str| {
            scene(text).probed(|probe| probe.session_state = Part::measured(session_state(Safety::Unsafe), None))
        };
        with("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres?options=--search_path%3Dapp").fires(RULE.id);
        with("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .silent(RULE.id);
        with("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres?options=-csearch_path%3Dapp").silent(RULE.id);
    }
}
