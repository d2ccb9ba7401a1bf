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
    let line = escape_json(serde_json::to_string(&json::Target::new(target, reveal_password))?);
    writeln!(out, "{line}")
}
