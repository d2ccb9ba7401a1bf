//! A terminal with hardly any room: the essentials, most important first.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::theme::wrap;
use super::{Theme, gauge, history, put, short};
use crate::watch::Picture;

pub(super) fn draw(buffer: &mut Buffer, area: Rect, picture: &Picture, theme: Theme, now_ms: i64) {
    let width = usize::from(area.width);
    let level = picture.verdict.level;
    let mut lines = Vec::new();
    let age =
        picture.age_s(now_ms).filter(|age| *age > 5.0).map(|age| format!(" {} old", short(age))).unwrap_or_default();
    let figures = picture.slots.as_ref().map(|slots| format!(" {}/{}", slots.used, slots.usable)).unwrap_or_default();
    let first = format!("{}{figures}{age}", level.as_str());
    lines.push(Line::styled(format!("{first:width$}"), theme.verdict(level)));
    if let Some(slots) = &picture.slots {
        lines.push(Line::from(gauge::bar_of(slots, width, theme)));
    }
    let rest = usize::from(area.height).saturating_sub(lines.len());
    let mut texts = vec![picture.verdict.headline.clone()];
    texts.extend(picture.verdict.culprit.clone());
    texts.push(history::trend_words(picture.trend));
    let each = if rest > texts.len() { rest / texts.len() } else { 1 };
    for text in texts {
        lines.extend(wrap(&Theme::text(&text), width, each).into_iter().map(Line::raw));
    }
    put(buffer, area, &lines);
}
