//! A box over the screen: the statement that would end a session, and what it would hit.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::{Block, Clear, Widget as _};

use super::theme::wrap;
use super::{Theme, count, put};
use crate::watch::Termination;

pub(super) fn draw(buffer: &mut Buffer, area: Rect, termination: &Termination, theme: Theme) {
    let width = usize::from(area.width).saturating_sub(8).min(100);
    let mut lines = vec![Line::styled(termination.statement.clone(), Theme::strong()), Line::raw("")];
    lines.extend(wrap(&format!("Hits {}.", Theme::text(&termination.hits)), width, 6).into_iter().map(Line::raw));
    lines.push(Line::raw(""));
    lines.push(Line::styled("supascope never runs it. Any key closes this.", theme.faint()));
    boxed(buffer, area, " to end this session ", width, &lines, theme);
}

/// A box in the middle.
pub(super) fn boxed(buffer: &mut Buffer, area: Rect, title: &str, width: usize, lines: &[Line<'_>], theme: Theme) {
    let size = (count(width + 4).min(area.width), count(lines.len() + 2).min(area.height));
    let place = Rect::new(area.x + (area.width - size.0) / 2, area.y + (area.height - size.1) / 2, size.0, size.1);
    Clear.render(place, buffer);
    let block = Block::bordered().title(title).style(Theme::strong());
    let block = if theme.unicode { block } else { block.border_set(ASCII) };
    let inner = block.inner(place);
    block.render(place, buffer);
    put(buffer, Rect { x: inner.x + 1, width: inner.width.saturating_sub(1), ..inner }, lines);
}

const ASCII: ratatui::symbols::border::Set<'static> = ratatui::symbols::border::Set {
    top_left: "+",
    top_right: "+",
    bottom_left: "+",
    bottom_right: "+",
    vertical_left: "|",
    vertical_right: "|",
    horizontal_top: "-",
    horizontal_bottom: "-",
};
