//! The first lines: what it is, whether it is right, what the endpoint really does.

use std::fmt::Write as _;

use super::style::{Style, Tone};
use crate::report::words::{judgement, measured, place_with_line, subject};
use crate::report::{TargetReport, escape::escape, shown};
use crate::rules::Severity;

/// The longest setting that is repeated under the verdict, in characters.
const MAX_SETTING_CHARS: usize = 300;

pub(super) fn push(text: &mut String, target: &TargetReport, reveal: bool, style: &Style) {
    let tone = tone(target);
    let sign = style.sign(tone);
    let headline = format!("{}: {}", subject(target), judgement(target));
    let indent = if style.unicode() { 2 } else { 4 };
    style.push_wrapped(text, &format!("{sign} "), indent, &headline);
    for sentence in measured(target) {
        let pad = format!("{:indent$}", "");
        style.push_wrapped(text, &pad, indent, &sentence);
    }
    push_setting(text, target, reveal, indent, style);
}

/// The worst of what is known.
pub(super) fn tone(target: &TargetReport) -> Tone {
    match target.findings.iter().map(|finding| finding.severity).max() {
        Some(Severity::Error) => Tone::Bad,
        _ if target.unchecked => Tone::Neutral,
        Some(Severity::Warning) => Tone::Doubtful,
        _ => Tone::Good,
    }
}

/// The setting itself, masked, with the place where it stands. Findings with a caret show it again where it matters.
fn push_setting(text: &mut String, target: &TargetReport, reveal: bool, indent: usize, style: &Style) {
    let setting = shown(&target.reading.text, reveal);
    let setting = match setting.char_indices().nth(MAX_SETTING_CHARS) {
        Some((cut, _)) => format!("{}... ({} bytes)", escape(&setting[..cut]), target.reading.text.len()),
        None => escape(&setting).into_owned(),
    };
    let _ = writeln!(text, "{:indent$}{}", "", style.paint(Tone::Faint, &setting));
    if let Some(place) = place_with_line(&target.target.source) {
        style.push_wrapped(text, &format!("{:indent$}", ""), indent, &format!("from {place}"));
    }
}
