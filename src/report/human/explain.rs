//! Errors explained, for people: the verdict first, then what to do, then where it was found.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::Look;
use super::style::{Style, Tone};
use crate::explain::{Explanation, Match, show_time};
use crate::knowledge::errors::{Cause, Confidence, ErrorFamily, KnownError};
use crate::report::words::counted;

/// Columns of a sparkline.
const SPARK_COLUMNS: usize = 40;

/// Writes what was found. `is_log` says that lines and counts matter.
pub fn write_explanation(explanation: &Explanation, is_log: bool, look: &Look, out: &mut dyn Write) -> io::Result<()> {
    let style = Style::new(look);
    let mut text = String::new();
    if let Some(target) = &explanation.target {
        let label = format!("{} ({}): ", style.paint(Tone::Strong, "Asked about"), target.kind.as_str());
        style.push_wrapped(&mut text, &label, 2, &target.setting);
        text.push('\n');
    }
    if is_log || explanation.matches.len() != 1 {
        push_overview(&mut text, explanation, &style);
    }
    let span = span(&explanation.matches);
    for (number, found) in explanation.matches.iter().enumerate() {
        if is_log || number > 0 || explanation.matches.len() > 1 {
            text.push('\n');
        }
        push_match(&mut text, found, is_log, span, &style);
    }
    push_unknown(&mut text, explanation, &style);
    out.write_all(text.as_bytes())
}

/// Writes an entry or a cause of the catalogue by itself.
pub fn write_known(
    known: Option<(&ErrorFamily, &KnownError)>,
    cause: &Cause,
    look: &Look,
    out: &mut dyn Write,
) -> io::Result<()> {
    let style = Style::new(look);
    let mut text = String::new();
    style.push_wrapped(
        &mut text,
        &format!("{} ", style.sign(Tone::Bad)),
        4,
        &format!("{} [{}]", cause.title, cause.id),
    );
    let own = |of: fn(&KnownError) -> Option<&String>, general: &str| {
        known.and_then(|(_, known)| of(known)).map_or(general, String::as_str).to_owned()
    };
    if let Some((family, known)) = known {
        push_labelled(&mut text, "Says", &format!("{} ({}: {})", known.says, family.speaker, known.id), &style);
    }
    push_labelled(&mut text, "First", &own(|known| known.first.as_ref(), &cause.first), &style);
    push_labelled(&mut text, "Then", &own(|known| known.next.as_ref(), &cause.next), &style);
    push_labelled(&mut text, "Prevent", &own(|known| known.prevent.as_ref(), &cause.prevent), &style);
    if let Some((family, known)) = known {
        for key in &known.sources {
            push_labelled(&mut text, "Source", family.sources.resolve(key), &style);
        }
        for example in &known.examples {
            push_labelled(&mut text, "Example", example, &style);
        }
    }
    out.write_all(text.as_bytes())
}

fn push_overview(text: &mut String, explanation: &Explanation, style: &Style) {
    let lines = format!("in {}", counted(usize::try_from(explanation.lines).unwrap_or(usize::MAX), "line"));
    let verdict = match explanation.matches.len() {
        0 => format!("No known connection error {lines}."),
        count => format!("{} {lines}.", counted(count, "known connection error")),
    };
    let tone = if explanation.matches.is_empty() { Tone::Neutral } else { Tone::Bad };
    style.push_wrapped(text, &format!("{} ", style.sign(tone)), 4, &verdict);
}

fn push_match(text: &mut String, found: &Match, is_log: bool, span: Option<(i64, i64)>, style: &Style) {
    let times = if found.count > 1 { format!(" {} times", found.count) } else { String::new() };
    let title = format!("{} [{}]{}", found.cause.title, found.cause.id, doubt(found.confidence));
    style.push_wrapped(text, &format!("{}{} ", style.sign(Tone::Bad), style.paint(Tone::Strong, &times)), 4, &title);
    if is_log {
        push_labelled(text, "Where", &place(found), style);
        if let Some(spark) = sparkline(found, span, style.unicode()) {
            let _ = writeln!(text, "  {:9}{spark}", "When");
        }
    }
    push_labelled(text, "Text", &found.excerpt, style);
    push_labelled(text, "Says", &format!("{} ({}: {})", found.known.says, found.family.speaker, found.known.id), style);
    if !found.reported_as.is_empty() {
        push_labelled(
            text,
            "Inside",
            &format!("reported by {}; the error inside is the cause", found.reported_as.join(", ")),
            style,
        );
    }
    push_labelled(text, "First", found.first(), style);
    push_labelled(text, "Then", found.next(), style);
    push_labelled(text, "Prevent", found.prevent(), style);
    if let Some(remark) = &found.remark {
        push_labelled(text, "Here", remark, style);
    }
    for source in found.sources() {
        push_labelled(text, "Source", source, style);
    }
}

fn push_labelled(text: &mut String, label: &str, words: &str, style: &Style) {
    style.push_wrapped(text, &format!("  {}", style.paint(Tone::Faint, &format!("{label:9}"))), 11, words);
}

fn push_unknown(text: &mut String, explanation: &Explanation, style: &Style) {
    if explanation.unmatched_errors > 0 {
        let count = usize::try_from(explanation.unmatched_errors).unwrap_or(usize::MAX);
        let words = format!(
            "{} of a database or its driver {} not known to supascope.",
            counted(count, "other error"),
            if count == 1 { "is" } else { "are" }
        );
        text.push('\n');
        style.push_wrapped(text, &format!("{} ", style.sign(Tone::Neutral)), 4, &words);
    }
}

const fn doubt(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Certain => "",
        Confidence::Likely => " (likely)",
        Confidence::Possible => " (one possible cause)",
    }
}

/// `lines 3 to 90, 2026-11-21 10:00:00 to 10:05:00`
fn place(found: &Match) -> String {
    let lines = if found.first_line == found.last_line {
        format!("line {}", found.first_line)
    } else {
        format!("lines {} to {}", found.first_line, found.last_line)
    };
    match found.times.span() {
        Some((first, last)) if first == last => format!("{lines}, {}", show_time(first)),
        Some((first, last)) => format!("{lines}, {} to {}", show_time(first), show_time(last)),
        None => lines,
    }
}

/// The time that all errors together cover, so that their sparklines can be compared.
fn span(matches: &[Match]) -> Option<(i64, i64)> {
    let spans = || matches.iter().filter_map(|found| found.times.span());
    let from = spans().map(|(from, _)| from).min()?;
    let to = spans().map(|(_, to)| to).max()?;
    (from < to).then_some((from, to))
}

fn sparkline(found: &Match, span: Option<(i64, i64)>, unicode: bool) -> Option<String> {
    let span = span.filter(|_| found.times.span().is_some())?;
    let counts = found.times.columns(span, SPARK_COLUMNS);
    let most = counts.iter().copied().max().filter(|most| *most > 0)?;
    let levels: &[char] = if unicode {
        &['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█']
    } else {
        &['.', ':', '-', '=', '+', '*', '#', '@']
    };
    let level = |count: u64| {
        let at = (count * levels.len() as u64).div_ceil(most).saturating_sub(1);
        levels[usize::try_from(at).unwrap_or(0).min(levels.len() - 1)]
    };
    Some(counts.into_iter().map(|count| if count == 0 { ' ' } else { level(count) }).collect::<String>() + "|")
}
