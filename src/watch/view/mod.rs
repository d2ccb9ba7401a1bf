//! The screen, drawn from a picture: one widget a file. Everything that a server or a recording says is escaped here.

mod events;
mod facts;
mod gauge;
mod headline;
mod help;
mod history;
mod keys;
mod popup;
mod screen;
mod small;
mod table;
mod theme;

#[cfg(test)]
mod tests;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};

pub use history::{sparkline, trend_words};
pub use screen::{Overlay, Playback, Reaction, Screen, Tab};
pub use theme::Theme;

use super::Picture;

/// Below this width or height only the essentials are drawn.
const SMALL: (u16, u16) = (50, 11);

/// Draws the picture.
pub fn draw(frame: &mut Frame<'_>, picture: &Picture, screen: &mut Screen, theme: Theme, now_ms: i64) {
    let area = frame.area();
    if area.width < SMALL.0 || area.height < SMALL.1 {
        small::draw(frame.buffer_mut(), area, picture, theme, now_ms);
        return;
    }
    let head = headline::lines(
        picture,
        theme,
        area.width,
        match area.height {
            0..20 => 1,
            20..32 => 3,
            32.. => 4,
        },
    );
    let with_pools = !picture.pools.is_empty() || area.height >= 20;
    let roomy = area.height >= 20;
    let events = if screen.tab == Tab::Events || !roomy { 0 } else { (area.height / 6).clamp(3, 10) };
    let notes = if roomy { facts::notes(picture, theme, area.width) } else { Vec::new() };
    let rows = Layout::vertical([
        Constraint::Length(count(head.len())),
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Length(if roomy { 2 } else { 1 }),
        Constraint::Length(1),
        Constraint::Length(u16::from(with_pools)),
        Constraint::Length(count(notes.len())),
        Constraint::Min(3),
        Constraint::Length(events),
        Constraint::Length(1),
    ])
    .split(area);
    let buffer = frame.buffer_mut();
    put(buffer, rows[0], &head);
    put(buffer, rows[1], &[facts::place(picture, theme, now_ms)]);
    gauge::draw(buffer, rows[2], picture, theme);
    history::draw(buffer, rows[3], picture, theme);
    put(buffer, rows[4], &[facts::states(picture, theme)]);
    put(buffer, rows[5], &[facts::pools(picture, theme)]);
    put(buffer, rows[6], &notes);
    match screen.tab {
        Tab::Events => events::draw(buffer, rows[7], picture, theme),
        tab => table::draw(buffer, rows[7], picture, screen, theme, tab),
    }
    events::draw(buffer, rows[8], picture, theme);
    put(buffer, rows[9], &[keys::line(screen, theme, area.width)]);
    if screen.overlay == Overlay::Help {
        help::draw(buffer, area, theme);
    } else if let Some(termination) = screen.termination(picture) {
        popup::draw(buffer, area, &termination, theme);
    }
}

fn count(lines: usize) -> u16 {
    u16::try_from(lines).unwrap_or(u16::MAX)
}

/// Lines from the top of an area, as many as fit.
fn put(buffer: &mut ratatui::buffer::Buffer, area: Rect, lines: &[ratatui::text::Line<'_>]) {
    for (line, y) in lines.iter().zip(area.top()..area.bottom()) {
        buffer.set_line(area.x, y, line, area.width);
    }
}

/// A time in two units at most: `850 ms`, `12 s`, `4 min`, `1 h 20 min`, `3 d 4 h`.
pub fn duration(seconds: f64) -> String {
    if !seconds.is_finite() || seconds < 0.0 {
        return "0 s".to_owned();
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "finite and not negative; `as` saturates"
    )]
    let whole = seconds.round() as u64;
    match whole {
        0..60 => format!("{whole} s"),
        60..3600 if whole < 600 && !whole.is_multiple_of(60) => format!("{} min {} s", whole / 60, whole % 60),
        60..3600 => format!("{} min", whole / 60),
        3600..86_400 if (whole % 3600) < 60 => format!("{} h", whole / 3600),
        3600..86_400 => format!("{} h {} min", whole / 3600, whole % 3600 / 60),
        _ if whole % 86_400 < 3600 => format!("{} d", whole / 86_400),
        _ => format!("{} d {} h", whole / 86_400, whole % 86_400 / 3600),
    }
}

/// The same in at most five characters, for tables: `12s`, `4m`, `1h20m`, `3d`.
pub fn short(seconds: f64) -> String {
    if !seconds.is_finite() || seconds < 0.0 {
        return "0s".to_owned();
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "finite and not negative; `as` saturates"
    )]
    let whole = seconds.round() as u64;
    match whole {
        0..100 => format!("{whole}s"),
        100..3600 => format!("{}m", whole / 60),
        3600..36_000 => format!("{}h{:02}m", whole / 3600, whole % 3600 / 60),
        36_000..360_000 => format!("{}h", whole / 3600),
        _ => format!("{}d", whole / 86_400),
    }
}
