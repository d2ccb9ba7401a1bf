//! The settings that belong with each stack. Workloads that ask for the same are shown together.

use super::Detail;
use super::style::{Style, Tone};
use super::table::Rows;
use crate::advice::{Advice, AdvisedSetting, Fit};
use crate::report::TargetReport;

pub(super) fn push(text: &mut String, target: &TargetReport, style: &Style) {
    if target.advice.is_empty() {
        return;
    }
    style.push_title(text, "Settings");
    let mut shown: Vec<&str> = Vec::new();
    for advice in &target.advice {
        if shown.contains(&advice.stack.as_str()) {
            continue;
        }
        shown.push(&advice.stack);
        push_stack(text, &target.advice, &advice.stack, style);
    }
}

/// One stack: the verdict for each workload, then each different set of settings once.
fn push_stack(text: &mut String, all: &[Advice], stack: &str, style: &Style) {
    let of_stack: Vec<&Advice> = all.iter().filter(|advice| advice.stack == stack).collect();
    for advice in &of_stack {
        let (word, tone) = match advice.fit {
            Fit::Fits => ("fits", Tone::Good),
            Fit::Works => ("works", Tone::Doubtful),
            Fit::Avoid => ("avoid", Tone::Bad),
        };
        let label = format!("{stack}, {}: {} - ", advice.workload.as_str(), style.paint(tone, word));
        style.push_wrapped(text, &label, 2, &advice.summary);
    }
    let mut sets: Vec<(&[AdvisedSetting], Vec<&str>)> = Vec::new();
    for advice in of_stack.iter().filter(|advice| !advice.settings.is_empty()) {
        match sets.iter_mut().find(|(settings, _)| *settings == advice.settings) {
            Some((_, workloads)) => workloads.push(advice.workload.as_str()),
            None => sets.push((&advice.settings, vec![advice.workload.as_str()])),
        }
    }
    for (settings, workloads) in sets {
        push_settings(text, &format!("{stack}, {}:", workloads.join(" and ")), settings, style);
    }
}

fn push_settings(text: &mut String, title: &str, settings: &[AdvisedSetting], style: &Style) {
    text.push('\n');
    style.push_wrapped(text, "", 0, title);
    let verbose = style.detail() == Detail::Verbose;
    let mut rows = Rows::new(style, &["set", "where", "why"]);
    for setting in settings {
        let assignment = format!("{} = {}", setting.name, setting.value);
        let why = if verbose { format!("{} [{}]", setting.why, setting.source) } else { setting.why.clone() };
        rows.push([&assignment, &setting.place, &why]);
    }
    rows.finish(text);
}
