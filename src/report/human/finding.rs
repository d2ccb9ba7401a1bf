//! What is wrong: the rule, the message, the spot, the fix, the source.

use std::fmt::Write as _;

use super::snippet;
use super::style::{Style, Tone};
use crate::report::{Correction, TargetReport, correction, escape::escape};
use crate::rules::Finding;

pub(super) fn push(text: &mut String, target: &TargetReport, reveal: bool, style: &Style) {
    let mut offered: Vec<String> = Vec::new();
    for finding in &target.findings {
        text.push('\n');
        push_message(text, finding, style);
        if let Some(span) = finding.span.clone() {
            snippet::push(text, target, finding, span, style);
        }
        push_fix(text, finding, target, reveal, &mut offered, style);
        if !finding.docs.is_empty() {
            style.push_wrapped(text, &style.paint(Tone::Faint, "  source: "), 10, &finding.docs);
        }
    }
}

fn push_message(text: &mut String, finding: &Finding, style: &Style) {
    let label = format!("{}[{}]", finding.severity.as_str(), finding.rule);
    let label = format!("{}: ", style.paint(finding.severity.into(), &label));
    let indent = finding.severity.as_str().len() + finding.rule.len() + 4;
    let (message, rows) = finding.message.split_once('\n').unwrap_or((&finding.message, ""));
    // A long rule id would leave the message a narrow column: its further lines start near the margin then.
    if indent + message.chars().count() <= style.width() {
        style.push_wrapped(text, &label, indent, message);
    } else {
        let _ = writeln!(text, "{}", label.trim_end());
        style.push_wrapped(text, "  ", 2, message);
    }
    push_rows(text, rows, style);
}

/// The rows of a table, `what -> value`, the values one under the other.
fn push_rows(text: &mut String, rows: &str, style: &Style) {
    let rows: Vec<(&str, &str)> = rows.lines().map(|row| row.split_once(" -> ").unwrap_or(("", row))).collect();
    let width = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    for (name, value) in rows {
        style.push_wrapped(text, &format!("    {name:width$}  "), width + 6, value);
    }
}

/// The words of the fix, and the corrected setting on a line of its own, ready to be copied; the same setting is
/// offered once, however many findings it repairs.
fn push_fix(
    text: &mut String,
    finding: &Finding,
    target: &TargetReport,
    reveal: bool,
    offered: &mut Vec<String>,
    style: &Style,
) {
    let label = style.paint(Tone::Good, "  fix: ");
    let indent = "       ";
    if let Some(fix) = &finding.fix {
        style.push_wrapped(text, &label, indent.len(), fix);
    }
    match correction(finding, target, reveal) {
        None => {}
        Some(Correction::InThePassword) => {
            let hint = "(The corrected setting differs in the password alone; --reveal-password shows it.)";
            style.push_wrapped(text, indent, indent.len(), hint);
        }
        Some(Correction::Setting(setting)) if offered.contains(&setting) => {
            let _ = writeln!(text, "{indent}(The corrected setting above has this too.)");
        }
        Some(Correction::Setting(setting)) => {
            let _ = writeln!(text, "\n{}\n", style.paint(Tone::Strong, &escape(&setting)));
            offered.push(setting);
        }
    }
}
