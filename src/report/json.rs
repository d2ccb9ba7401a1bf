//! `json`: the document `supascope.report/v1`.
//!
//! The structs here are frozen: scripts read their names and their order. They are apart from the model on purpose, so
//! that the model may change without changing a byte of what users parse. Units are in the key names; what is not known
//! is `null`.

mod explain;
mod listing;
pub mod plan;
mod probe;
pub mod rehearse;
mod target;

use std::io::{self, Write};

use serde::Serialize;

use super::escape::escape_json;
use super::{Report, Summary};

pub use explain::{write_explanation, write_known};
pub use listing::{write_listing, write_rule};
pub(super) use target::Target;

/// The name and version of the document's layout.
pub const SCHEMA: &str = "supascope.report/v1";

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    tool: Tool,
    targets: Vec<Target<'a>>,
    summary: Totals,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

impl Tool {
    const fn current() -> Self {
        Self { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") }
    }
}

#[derive(Serialize)]
struct Totals {
    targets: usize,
    errors: usize,
    warnings: usize,
    notes: usize,
    unchecked: usize,
    exit_status: u8,
}

impl From<Summary> for Totals {
    fn from(summary: Summary) -> Self {
        let Summary { targets, errors, warnings, notes, unchecked, exit_status } = summary;
        Self { targets, errors, warnings, notes, unchecked, exit_status }
    }
}

/// Writes the report as one indented document with a line end.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let document = Document {
        schema: SCHEMA,
        tool: Tool::current(),
        targets: report.targets.iter().map(|target| Target::new(target, report.reveal_password)).collect(),
        summary: report.summary().into(),
    };
    let text = escape_json(serde_json::to_string_pretty(&document)?);
    writeln!(out, "{text}")
}
