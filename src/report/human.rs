//! `human`: for somebody whose database does not answer. The verdict first, then what is wrong and how to fix it, then
//! the evidence, then the settings to use. On a terminal with colour and boxes; piped, plain text.

mod advice;
mod evidence;
mod explain;
mod finding;
mod findings;
mod headroom;
mod listing;
mod overview;
pub mod plan;
pub mod rehearse;
mod repair;
mod session_state;
mod snippet;
mod style;
mod table;
mod verdict;
mod waterfall;

use std::io::{self, Write};

use super::{Report, TargetReport};
pub use explain::{write_explanation, write_known};
pub use findings::write as write_findings;
pub use listing::{write_listing, write_rule};
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
    let style = Style::new(look);
    let mut first = true;
    if report.targets.len() > 1 && look.detail != Detail::Quiet {
        let mut text = String::new();
        overview::push(&mut text, report, &style);
        out.write_all(text.as_bytes())?;
        first = false;
    }
    for target in report.targets.iter().filter(|target| is_shown(target, report, look.detail)) {
        let mut text = String::new();
        if !std::mem::take(&mut first) {
            text.push('\n');
        }
        push_target(&mut text, target, report.reveal_password, &style);
        if report.targets.len() == 1 && look.detail != Detail::Quiet {
            advice::push_hint(&mut text, target, &style);
        }
        out.write_all(text.as_bytes())?;
    }
    Ok(())
}

/// Among many targets those with nothing to tell are counted in the overview, and not told one by one.
fn is_shown(target: &TargetReport, report: &Report, detail: Detail) -> bool {
    let repaired = target.repair.as_ref().is_some_and(|repair| !repair.rules.is_empty() || repair.refused.is_some());
    let clean = target.findings.is_empty() && !target.unchecked && !repaired;
    match detail {
        Detail::Quiet => !clean,
        Detail::Normal => !clean || report.targets.len() <= overview::FEW,
        Detail::Verbose => true,
    }
}

fn push_target(text: &mut String, target: &TargetReport, reveal: bool, style: &Style) {
    verdict::push(text, target, reveal, style);
    repair::push(text, target, reveal, style);
    finding::push(text, target, reveal, style);
    if style.detail() == Detail::Quiet {
        return;
    }
    evidence::push(text, target, style);
    if let Some(probe) = &target.probe {
        session_state::push(text, probe, style);
        headroom::push(text, probe, style);
        if style.detail() == Detail::Verbose {
            waterfall::push(text, probe, style);
        }
    }
    advice::push(text, target, style);
}
