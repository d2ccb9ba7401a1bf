//! Used slots over time, and where they are going.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::{Theme, duration};
use crate::watch::picture::seconds;
use crate::watch::verdict::about;
use crate::watch::{Level, Picture, Trend};

pub(super) fn draw(buffer: &mut Buffer, area: Rect, picture: &Picture, theme: Theme) {
    let Some(slots) = &picture.slots else { return };
    let (words, level) = (trend_words(picture.trend), level(picture.trend));
    let span = match (picture.history.first(), picture.history.last()) {
        (Some(first), Some(last)) => duration(seconds(first.0, last.0)),
        _ => String::new(),
    };
    let words = format!(" last {span}: {words}");
    let width = usize::from(area.width).saturating_sub("trend ".len());
    // With two rows the words have their own, and the chart the whole width.
    let own_row = area.height > 1;
    let chart = if own_row { width } else { width.saturating_sub(words.chars().count()) };
    let chart = sparkline(&picture.history, slots.usable, chart, theme.unicode);
    let mut first = vec![Span::styled("trend ", Theme::strong()), Span::styled(chart, theme.level(Level::Unknown))];
    if own_row {
        let second = Line::from(vec![Span::raw("     "), Span::styled(words, theme.level(level))]);
        buffer.set_line(area.x, area.y + 1, &second, area.width);
    } else {
        first.push(Span::styled(words, theme.level(level)));
    }
    buffer.set_line(area.x, area.y, &Line::from(first), area.width);
}

/// The trend in words.
pub fn trend_words(trend: Trend) -> String {
    match trend {
        Trend::TooEarly => "too early for a trend".to_owned(),
        Trend::Unclear => "no clear trend".to_owned(),
        Trend::Falling { per_minute } => format!("falling by {per_minute:.1} a minute"),
        Trend::Rising { per_minute, full_in_s } if full_in_s >= FAR_S => format!("rising by {per_minute:.1} a minute"),
        Trend::Rising { per_minute, full_in_s } => {
            format!("rising by {per_minute:.1} a minute, full in about {}", about(full_in_s))
        }
    }
}

/// A forecast beyond this is none.
const FAR_S: f64 = 86_400.0;

const fn level(trend: Trend) -> Level {
    match trend {
        Trend::TooEarly => Level::Unknown,
        Trend::Rising { full_in_s, .. } if full_in_s < 600.0 => Level::Critical,
        Trend::Rising { full_in_s, .. } if full_in_s < FAR_S => Level::Warning,
        Trend::Unclear | Trend::Falling { .. } | Trend::Rising { .. } => Level::Ok,
    }
}

/// A history in `width` characters, the newest at the right; each shows the most of its time. Full height is `usable`.
pub fn sparkline(history: &[(i64, u32)], usable: u32, width: usize, unicode: bool) -> String {
    const BLOCKS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    const ASCII: [char; 9] = [' ', '_', '.', ':', '-', '=', '+', '*', '#'];
    let (Some(first), Some(last)) = (history.first(), history.last()) else { return String::new() };
    let span = (last.0 - first.0).max(1);
    // A short history is drawn one look a column, not stretched.
    let columns = width.min(history.len());
    if columns == 0 || usable == 0 {
        return String::new();
    }
    let mut most: Vec<Option<u32>> = vec![None; columns];
    for (at, used) in history {
        let place = (at - first.0).max(0).saturating_mul(i64::try_from(columns - 1).unwrap_or(0)) / span;
        let place = usize::try_from(place).unwrap_or(0).min(columns - 1);
        most[place] = most[place].max(Some(*used));
    }
    // Looks do not fall evenly into columns; only a longer gap is a time without looks.
    for at in 1..columns.saturating_sub(1) {
        if most[at].is_none() && most[at + 1].is_some() {
            most[at] = most[at - 1];
        }
    }
    let signs = if unicode { BLOCKS } else { ASCII };
    let sign = |used: Option<u32>| {
        // No look at that time leaves a gap; one connection shows.
        used.map_or(' ', |used| signs[(used as usize * 8).div_ceil(usable as usize).clamp(usize::from(used > 0), 8)])
    };
    most.into_iter().map(sign).collect()
}
