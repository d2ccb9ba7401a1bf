//! The setting with a caret under the spot, as a compiler shows it, with every secret masked.

use std::fmt::Write as _;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet, renderer::DecorStyle};

use super::style::{Style, Tone};
use crate::report::TargetReport;
use crate::report::escape::escape;
use crate::report::words;
use crate::rules::{Finding, Severity};
use crate::target::Source;

/// The masked setting with a caret under `span` (byte offsets of the clear text).
pub(super) fn push(text: &mut String, target: &TargetReport, finding: &Finding, span: Range<usize>, style: &Style) {
    let setting = &target.reading.text;
    let masked = setting.masked();
    let spot = setting.masked_range(span);
    let (line, column) = target.place_of(finding);
    let source = &Source { line, column, ..target.target.source.clone() };
    // Line number, frame, and the column that a caret behind the end takes.
    let frame = source.line.map_or(0, |line| line.to_string().len()) + 4;
    let (line, spot) = excerpt(&masked, spot, style.width().saturating_sub(frame));
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let snippet = Snippet::source(line)
        .line_start(source.line.unwrap_or(1))
        .line_numbering(source.line.is_some())
        .annotation(AnnotationKind::Primary.span(spot));
    let rendered = renderer(style).render(&[Group::with_level(level).element(snippet)]);
    // The first line of a snippet without a path is the head of its frame alone.
    let (_, body) = rendered.split_once('\n').unwrap_or_default();
    push_origin(text, source, style);
    let _ = writeln!(text, "{body}");
}

fn renderer(style: &Style) -> Renderer {
    let renderer = if style.color() { Renderer::styled() } else { Renderer::plain() };
    renderer.term_width(style.width()).decor_style(if style.unicode() {
        DecorStyle::Unicode
    } else {
        DecorStyle::Ascii
    })
}

/// File, line and the column where the setting starts, as compilers write it and editors follow it. The column of the
/// spot itself would tell how long a password before it is.
fn push_origin(text: &mut String, source: &Source, style: &Style) {
    let Some(mut place) = words::place(source) else { return };
    let mut gutter = 1;
    if let Some(line) = source.line {
        gutter = line.to_string().len();
        if source.path.is_some() {
            let column = source.column.map(|column| format!(":{column}")).unwrap_or_default();
            place = format!("{place}:{line}{column}");
        }
    }
    let arrow = if style.unicode() { " ╭▸" } else { "-->" };
    let _ = writeln!(text, "{:gutter$}{} {}", "", style.paint(Tone::Neutral, arrow), escape(&place));
}

/// At most `width` characters of `line` around `spot`, escaped, and where the spot is in them. Dots stand for what was
/// left out.
fn excerpt(line: &str, spot: Range<usize>, width: usize) -> (String, Range<usize>) {
    const DOTS: &str = "...";
    let width = width.max(30);
    if line.chars().count() <= width {
        let (before, after) = (escape(&line[..spot.start]), escape(&line[spot.end..]));
        let shown = escape(&line[spot]);
        let spot = before.len()..before.len() + shown.len();
        return (format!("{before}{shown}{after}"), spot);
    }
    let spot_shown = cut_end(&line[spot.clone()], width / 2);
    let room = width.saturating_sub(spot_shown.chars().count() + 2 * DOTS.len());
    let before = &line[..spot.start];
    let after = if spot_shown.len() < spot.len() { "" } else { &line[spot.end..] };
    // What one side does not need, the other may use.
    let needed = |part: &str| part.chars().take(room).count();
    let before_room = (room - needed(after).min(room / 2)).min(room);
    let before_shown = cut_start(before, before_room);
    let after_shown = cut_end(after, room - needed(before_shown).min(room));

    let mut shown = String::new();
    if before_shown.len() < before.len() {
        shown.push_str(DOTS);
    }
    shown.push_str(&escape(before_shown));
    let start = shown.len();
    shown.push_str(&escape(spot_shown));
    let end = shown.len();
    shown.push_str(&escape(after_shown));
    if spot_shown.len() < spot.len() || after_shown.len() < after.len() {
        shown.push_str(DOTS);
    }
    (shown, start..end)
}

fn cut_end(text: &str, chars: usize) -> &str {
    text.char_indices().nth(chars).map_or(text, |(at, _)| &text[..at])
}

fn cut_start(text: &str, chars: usize) -> &str {
    if chars == 0 {
        return &text[text.len()..];
    }
    text.char_indices().rev().nth(chars - 1).map_or(text, |(at, _)| &text[at..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixtures;
    use crate::report::human::{Detail, Look};

    #[test]
    fn on_eighty_columns_every_line_fits_and_the_carets_stand_under_the_masked_spot() {
        let look = Look { width: 80, color: false, unicode: false, detail: Detail::Normal };
        let mut seen = 0;
        for (name, report) in fixtures::all() {
            for target in &report.targets {
                for finding in &target.findings {
                    let Some(span) = finding.span.clone() else { continue };
                    let mut text = String::new();
                    push(&mut text, target, finding, span.clone(), &Style::new(&look));
                    let lines: Vec<&str> = text.lines().collect();
                    assert!(lines.iter().all(|line| line.chars().count() <= 80), "{name}: {text}");
                    let carets = lines.iter().position(|line| line.contains('^')).expect("carets");
                    let marked = lines[carets].find('^').unwrap()..=lines[carets].rfind('^').unwrap();
                    let setting = &target.reading.text;
                    let spot = &setting.masked()[setting.masked_range(span)];
                    let shown = lines[carets - 1].get(marked).unwrap_or_default();
                    assert!(shown == spot || spot.is_empty(), "{name}: `{spot}` in\n{text}");
                    seen += 1;
                }
            }
        }
        assert!(seen >= 3, "{seen}");
    }

    #[test]
    fn a_short_setting_is_shown_whole() {
        assert_eq!(excerpt("host=a port=b", 10..13, 80), ("host=a port=b".to_owned(), 10..13));
    }

    #[test]
    fn a_long_setting_is_cut_around_the_spot() {
        let line = format!("{}SPOT{}", "a".repeat(500_000), "b".repeat(500_000));
        let (shown, spot) = excerpt(&line, 500_000..500_004, 80);
        assert_eq!(&shown[spot], "SPOT");
        assert!(shown.starts_with("...a") && shown.ends_with("b..."));
        assert!(shown.len() <= 80, "{}", shown.len());
    }

    #[test]
    fn a_spot_of_a_megabyte_is_cut_itself() {
        let line = "a".repeat(1_000_000);
        let (shown, spot) = excerpt(&line, 0..1_000_000, 80);
        assert_eq!(spot, 0..40);
        assert!(shown.ends_with("a...") && shown.len() < 80);
    }

    #[test]
    fn the_caret_stays_under_the_spot_behind_escaped_characters() {
        let (shown, spot) = excerpt("a\x1b\u{202e}SPOT", 5..9, 80);
        assert_eq!(&shown[spot], "SPOT");
        assert_eq!(shown, "a\\x1b\\u{202e}SPOT");
    }
}
