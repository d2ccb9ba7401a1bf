//! The settings that belong with each stack: the verdict for each workload, then every setting once, under the
//! workloads that it is for.

use std::fmt::Write as _;

use super::style::{Style, Tone};
use crate::advice::{Advice, AdvisedSetting, Fit};
use crate::endpoint::EndpointKind;
use crate::report::TargetReport;
use crate::report::escape::escape;

pub(super) fn push(text: &mut String, target: &TargetReport, style: &Style) {
    let mut shown: Vec<&str> = Vec::new();
    for advice in &target.advice {
        if !shown.contains(&advice.stack.as_str()) {
            shown.push(&advice.stack);
            push_stack(text, &target.advice, &advice.stack, style);
        }
    }
}

/// Where no stack is known: how to get the settings, for an endpoint that has some.
pub(super) fn push_hint(text: &mut String, target: &TargetReport, style: &Style) {
    let has_settings = !matches!(target.endpoint.kind, EndpointKind::Other | EndpointKind::Ambiguous);
    if !target.advice.is_empty() || target.reading.conninfo().is_none() || !has_settings {
        return;
    }
    text.push('\n');
    style.push_wrapped(
        text,
        "",
        0,
        "For the settings of your driver, name it with --stack, for example --stack asyncpg; `supascope list stacks` \
         shows all of them.",
    );
}

fn push_stack(text: &mut String, all: &[Advice], stack: &str, style: &Style) {
    let of_stack: Vec<&Advice> = all.iter().filter(|advice| advice.stack == stack).collect();
    style.push_title(text, &format!("Settings for {}", escape(stack)));
    for advice in &of_stack {
        let (word, tone) = match advice.fit {
            Fit::Fits => ("fits", Tone::Good),
            Fit::Works => ("works", Tone::Doubtful),
            Fit::Avoid => ("avoid", Tone::Bad),
        };
        let label = format!("  {}: {}. ", advice.workload.as_str(), style.paint(tone, word));
        style.push_wrapped(text, &label, 4, &advice.summary);
    }
    for (workloads, settings) in by_workloads(&of_stack) {
        text.push('\n');
        // Of a single workload the line above says which it is.
        if of_stack.len() > 1 {
            let _ = writeln!(text, "  {}:", workloads.join(", "));
        }
        for setting in settings {
            push_setting(text, setting, style);
        }
    }
}

type Workloads = Vec<&'static str>;

/// Every setting once, grouped by the workloads that it is for; groups and settings in the order of the advice.
fn by_workloads<'a>(advice: &[&'a Advice]) -> Vec<(Workloads, Vec<&'a AdvisedSetting>)> {
    let mut groups: Vec<(Workloads, Vec<&AdvisedSetting>)> = Vec::new();
    let mut seen: Vec<&AdvisedSetting> = Vec::new();
    for setting in advice.iter().flat_map(|advice| &advice.settings) {
        if seen.contains(&setting) {
            continue;
        }
        seen.push(setting);
        let workloads: Workloads = advice
            .iter()
            .filter(|advice| advice.settings.contains(setting))
            .map(|advice| advice.workload.as_str())
            .collect();
        match groups.iter_mut().find(|(known, _)| *known == workloads) {
            Some((_, settings)) => settings.push(setting),
            None => groups.push((workloads, vec![setting])),
        }
    }
    groups
}

/// A line to copy, then where it goes and why.
fn push_setting(text: &mut String, setting: &AdvisedSetting, style: &Style) {
    let assignment = format!("{} = {}", escape(&setting.name), escape(&setting.value));
    let _ = writeln!(text, "    {}", style.paint(Tone::Strong, &assignment));
    if !setting.place.is_empty() {
        style.push_wrapped(text, "      in ", 6, &setting.place);
    }
    style.push_wrapped(text, "      ", 6, &setting.why);
    if !setting.source.is_empty() {
        style.push_wrapped(text, &style.paint(Tone::Faint, "      source: "), 14, &setting.source);
    }
}
