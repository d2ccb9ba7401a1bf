//! Used and free slots, with the line at 70 %.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::Theme;
use crate::capacity::{Fullness, WARNING_PERCENT};
use crate::watch::{Level, Picture, Slots};

pub(super) fn draw(buffer: &mut Buffer, area: Rect, picture: &Picture, theme: Theme) {
    let Some(slots) = &picture.slots else { return };
    let own = if slots.own > 0 { format!(" +{} own", slots.own) } else { String::new() };
    let figures = format!(" {} used{own}, {} free of {}", slots.used, slots.free, slots.usable);
    let reserved = format!(" (max_connections {}, {} reserved)", slots.max_connections, slots.reserved);
    let room = usize::from(area.width).saturating_sub("slots ".len() + figures.len());
    let with_reserved = room > reserved.len() + 20;
    let bar = if with_reserved { room - reserved.len() } else { room };
    let mut line = vec![Span::styled("slots ", Theme::strong())];
    line.extend(bar_of(slots, bar.min(70), theme));
    line.push(Span::styled(figures, Theme::strong()));
    if with_reserved {
        line.push(Span::styled(reserved, theme.faint()));
    }
    buffer.set_line(area.x, area.y, &Line::from(line), area.width);
}

/// The bar: used, the line at 70 %, free.
pub(super) fn bar_of(slots: &Slots, width: usize, theme: Theme) -> Vec<Span<'static>> {
    let inner = width.saturating_sub(2);
    if inner == 0 || slots.usable == 0 {
        return Vec::new();
    }
    let share = |count: u32| (count as usize * inner).div_ceil(slots.usable as usize).min(inner);
    let (used, taken) = (share(slots.used), share(slots.used + slots.own));
    let mark = inner * WARNING_PERCENT as usize / 100;
    let (full, ours, empty, line) = if theme.unicode { ('█', '▓', '░', '│') } else { ('#', '+', '.', '|') };
    let style = theme.level(match slots.fullness() {
        Fullness::Ok => Level::Ok,
        Fullness::Warning => Level::Warning,
        Fullness::Critical => Level::Critical,
        Fullness::Unknown => Level::Unknown,
    });
    let mut spans = vec![Span::raw("[")];
    for at in 0..inner {
        spans.push(if at == mark && at >= taken {
            Span::styled(line.to_string(), Theme::strong())
        } else if at < used {
            Span::styled(full.to_string(), style)
        } else if at < taken {
            Span::styled(ours.to_string(), theme.faint())
        } else {
            Span::styled(empty.to_string(), theme.faint())
        });
    }
    spans.push(Span::raw("]"));
    spans
}
