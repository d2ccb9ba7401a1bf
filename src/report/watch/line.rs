//! A line a look, and a line an event.

use std::io::{self, Write};

use crate::explain::show_time;
use crate::report::escape::escape;
use crate::watch::view::duration;
use crate::watch::{Event, Level, Link, Picture, Trend};

/// One look, or one failure, in one line.
pub fn write_line(picture: &Picture, out: &mut dyn Write) -> io::Result<()> {
    write!(out, "{}Z {:8} ", show_time(picture.at_ms.div_euclid(1000)), picture.verdict.level.as_str())?;
    if let Link::Down { trouble, .. } = &picture.link {
        let next = trouble.next_try_ms.map_or("not tried again".to_owned(), |ms| format!("next try after {ms} ms"));
        return writeln!(out, "{} ({}; {next})", escape(&picture.verdict.headline), escape(&trouble.message));
    }
    let Some(slots) = &picture.slots else { return writeln!(out, "{}", escape(&picture.verdict.headline)) };
    let percent = slots.used_percent.unwrap_or_default();
    write!(out, "used={}/{} ({percent}%) free={} own={}", slots.used, slots.usable, slots.free, slots.own)?;
    for (state, count) in &picture.states {
        write!(out, " {}={count}", escape(&state.replace(' ', "_")))?;
    }
    if let Some(age) = picture.longest_idle_s {
        write!(out, " longest_idle_in_transaction={age:.0}s")?;
    }
    if let Some(waiting) = picture.waiting.clients() {
        write!(out, " waiting={waiting}")?;
    }
    if let Trend::Rising { per_minute, full_in_s } = picture.trend {
        write!(out, " trend=+{per_minute:.1}/min full_in={}", duration(full_in_s).replace(' ', ""))?;
    }
    write!(out, " query={:.1}ms", picture.cost.round_trip_ms)?;
    if let Some(culprit) = picture.verdict.culprit.as_ref().filter(|_| picture.verdict.level > Level::Ok) {
        write!(out, " who: {}", escape(culprit))?;
    }
    writeln!(out)
}

/// One event.
pub fn write_event(event: &Event, out: &mut dyn Write) -> io::Result<()> {
    let time = show_time(event.at_ms.div_euclid(1000));
    writeln!(out, "{time}Z event    {}: {}", event.kind.as_str(), escape(&event.text))
}
