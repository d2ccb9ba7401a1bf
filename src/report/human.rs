//! `human`: for somebody whose database does not answer. The verdict first, then what is wrong and how to fix it, then
//! the evidence, then the settings to use. On a terminal with colour and boxes; piped, plain text.

mod advice;
mod evidence;
mod finding;
mod headroom;
mod overview;
mod session_state;
mod snippet;
mod style;
mod table;
mod verdict;

use std::io::{self, Write};

use super::{Report, TargetReport};
use style::Style;

/// How the output is to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Columns to fill.
    pub width: usize,
    /// Whether escape sequences for colour are written.
    pub color: bool,
    /// Whether box drawing and symbols are used; plain ASCII decoration otherwise.
    pub unicode: bool,
    /// How much is said.
    pub detail: Detail,
}

/// How much is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// Findings only; nothing when there are none.
    Quiet,
    /// What a person needs.
    Normal,
    /// Everything that is known.
    Verbose,
}

impl Look {
    /// The narrowest width that the tables are laid out for.
    pub const MIN_WIDTH: usize = 60;
    /// The width of text that does not go to a terminal.
    pub const PIPED_WIDTH: usize = 100;
    /// The widest: longer lines are hard to read.
    pub const MAX_WIDTH: usize = 140;

    /// Plain text of the width for pipes.
    pub const PLAIN: Self = Self { width: Self::PIPED_WIDTH, color: false, unicode: false, detail: Detail::Normal };
}

/// Writes the report for people.
pub fn write(report: &Report, look: &Look, out: &mut dyn Write) -> io::Result<()> {
    let mut text = String::new();
    let style = Style::new(look);
    if report.targets.len() > 1 && look.detail != Detail::Quiet {
        overview::push(&mut text, report, &style);
    }
    for target in &report.targets {
        if look.detail == Detail::Quiet && target.findings.is_empty() && !target.unchecked {
            continue;
        }
        if !text.is_empty() {
            text.push('\n');
        }
        push_target(&mut text, target, report.reveal_password, &style);
    }
    out.write_all(text.as_bytes())
}

fn push_target(text: &mut String, target: &TargetReport, reveal: bool, style: &Style) {
    verdict::push(text, target, reveal, style);
    finding::push(text, target, reveal, style);
    if style.detail() == Detail::Quiet {
        return;
    }
    evidence::push(text, target, style);
    if let Some(probe) = &target.probe {
        session_state::push(text, probe, style);
        headroom::push(text, probe, style);
    }
    advice::push(text, target, style);
}
