//! What rules ask of the stack profiles. No stack is named here: what one needs stands in its profile.

use super::{Finding, Subject};
use crate::advice::{Fit, driver_view};
use crate::conninfo::Parameter;
use crate::endpoint::Mode;
use crate::knowledge::{self, EndpointClass, KeyFate, NamedStatements, Stack};
use crate::probe::Status;
use crate::rules::Workload;

/// The profiles of the stacks asked for or detected.
pub(super) fn profiles<'a>(subject: &Subject<'a>) -> impl Iterator<Item = &'static Stack> + 'a {
    subject.stacks.iter().filter_map(|id| knowledge::stack(id))
}

/// Whether a stack reads only URLs whose scheme may name a driver after `+`, and not `postgres`.
pub(super) fn refuses_postgres_scheme(stack: &Stack) -> bool {
    let schemes = &stack.url.schemes;
    schemes.iter().any(|scheme| scheme.contains('+')) && !schemes.iter().any(|scheme| scheme == "postgres")
}

/// What the endpoint is to a driver: measured where there is a measurement, else as documented.
pub(super) fn class(subject: &Subject<'_>) -> Option<EndpointClass> {
    driver_view(subject.endpoint, subject.probe).map(|view| view.class)
}

/// The pool mode: measured, else as documented.
pub(super) fn mode(subject: &Subject<'_>) -> Mode {
    let measured = subject.probe.map(|probe| &probe.mode).filter(|part| part.status == Status::Measured);
    measured.and_then(|part| part.value.as_ref()).map_or(subject.endpoint.mode, |mode| mode.mode)
}

/// How a stack's named statements stand to a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OptOut {
    /// The stack names none here, or the setting turns naming off.
    Settled,
    /// The setting could turn it off, and does not.
    MissingInSetting,
    /// Only the application's code can turn it off, so the setting does not tell.
    InCode,
    /// Only the application's code can turn it off, and it was found and does not.
    MissingInCode,
    /// The code asks for names that the stack gives only on request.
    Asked,
}

/// Whether two keys are one to a reader that knows neither case nor white space in them.
pub(super) fn same_key(one: &str, other: &str) -> bool {
    let plain =
        |key: &str| key.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_lowercase()).collect::<String>();
    plain(one) == plain(other)
}

/// What asks for the names that a stack gives only on request: the code, or a key of the setting.
pub(super) fn asked_by(stack: &Stack, subject: &Subject<'_>) -> Option<String> {
    if let Some(said) = &subject.target.neighbours.code.statements_on {
        return Some(said.clone());
    }
    let key = stack.statements.asked_by.as_deref()?;
    let given = subject.parameters().iter().rev().find(|parameter| same_key(&parameter.key, key))?;
    let number: u32 = given.value.trim().parse().ok()?;
    (number > 0).then(|| format!("{}={number}", given.key))
}

/// Whether a stack that names statements is told not to.
pub(super) fn opt_out(stack: &Stack, subject: &Subject<'_>) -> OptOut {
    if stack.statements.named == NamedStatements::OnRequest && asked_by(stack, subject).is_some() {
        return OptOut::Asked;
    }
    // A profile without a switch is that of a tool which does not belong on such an endpoint at all.
    if stack.statements.named != NamedStatements::ByDefault || stack.statements.switch.is_none() {
        return OptOut::Settled;
    }
    match &stack.statements.url_switch {
        Some(switch) if subject.parameter(&switch.key).is_some_and(|given| switch.is_set_by(&given.value)) => {
            OptOut::Settled
        }
        Some(switch) if !switch.also_in_code => OptOut::MissingInSetting,
        // A variable beside the setting tells what the code does.
        _ if subject.target.neighbours.statements_off => OptOut::Settled,
        _ if subject.target.neighbours.code.is_seen => OptOut::MissingInCode,
        Some(_) | None => OptOut::InCode,
    }
}

/// What to write in the application's code, in words.
pub(super) fn switch_in_words(stack: &Stack) -> String {
    match (&stack.statements.url_switch, stack.statement_switch()) {
        (Some(switch), _) => format!("{}: add `{}={}` to the URL.", stack.name, switch.key, switch.value),
        (None, Some(setting)) => {
            format!("{}: set {}={}, in {}.", stack.name, setting.name, setting.value, setting.place)
        }
        (None, None) => format!("{}: use a session pooler or the direct host.", stack.name),
    }
}

/// Replaces the general fix by what the stack's own profile says about TLS, when a stack is known.
pub(super) fn with_tls_advice(finding: Finding, subject: &Subject<'_>) -> Finding {
    let words: Vec<String> = profiles(subject).map(|stack| format!("{}: {}", stack.name, stack.tls.text)).collect();
    if words.is_empty() { finding } else { finding.with_fix(words.join(" ")) }
}

/// Whether a stack is a tool for schema changes: no workload of it belongs on a transaction pooler.
pub(super) fn is_for_migrations(stack: &Stack) -> bool {
    // Where statements are tracked nothing but a session is missing, and a driver for applications does without.
    let classes = [EndpointClass::TransactionUntracked, EndpointClass::TransactionTrackedPgbouncer];
    classes.into_iter().all(|class| {
        Workload::ALL
            .into_iter()
            .all(|workload| stack.advice_for(class, workload).is_some_and(|advice| advice.fit == Fit::Avoid))
    })
}

/// A parameter that a stack cannot use, with the stack and what becomes of it. The first stack that refuses it counts,
/// then the first that ignores it.
pub(super) fn unusable(subject: &Subject<'_>, parameter: &Parameter) -> Option<(&'static Stack, KeyFate)> {
    let fates = || profiles(subject).map(|stack| (stack, stack.key_fate(&parameter.key)));
    fates()
        .find(|(_, fate)| *fate == KeyFate::Refused)
        .or_else(|| fates().find(|(_, fate)| *fate == KeyFate::SentToServer))
        .or_else(|| fates().find(|(_, fate)| *fate == KeyFate::Ignored))
}

/// Whether any stack there is has a use for a key of its own, so that it is no setting of the server's.
pub(super) fn is_a_drivers_key(key: &str) -> bool {
    knowledge::url_profiles().any(|url| url.takes(key))
}

/// What to write in place of a key that does nothing, or harm, with this stack.
pub(super) fn in_place_of(stack: &Stack, key: &str) -> String {
    stack.key_instead(key).map_or_else(|| format!("Remove `{key}`."), |instead| format!("Use {instead}."))
}
