//! The keys at length, and what the lines mean.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::Theme;
use super::popup::boxed;

const TEXT: [&str; 16] = [
    "q, Ctrl-C     quit",
    "p, space      pause and go on (a replay: play and stop)",
    "left, right   one look back or on (replay)",
    "tab           holders, sessions, events",
    "up, down      choose a line",
    "s, r          sort by the next column; reverse",
    "enter         the sessions of this holder; esc: all sessions",
    "k             the statement that would end it (never run)",
    "",
    "AGE    how long in this state    TRANS  how long its transaction is open",
    "idle in tx     holds a transaction open and does nothing",
    "waits (lock)   another session holds what it needs",
    "slots          | in the bar is 70 %: time to act",
    "own            connections of supascope, counted apart",
    "",
    "Any key closes this.",
];

pub(super) fn draw(buffer: &mut Buffer, area: Rect, theme: Theme) {
    let lines: Vec<Line<'_>> = TEXT.iter().map(|line| Line::raw(*line)).collect();
    boxed(buffer, area, " help ", 74, &lines, theme);
}
