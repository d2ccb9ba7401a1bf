//! The verdict, who it is, and what to do: the first lines.

use ratatui::text::{Line, Span};

use super::theme::wrap;
use super::{Theme, duration};
use crate::watch::{Link, Picture};

const WHO: &str = "who   ";

/// The verdict, and at most `most` facts below it.
pub(super) fn lines(picture: &Picture, theme: Theme, width: u16, most: usize) -> Vec<Line<'static>> {
    let verdict = &picture.verdict;
    let width = usize::from(width);
    let text = format!(" {}  {}", verdict.level.as_str(), Theme::text(&verdict.headline));
    let mut verdict_lines = wrap(&text, width.saturating_sub(1), 2);
    for line in &mut verdict_lines {
        let missing = width.saturating_sub(line.chars().count());
        line.extend(std::iter::repeat_n(' ', missing));
    }
    let bar = theme.verdict(verdict.level);
    let mut lines: Vec<Line<'static>> = verdict_lines.into_iter().map(|line| Line::styled(line, bar)).collect();
    let mut below: Vec<(&str, String)> = Vec::new();
    if let Some(culprit) = &verdict.culprit {
        below.push((WHO, Theme::text(culprit).into_owned()));
    }
    if let Link::Down { trouble, since_ms } = &picture.link {
        let message = Theme::text(&trouble.message).into_owned();
        let next = match trouble.next_try_ms {
            Some(ms) => format!("; next try {} after it", next(ms)),
            None => "; not tried again: another refused login could ban this address".to_owned(),
        };
        let since = duration(crate::watch::picture::seconds(*since_ms, picture.at_ms));
        below.push(("why   ", format!("{message} (for {since}{next})")));
    }
    if let Some(first) = &verdict.first {
        below.push(("first ", Theme::text(first).into_owned()));
    }
    for (label, text) in below.into_iter().take(most) {
        // Who it is matters most; where there is room it is told to its end.
        let each = if most > 3 || (most == 3 && label == WHO) { 2 } else { 1 };
        for (at, line) in wrap(&text, width.saturating_sub(7), each).into_iter().enumerate() {
            let label = if at == 0 { label } else { "      " };
            lines.push(Line::from(vec![Span::styled(label.to_owned(), Theme::strong()), Span::raw(line)]));
        }
    }
    lines
}

#[expect(clippy::cast_precision_loss, reason = "half a minute at most")]
fn next(ms: u64) -> String {
    duration(ms as f64 / 1000.0)
}
