//! What is shown: one model, one file a format, each a pure function of the model.

pub mod checkout;
pub mod diff;
pub mod escape;
mod facts;
pub mod github;
pub mod gitlab;
pub mod html;
pub mod human;
pub mod json;
pub mod junit;
pub mod listing;
pub mod markdown;
pub mod ndjson;
pub mod plan;
pub mod prometheus;
pub mod rehearse;
pub mod sarif;
pub mod schema;
pub mod spot;
pub mod watch;
mod words;

#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod tests;

use crate::advice::Advice;
use crate::conninfo::Reading;
use crate::endpoint::Endpoint;
use crate::probe::ProbeReport;
use crate::rules::{Finding, Selection, Severity};
use crate::secret::{MASK, SecretText};
use crate::target::{Setting, Target};

/// Everything that is known about one target.
pub struct TargetReport {
    /// The setting and where it was found.
    pub target: Target,
    /// How it reads.
    pub reading: Reading,
    /// Which door it knocks on.
    pub endpoint: Endpoint,
    /// The settings that belong with it.
    pub advice: Vec<Advice>,
    /// What is wrong, worst first.
    pub findings: Vec<Finding>,
    /// What was measured.
    pub probe: Option<ProbeReport>,
    /// Whether the target could not be checked: nothing was learnt about the question asked.
    pub unchecked: bool,
    /// What was repaired, with `--fix`: all else is then about the repaired setting.
    pub repair: Option<Repair>,
}

impl TargetReport {
    /// Where a finding is: the line and the column at which the value starts, counted from 1. Of a group it is that of the
    /// variable which the finding is about. The column of the spot itself would tell how long a password before it is.
    pub fn place_of(&self, finding: &Finding) -> (Option<usize>, Option<usize>) {
        let source = &self.target.source;
        let component = match (&self.target.setting, &finding.span) {
            (Setting::Components(parts), Some(span)) => {
                let mut end = 0;
                parts.iter().find(|part| {
                    end += part.variable.len() + "=".len() + part.value.reveal().len() + " ".len();
                    span.start < end
                })
            }
            _ => None,
        };
        component.map_or((source.line, source.column), |part| (part.line, part.column))
    }
}

/// What `--fix` did to one target.
pub struct Repair {
    /// The rules whose findings were repaired, in order; empty when nothing could be.
    pub rules: Vec<&'static str>,
    /// The file that was changed; `None` when the repaired setting is only shown.
    pub written_to: Option<String>,
    /// Why the file was left alone.
    pub refused: Option<String>,
}

/// A whole run.
pub struct Report {
    /// The targets, in the order found.
    pub targets: Vec<TargetReport>,
    /// Where `--fail-on` draws the line; `None` is `never`.
    pub fail_on: Option<Severity>,
    /// `--reveal-password`.
    pub reveal_password: bool,
    /// The rules that were asked for.
    pub rules: Selection,
}

/// Counts over a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    /// Targets.
    pub targets: usize,
    /// Findings of severity error.
    pub errors: usize,
    /// Findings of severity warning.
    pub warnings: usize,
    /// Findings of severity note.
    pub notes: usize,
    /// Targets that could not be checked.
    pub unchecked: usize,
    /// The exit status.
    pub exit_status: u8,
}

/// Counts that grow with every target.
#[derive(Debug, Clone, Copy)]
pub struct Tally {
    fail_on: Option<Severity>,
    failing: bool,
    summary: Summary,
}

impl Tally {
    /// Nothing counted yet.
    pub const fn new(fail_on: Option<Severity>) -> Self {
        let summary =
            Summary { targets: 0, errors: 0, warnings: 0, notes: 0, unchecked: 0, exit_status: crate::exit::OK };
        Self { fail_on, failing: false, summary }
    }

    /// Counts one more target.
    pub fn add(&mut self, target: &TargetReport) {
        self.summary.targets += 1;
        self.summary.unchecked += usize::from(target.unchecked);
        for finding in &target.findings {
            self.failing |= self.fail_on.is_some_and(|line| finding.severity >= line);
            *match finding.severity {
                Severity::Error => &mut self.summary.errors,
                Severity::Warning => &mut self.summary.warnings,
                Severity::Note => &mut self.summary.notes,
            } += 1;
        }
    }

    /// Counts what another has counted.
    pub fn add_all(&mut self, other: &Self) {
        self.failing |= other.failing;
        let Summary { targets, errors, warnings, notes, unchecked, .. } = other.summary;
        self.summary.targets += targets;
        self.summary.errors += errors;
        self.summary.warnings += warnings;
        self.summary.notes += notes;
        self.summary.unchecked += unchecked;
    }

    /// One target that counted so much before: errors, warnings, notes, and whether it could not be checked.
    #[must_use]
    pub const fn of_one(mut self, [errors, warnings, notes, unchecked]: [usize; 4], failing: bool) -> Self {
        self.summary = Summary { targets: 1, errors, warnings, notes, unchecked, exit_status: crate::exit::OK };
        self.failing = failing;
        self
    }

    /// Whether a finding is at or above `--fail-on`.
    pub const fn is_failing(&self) -> bool {
        self.failing
    }

    /// The counts, and the exit status: findings at or above `--fail-on` win over targets that could not be checked.
    pub const fn summary(&self) -> Summary {
        let exit_status = if self.failing {
            crate::exit::FINDINGS
        } else if self.summary.unchecked > 0 {
            crate::exit::UNCHECKED
        } else {
            crate::exit::OK
        };
        Summary { exit_status, ..self.summary }
    }
}

impl Report {
    /// Counts, and the exit status: findings at or above `--fail-on` win over targets that could not be checked.
    pub fn summary(&self) -> Summary {
        let mut tally = Tally::new(self.fail_on);
        for target in &self.targets {
            tally.add(target);
        }
        tally.summary()
    }
}

/// The fix of a finding as one text: the words, then the corrected setting, masked unless it may be revealed.
fn fix_text(finding: &Finding, target: &TargetReport, reveal: bool) -> Option<String> {
    let setting = match correction(finding, target, reveal) {
        Some(Correction::Setting(setting)) => Some(format!("Corrected: {setting}")),
        Some(Correction::InThePassword) | None => None,
    };
    let parts: Vec<String> = finding.fix.clone().into_iter().chain(setting).collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

/// The corrected setting as far as it may be shown.
enum Correction {
    /// The setting.
    Setting(String),
    /// It differs inside the masked password only.
    InThePassword,
}

/// The longest corrected setting that is shown, in bytes.
const MAX_CORRECTED_BYTES: usize = 4096;

fn correction(finding: &Finding, target: &TargetReport, reveal: bool) -> Option<Correction> {
    let repaired = finding.repaired.as_ref().filter(|repaired| repaired.len() <= MAX_CORRECTED_BYTES)?;
    let setting = shown(repaired, reveal);
    if setting == MASK || setting == shown(&target.reading.text, reveal) {
        return Some(Correction::InThePassword);
    }
    Some(Correction::Setting(setting))
}

/// A setting as it may be shown: masked, unless `--reveal-password` was given.
fn shown(setting: &SecretText, reveal: bool) -> String {
    if reveal { setting.reveal().to_owned() } else { setting.masked() }
}
