//! `markdown`: to paste into an issue or a chat.

mod explain;
mod listing;
pub mod plan;
pub mod rehearse;

use std::fmt::Write as _;
use std::io::{self, Write};

use super::escape::escape;
use super::facts::{self, Fact};
use super::words;
use super::{Correction, Repair, Report, TargetReport, correction, shown};
use crate::advice::Advice;
use crate::rules::Finding;
pub use explain::{write_explanation, write_known};
pub use listing::{write_listing, write_rule};

/// The longest setting that is shown.
const MAX_SETTING_BYTES: usize = 4096;

/// Writes the report as Markdown: one heading a target.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    if report.targets.len() > 1 {
        let mut text = String::new();
        push_overview(&mut text, report);
        out.write_all(text.as_bytes())?;
    }
    for target in &report.targets {
        let mut text = String::new();
        push_target(&mut text, target, report.reveal_password);
        out.write_all(text.as_bytes())?;
    }
    Ok(())
}

fn push_overview(text: &mut String, report: &Report) {
    push_row(text, &["setting", "what it is", "findings"]);
    push_row(text, &["---"; 3]);
    for (index, target) in report.targets.iter().enumerate() {
        let place = words::place_with_line(&target.target.source).unwrap_or_else(|| format!("argument {}", index + 1));
        push_row(text, &[&plain(&place), &plain(&words::subject(target)), &plain(&words::judgement(target))]);
    }
    text.push('\n');
}

fn push_target(text: &mut String, target: &TargetReport, reveal: bool) {
    let _ = writeln!(text, "## {}: {}", plain(&words::subject(target)), plain(&words::judgement(target)));
    for sentence in words::measured(target) {
        let _ = writeln!(text, "\n{}", plain(&sentence));
    }
    if target.reading.text.len() <= MAX_SETTING_BYTES {
        let _ = writeln!(text, "\n{}", code_block(&shown(&target.reading.text, reveal)));
    }
    if let Some(place) = words::place_with_line(&target.target.source) {
        let _ = writeln!(text, "\nFound in {}.", plain(&place));
    }
    if let Some(repair) = &target.repair {
        push_repair(text, repair);
    }
    for finding in &target.findings {
        push_finding(text, finding, target, reveal);
    }
    push_facts(text, "Evidence", ["what", "value", "how it is known"], &facts::of(target, false));
    if let Some(probe) = &target.probe {
        let state = facts::session_state_rows(probe);
        push_facts(text, "Session state", ["feature", "verdict", "how it is known"], &state);
        if let Some(headroom) = &probe.headroom.value {
            let _ = writeln!(text, "\n### Connections");
            for sentence in facts::headroom_sentences(headroom) {
                let _ = writeln!(text, "\n{}", plain(&sentence));
            }
        }
    }
    for advice in &target.advice {
        push_advice(text, advice);
    }
    text.push('\n');
}

fn push_repair(text: &mut String, repair: &Repair) {
    let rules = repair.rules.iter().map(|rule| format!("`{rule}`")).collect::<Vec<_>>().join(", ");
    let _ = match (&repair.refused, &repair.written_to, repair.rules.is_empty()) {
        (Some(why), _, _) => writeln!(text, "\nNot repaired: {}.", plain(why)),
        (None, _, true) => writeln!(text, "\nNothing was repaired."),
        (None, Some(path), false) => writeln!(text, "\nRepaired {rules}, written to {}.", plain(path)),
        (None, None, false) => writeln!(text, "\nRepaired {rules}."),
    };
}

fn push_finding(text: &mut String, finding: &Finding, target: &TargetReport, reveal: bool) {
    let (line, column) = target.place_of(finding);
    let place = line.map(|line| format!(" (line {line}")).unwrap_or_default();
    let place = match column.filter(|_| line.is_some()) {
        Some(column) => format!("{place}, column {column})"),
        None if line.is_some() => format!("{place})"),
        None => place,
    };
    let (severity, rule) = (finding.severity.as_str(), finding.rule);
    let (head, rows) = finding.message.split_once('\n').unwrap_or((&finding.message, ""));
    let _ = writeln!(text, "\n- **{severity}** `{rule}`{place}: {}", plain(head));
    if !rows.is_empty() {
        text.push('\n');
        for row in rows.lines() {
            let _ = writeln!(text, "  - {}", plain(row));
        }
        text.push('\n');
    }
    if let Some(fix) = &finding.fix {
        let _ = writeln!(text, "  Fix: {}", plain(fix));
    }
    if let Some(Correction::Setting(setting)) = correction(finding, target, reveal) {
        let block = code_block(&setting).replace('\n', "\n  ");
        let _ = writeln!(text, "\n  {block}\n");
    }
    if !finding.docs.is_empty() {
        let _ = writeln!(text, "  Source: {}", plain(&finding.docs));
    }
}

fn push_facts(text: &mut String, title: &str, header: [&str; 3], facts: &[Fact]) {
    if facts.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n### {title}\n");
    push_row(text, &header);
    push_row(text, &["---"; 3]);
    for fact in facts {
        push_row(text, &[&plain(&fact.what), &plain(&fact.value), &plain(&fact.how)]);
    }
}

fn push_advice(text: &mut String, advice: &Advice) {
    let _ = writeln!(
        text,
        "\n### {}, {}: {}\n\n{}",
        plain(&advice.stack),
        advice.workload.as_str(),
        advice.fit.as_str(),
        plain(&advice.summary)
    );
    if advice.settings.is_empty() {
        return;
    }
    text.push('\n');
    push_row(text, &["set", "where", "why", "source"]);
    push_row(text, &["---"; 4]);
    for setting in &advice.settings {
        let assignment = plain(&format!("{} = {}", setting.name, setting.value));
        push_row(text, &[&assignment, &plain(&setting.place), &plain(&setting.why), &plain(&setting.source)]);
    }
}

fn push_row(text: &mut String, cells: &[&str]) {
    let _ = writeln!(text, "| {} |", cells.join(" | "));
}

/// Text without control characters and without a meaning in Markdown or HTML.
fn plain(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in escape(text).chars() {
        match character {
            '&' => shown.push_str("&amp;"),
            '<' => shown.push_str("&lt;"),
            '>' => shown.push_str("&gt;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '#' | '@' => {
                shown.push('\\');
                shown.push(character);
            }
            _ => shown.push(character),
        }
    }
    shown
}

/// A fenced block whose fence is longer than any run of backticks in the text.
fn code_block(text: &str) -> String {
    let text = escape(text);
    let longest = text.split(|character| character != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}\n{text}\n{fence}")
}
