//! Applies the corrections that findings offer, until none is left: what `inspect --fix` does.
//!
//! * This file: the rounds. A correction is taken when the finding that offered it is gone afterwards, so repairing a
//!   repaired setting changes nothing.
//! * [`components`]: a group of variables has no text of its own; the correction of the same setting in libpq's keyword
//!   form tells which variable changes.
//! * [`assignment`]: where a variable stands in an `.env` file; [`patch`]: what changes there, every other byte kept.
//! * [`save`]: the file, replaced in one step.
//!
//! All but [`save`] is pure.

pub(crate) mod assignment;
mod components;
pub mod patch;
pub mod save;

use zeroize::Zeroizing;

use crate::rules::{Finding, Severity};
use crate::secret::{Secret, SecretText};
use crate::target::{LineNote, Setting, SourceKind, Target};

/// The most corrections that one setting takes. Real ones need two or three; rules that undo each other must not turn
/// in a circle.
const MAX_ROUNDS: usize = 16;

/// Rules about the line of an `.env` file on which a setting stands: the setting itself is sound, and its line is
/// written anew.
const LINE_RULES: &[(&str, LineNote)] = &[
    ("byte-order-mark", LineNote::ByteOrderMark),
    ("dotenv-dollar-expansion", LineNote::DollarInValue),
    ("dotenv-hash-comment", LineNote::HashInValue),
    ("inline-comment", LineNote::InlineComment),
    ("spaces-around-equals", LineNote::SpacesAroundEquals),
];

/// A target after its repair.
pub struct Repaired {
    /// The target as it should be; unchanged when nothing could be repaired.
    pub target: Target,
    /// The rules whose findings were repaired, in order.
    pub rules: Vec<&'static str>,
    /// What has to change on the line around the value.
    pub line: Vec<LineNote>,
}

/// Finds what is wrong with the settings of a run. A trait object, so that this room does not know how.
pub type Judge<'a> = &'a dyn Fn(&[Target]) -> Vec<Vec<Finding>>;

/// Repairs the settings of a run together, because some rules compare them.
pub fn repair(targets: Vec<Target>, judge: Judge<'_>) -> Vec<Repaired> {
    let mut states: Vec<State> = targets.into_iter().map(State::new).collect();
    let mut findings = judge_all(&states, judge);
    for _ in 0..MAX_ROUNDS {
        let proposals: Vec<Option<Proposal>> =
            states.iter_mut().zip(&findings).map(|(state, findings)| state.propose(findings, judge)).collect();
        if proposals.iter().all(Option::is_none) {
            break;
        }
        let tried: Vec<Target> = states
            .iter()
            .zip(&proposals)
            .map(|(state, proposal)| proposal.as_ref().map_or(&state.done.target, |proposal| &proposal.target).clone())
            .collect();
        let after = judge(&tried);
        for (index, proposal) in proposals.into_iter().enumerate() {
            let Some(proposal) = proposal else { continue };
            if is_better(proposal.rule, &findings[index], &after[index]) {
                states[index].accept(proposal);
            } else {
                states[index].refused.push(proposal.rule);
            }
        }
        findings = judge_all(&states, judge);
    }
    states.into_iter().map(|state| state.done).collect()
}

fn judge_all(states: &[State], judge: Judge<'_>) -> Vec<Vec<Finding>> {
    judge(&states.iter().map(|state| state.done.target.clone()).collect::<Vec<_>>())
}

/// Whether a correction keeps its promise: the rule says less than before, and nothing worse is said in its place.
fn is_better(rule: &str, before: &[Finding], after: &[Finding]) -> bool {
    let count = |findings: &[Finding]| findings.iter().filter(|finding| finding.rule == rule).count();
    let worst = before.iter().filter(|finding| finding.rule == rule).map(|finding| finding.severity).max();
    let has = |wanted: &Finding| before.iter().any(|finding| finding.rule == wanted.rule);
    let worse = |finding: &&Finding| finding.severity == Severity::Error && worst < Some(Severity::Error);
    count(after) < count(before) && after.iter().filter(worse).all(has)
}

/// A target on its way.
struct State {
    done: Repaired,
    /// Rules whose correction did not help.
    refused: Vec<&'static str>,
    /// Every text that the setting has had.
    seen: Vec<Secret>,
}

/// One correction to try.
struct Proposal {
    rule: &'static str,
    target: Target,
    line: Option<LineNote>,
}

impl State {
    fn new(target: Target) -> Self {
        let seen = vec![text_of(&target.setting)];
        Self { done: Repaired { target, rules: Vec::new(), line: Vec::new() }, refused: Vec::new(), seen }
    }

    /// The correction of the worst finding that has one.
    fn propose(&mut self, findings: &[Finding], judge: Judge<'_>) -> Option<Proposal> {
        findings.iter().find_map(|finding| {
            if self.refused.contains(&finding.rule) {
                return None;
            }
            let proposal = self.of_value(finding, judge).or_else(|| self.of_line(finding))?;
            if proposal.line.is_none() && self.seen.contains(&text_of(&proposal.target.setting)) {
                self.refused.push(finding.rule);
                return None;
            }
            Some(proposal)
        })
    }

    fn of_value(&self, finding: &Finding, judge: Judge<'_>) -> Option<Proposal> {
        let setting = match &self.done.target.setting {
            Setting::Text(text) => {
                let repaired = finding.repaired.as_ref().filter(|repaired| repaired.reveal() != text.reveal())?;
                Setting::Text(SecretText::opaque(repaired.reveal()))
            }
            Setting::Components(_) => {
                Setting::Components(components::repaired(&self.done.target, finding.rule, judge)?)
            }
        };
        let mut target = Target { setting, ..self.done.target.clone() };
        drop_stale_notes(&mut target);
        Some(Proposal { rule: finding.rule, target, line: None })
    }

    fn of_line(&self, finding: &Finding) -> Option<Proposal> {
        let source = &self.done.target.source;
        let in_env_file = source.kind == SourceKind::File && source.variable.is_some();
        let (_, note) = LINE_RULES.iter().find(|(rule, _)| *rule == finding.rule && in_env_file)?;
        let mut target = self.done.target.clone();
        target.neighbours.notes.retain(|other| other != note);
        (target.neighbours.notes != self.done.target.neighbours.notes).then_some(Proposal {
            rule: finding.rule,
            target,
            line: Some(*note),
        })
    }

    fn accept(&mut self, proposal: Proposal) {
        self.seen.push(text_of(&proposal.target.setting));
        self.done.target = proposal.target;
        self.done.line.extend(proposal.line);
        if !self.done.rules.contains(&proposal.rule) {
            self.done.rules.push(proposal.rule);
        }
    }
}

/// A character that a correction took away needs no note any more.
fn drop_stale_notes(target: &mut Target) {
    let text = text_of(&target.setting);
    target.neighbours.notes.retain(|note| match note {
        LineNote::HashInValue => text.reveal().contains('#'),
        LineNote::DollarInValue => text.reveal().contains('$'),
        _ => true,
    });
}

/// The setting as one text, to compare.
fn text_of(setting: &Setting) -> Secret {
    match setting {
        Setting::Text(text) => Secret::new(text.reveal()),
        Setting::Components(parts) => {
            let mut text = Zeroizing::new(String::new());
            for part in parts {
                text.push_str(part.value.reveal());
                text.push('\n');
            }
            Secret::new(text.as_str())
        }
    }
}
