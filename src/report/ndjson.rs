//! `ndjson`: one target a line, each line what `json` has under `targets`.

use std::io::{self, Write};

use super::escape::escape_json;
use super::{Report, TargetReport, json};

/// Writes every target on a line of its own.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    report.targets.iter().try_for_each(|target| write_target(target, report.reveal_password, out))
}

/// Writes one target on a line of its own.
pub fn write_target(target: &TargetReport, reveal_password: bool, out: &mut dyn Write) -> io::Result<()> {
    // Room for a usual line, so that it does not grow piece by piece.
    const USUAL_BYTES: usize = 4096;
    let mut line = Vec::with_capacity(USUAL_BYTES);
    serde_json::to_writer(&mut line, &json::Target::new(target, reveal_password))?;
    let mut line = escape_json(String::from_utf8(line).map_err(io::Error::other)?);
    line.push('\n');
    out.write_all(line.as_bytes())
}
