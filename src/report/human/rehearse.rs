//! A rehearsal for people: the verdict, what is wrong, both settings side by side, how long things took, what to set.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::style::{Style, Tone};
use super::table::Rows;
use super::{Detail, Look};
use crate::rehearse::{DryRun, Failed, Histogram, Load, Rehearsal, StepResult, Verdict};
use crate::report::rehearse::{self as words, RehearseReport};

/// Cells of the longest bar.
const BAR_CELLS: u64 = 24;

/// Writes the rehearsal for people.
pub fn write(report: &RehearseReport<'_>, look: &Look, out: &mut dyn Write) -> io::Result<()> {
    let style = Style::new(look);
    let rehearsal = report.rehearsal;
    let mut text = String::new();
    push_verdict(&mut text, rehearsal, &style);
    push_findings(&mut text, rehearsal, &style);
    if style.detail() != Detail::Quiet {
        push_comparison(&mut text, rehearsal, &style);
        if let Some(load) = &rehearsal.yours {
            push_steps(&mut text, "Your settings, step by step", load, &style);
        }
        push_histogram(&mut text, "Time to get a connection", rehearsal, |step| &step.checkout, &style);
        push_histogram(&mut text, "Time of a transaction", rehearsal, |step| &step.query, &style);
        push_failed(&mut text, rehearsal, &style);
        push_settings(&mut text, rehearsal, &style);
        style.push_title(&mut text, "Held against");
        for sentence in words::grounds(rehearsal) {
            style.push_wrapped(&mut text, "  ", 2, &sentence);
        }
    }
    out.write_all(text.as_bytes())
}

fn push_verdict(text: &mut String, rehearsal: &Rehearsal, style: &Style) {
    let tone = match rehearsal.verdict() {
        Verdict::Fits => Tone::Good,
        Verdict::Waits => Tone::Doubtful,
        Verdict::Exceeds => Tone::Bad,
        Verdict::Unknown => Tone::Neutral,
    };
    let label = format!("{} ", style.sign(tone));
    style.push_wrapped(text, &label, 2, &words::verdict(rehearsal));
    if let Some(failed) = &rehearsal.unreachable {
        push_cause(text, failed, style);
    }
}

fn push_cause(text: &mut String, failed: &Failed, style: &Style) {
    if let Some(first) = failed.first {
        style.push_wrapped(text, &style.paint(Tone::Good, "  fix: "), 7, first);
    }
}

fn push_findings(text: &mut String, rehearsal: &Rehearsal, style: &Style) {
    for finding in &rehearsal.findings {
        let label = format!("{}[{}]", finding.severity.as_str(), finding.rule);
        let _ = writeln!(text, "\n{}", style.paint(finding.severity.into(), &label));
        style.push_wrapped(text, "  ", 2, &finding.message);
        style.push_wrapped(text, &style.paint(Tone::Good, "  fix: "), 7, &finding.fix);
    }
}

fn push_comparison(text: &mut String, rehearsal: &Rehearsal, style: &Style) {
    let rows = words::rows(rehearsal);
    if rows.is_empty() {
        return;
    }
    style.push_title(text, "Side by side");
    let mut table = Rows::new(style, &["", "yours", "advised"]);
    for row in rows {
        table.push([&row.what, &row.yours, &row.advised]);
    }
    table.finish(text);
}

fn push_steps(text: &mut String, title: &str, load: &Load, style: &Style) {
    if load.steps.is_empty() {
        return;
    }
    style.push_title(text, title);
    let mut table = Rows::new(style, &words::STEP_HEADER);
    for step in &load.steps {
        table.push_all(&words::step(step));
    }
    table.finish(text);
}

fn push_histogram(
    text: &mut String,
    title: &str,
    rehearsal: &Rehearsal,
    pick: fn(&StepResult) -> &Histogram,
    style: &Style,
) {
    let bars = words::bars(rehearsal, pick);
    let most = bars.iter().map(|bar| bar.yours.max(bar.advised)).max().unwrap_or(0);
    if most == 0 {
        return;
    }
    style.push_title(text, title);
    let both = rehearsal.advised.is_some();
    let cell = if style.unicode() { "█" } else { "#" };
    // What is there is seen, however little it is.
    let cells = |count: u64| (count.saturating_mul(BAR_CELLS) / most).max(u64::from(count > 0));
    let bar = |count: u64| cell.repeat(usize::try_from(cells(count)).unwrap_or(0));
    let width = usize::try_from(BAR_CELLS).unwrap_or(0);
    for row in &bars {
        let _ = write!(text, "  < {:>6} ms  {:width$} {:>7}", row.below_ms, bar(row.yours), row.yours);
        if both {
            let _ = write!(text, "  {:width$} {:>7}", bar(row.advised), row.advised);
        }
        text.push('\n');
    }
    if both {
        let _ = writeln!(text, "  {:11}  {:width$} {:>7}  {:width$} {:>7}", "", "yours", "", "advised", "");
    }
}

fn push_failed(text: &mut String, rehearsal: &Rehearsal, style: &Style) {
    let loads = [("yours", &rehearsal.yours), ("advised", &rehearsal.advised)];
    let failed = loads.iter().filter_map(|(name, load)| load.as_ref().map(|load| (*name, load)));
    let failed: Vec<(&str, &Failed)> =
        failed.flat_map(|(name, load)| load.failed.iter().map(move |failed| (name, failed))).collect();
    if failed.is_empty() {
        return;
    }
    style.push_title(text, "What failed");
    for (name, failed) in failed {
        let cause = failed.cause.unwrap_or("unknown cause");
        style.push_wrapped(text, "  ", 4, &format!("{} x {cause} ({name}): {}", failed.count, failed.text));
        push_cause(text, failed, style);
    }
}

fn push_settings(text: &mut String, rehearsal: &Rehearsal, style: &Style) {
    let Some(advice) = rehearsal.advice.as_ref().filter(|advice| !advice.settings.is_empty()) else { return };
    style.push_title(text, "What to set");
    for (assignment, place) in &advice.settings {
        style.push_wrapped(text, "  ", 4, &format!("{assignment}    {place}"));
    }
}

/// Writes what would be done.
pub fn write_dry(plan: &DryRun, look: &Look, out: &mut dyn Write) -> io::Result<()> {
    let style = Style::new(look);
    let mut text = String::new();
    style.push_wrapped(&mut text, "Nothing was opened. This would be done at ", 2, &plan.setting);
    text.push('\n');
    for sentence in words::dry(plan) {
        style.push_wrapped(&mut text, "  ", 2, &sentence);
    }
    style.push_title(&mut text, "Statements");
    for (purpose, statement) in words::statements(plan) {
        if !purpose.is_empty() {
            let _ = writeln!(text, "  {}", style.paint(Tone::Faint, purpose));
        }
        style.push_wrapped(&mut text, "    ", 6, statement);
    }
    out.write_all(text.as_bytes())
}
