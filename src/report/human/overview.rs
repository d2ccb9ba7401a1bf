//! Several targets: one table before the details.

use std::fmt::Write as _;

use super::style::{Style, Tone};
use super::table::Rows;
use super::verdict;
use crate::report::Report;
use crate::report::words::{self, counted, place_with_line};

/// Up to so many targets, all are listed and told.
pub(super) const FEW: usize = 20;
/// The longest overview.
const MAX_ROWS: usize = 200;

pub(super) fn push(text: &mut String, report: &Report, style: &Style) {
    let summary = report.summary();
    let counts = [(summary.errors, "error"), (summary.warnings, "warning"), (summary.notes, "note")]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, noun)| counted(count, noun))
        .collect::<Vec<_>>()
        .join(", ");
    let mut headline = counted(summary.targets, "setting");
    headline.push_str(": ");
    headline.push_str(if counts.is_empty() { "nothing wrong" } else { &counts });
    if summary.unchecked > 0 {
        let _ = write!(headline, ", {} could not be checked", summary.unchecked);
    }
    text.push_str(&style.paint(Tone::Strong, &headline));
    text.push('\n');
    let mut rows = Rows::new(style, &["", "setting", "what it is", "findings"]);
    let few = report.targets.len() <= FEW;
    let listed = report
        .targets
        .iter()
        .enumerate()
        .filter(|(_, target)| few || target.unchecked || !target.findings.is_empty())
        .take(MAX_ROWS);
    let mut rest = report.targets.len();
    for (index, target) in listed {
        rest -= 1;
        let place = place_with_line(&target.target.source).unwrap_or_else(|| format!("argument {}", index + 1));
        let findings = words::counts(target);
        let findings = match (target.unchecked, findings.is_empty()) {
            (true, true) => "could not be checked".to_owned(),
            (true, false) => format!("could not be checked; {findings}"),
            (false, true) => "none".to_owned(),
            (false, false) => findings,
        };
        rows.push([mark(verdict::tone(target)), &place, &words::subject(target), &findings]);
    }
    rows.finish(text);
    if rest > 0 {
        let _ = writeln!(text, "{rest} more are not listed; --format ndjson lists all.");
    }
}

/// A mark without colour: a table counts the columns of what stands in its cells.
const fn mark(tone: Tone) -> &'static str {
    match tone {
        Tone::Bad => "x",
        Tone::Doubtful => "!",
        Tone::Good => "ok",
        Tone::Neutral | Tone::Strong | Tone::Faint => "?",
    }
}
