//! The waterfall of `-v`: every step of the probe on the connection that it ran on, side by side in time.

use std::fmt::Write as _;

use super::style::{Style, Tone};
use crate::probe::ProbeReport;

/// Columns of the bars.
const BAR_COLUMNS: usize = 40;

pub(super) fn push(text: &mut String, probe: &ProbeReport, style: &Style) {
    let Some(end) = probe.trace.iter().map(|step| step.start + step.took).max() else { return };
    let whole = end.as_secs_f64().max(f64::MIN_POSITIVE);
    style.push_title(text, "Waterfall");
    let name_columns = probe.trace.iter().map(|step| step.name.len()).max().unwrap_or_default();
    for step in &probe.trace {
        let start = column(step.start.as_secs_f64() / whole);
        let length = column(step.took.as_secs_f64() / whole).max(1).min(BAR_COLUMNS + 1 - start);
        let bar = style.paint(Tone::Strong, &"#".repeat(length));
        let _ = writeln!(
            text,
            "  {} {:name_columns$} {}{bar}{} {:>7.1} ms",
            step.line,
            step.name,
            " ".repeat(start),
            " ".repeat((BAR_COLUMNS + 1).saturating_sub(start + length)),
            step.took.as_secs_f64() * 1000.0,
        );
    }
    let _ = writeln!(
        text,
        "  {} connections, at most {} at a time; {} ms in all.",
        probe.connections_opened,
        probe.connections_at_once,
        probe.wall.as_millis()
    );
}

/// A share of the whole, in columns.
fn column(share: f64) -> usize {
    (0..BAR_COLUMNS).take_while(|at| share * 40.0 >= f64::from(u8::try_from(*at).unwrap_or(u8::MAX)) + 0.5).count()
}
