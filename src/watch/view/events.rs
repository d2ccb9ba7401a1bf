//! What happened, the newest first.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::{Theme, put};
use crate::explain::show_time;
use crate::watch::{EventKind, Level, Picture};

pub(super) fn draw(buffer: &mut Buffer, area: Rect, picture: &Picture, theme: Theme) {
    if area.height == 0 {
        return;
    }
    let mut lines = vec![Line::styled("EVENTS (UTC, newest first)", theme.faint())];
    for event in picture.events.iter().rev().take(usize::from(area.height).saturating_sub(1)) {
        let level = match event.kind {
            EventKind::Recovered | EventKind::AlertOver => Level::Ok,
            kind if kind.is_bad() => Level::Critical,
            EventKind::Threshold | EventKind::Transaction => Level::Warning,
            _ => Level::Unknown,
        };
        lines.push(Line::from(vec![
            Span::styled(clock(event.at_ms), theme.faint()),
            Span::styled(format!(" {:10} ", event.kind.as_str()), theme.level(level)),
            Span::raw(Theme::text(&event.text).into_owned()),
        ]));
    }
    put(buffer, area, &lines);
}

/// `12:34:56`
pub(super) fn clock(at_ms: i64) -> String {
    let time = show_time(at_ms.div_euclid(1000));
    time.rsplit_once(' ').map_or_else(|| time.clone(), |(_, clock)| clock.to_owned())
}
