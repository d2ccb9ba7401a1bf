//! The policy of a repository: which findings count, from which figures on, and which are known and accepted.
//!
//! It comes from `supascope.toml` ([`parse`]), from comments beside a setting ([`inline`]) and from a baseline
//! ([`baseline`]); [`Policy::apply`] changes the findings of a report by it. Reading files is left to `commands/`.

pub mod baseline;
mod date;
pub mod inline;
mod parse;
mod pattern;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub use date::Date;
pub use parse::{PolicyError, parse};
pub use pattern::Pattern;

use crate::context::{Thresholds, Workload};
use crate::rules::{Finding, Severity};
use crate::target::Source;

/// The name of the file.
pub const FILE_NAME: &str = "supascope.toml";

/// The file with every default in it, and an example of everything else.
pub const SAMPLE: &str = include_str!("sample.toml");

/// A policy.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// The mildest severity that makes the exit status 1; `None` is `never`.
    pub fail_on: Option<Severity>,
    /// What holds for all targets.
    pub application: Application,
    /// From which figures on the rules of a measurement speak.
    pub thresholds: Thresholds,
    /// What is accepted.
    pub ignores: Vec<Ignore>,
    /// What is different for some targets.
    pub targets: Vec<TargetSection>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            fail_on: Some(Severity::Error),
            application: Application::default(),
            thresholds: Thresholds::default(),
            ignores: Vec::new(),
            targets: Vec::new(),
        }
    }
}

/// What is said of an application, and the severities of its rules.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Application {
    /// Drivers and ORMs, as `ID` or `ID@VERSION`.
    pub stacks: Vec<String>,
    /// How it runs.
    pub workload: Option<Workload>,
    /// The compute size.
    pub tier: Option<String>,
    /// The pooler's pool size.
    pub pool_size: Option<u32>,
    /// Root certificates, as written.
    pub ssl_root_cert: Option<String>,
    /// Rules with a severity of their own; `None` is `off`.
    pub rules: BTreeMap<&'static str, Option<Severity>>,
}

/// A finding that is known and accepted.
#[derive(Debug, Clone, PartialEq)]
pub struct Ignore {
    /// The rule.
    pub rule: &'static str,
    /// Which targets; `None` is all.
    pub target: Option<Pattern>,
    /// Why.
    pub reason: String,
    /// The last day on which it counts.
    pub until: Option<Date>,
    /// Its line in the policy.
    pub line: usize,
}

/// A section for some targets.
#[derive(Debug, Clone, PartialEq)]
pub struct TargetSection {
    /// Which.
    pub matches: Pattern,
    /// What is different.
    pub application: Application,
}

/// What became of the findings of one target.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Applied {
    /// Findings that were taken out because the policy accepts them, with the reason.
    pub ignored: Vec<(&'static str, String)>,
}

impl Policy {
    /// The section for a target, if any.
    pub fn section(&self, source: &Source) -> Option<&Application> {
        self.targets.iter().find(|section| section.matches.is_of(source)).map(|section| &section.application)
    }

    /// Gives the findings of one target the severities of the policy, and takes out what is off, accepted in the policy
    /// on this day, or accepted by a comment beside the setting.
    pub fn apply(
        &self,
        source: &Source,
        findings: &mut Vec<Finding>,
        comments: &[inline::Comment],
        today: Date,
    ) -> Applied {
        let mut applied = Applied::default();
        let own = self.section(source);
        findings.retain_mut(|finding| {
            let severity = own
                .and_then(|section| section.rules.get(finding.rule))
                .or_else(|| self.application.rules.get(finding.rule));
            match severity {
                Some(None) => return false,
                Some(Some(severity)) => finding.severity = *severity,
                None => {}
            }
            let policy = self.ignores.iter().find(|ignore| ignore.accepts(source, finding, today));
            let comment = comments.iter().find(|comment| comment.rules.iter().any(|rule| *rule == finding.rule));
            let reason = policy.map(|ignore| &ignore.reason).or(comment.map(|comment| &comment.reason));
            if let Some(reason) = reason {
                applied.ignored.push((finding.rule, reason.clone()));
            }
            reason.is_none()
        });
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        applied
    }

    /// The entries whose day is over: they no longer count, and somebody must look at them again.
    pub fn expired(&self, today: Date) -> impl Iterator<Item = &Ignore> {
        self.ignores.iter().filter(move |ignore| ignore.is_over(today))
    }
}

impl Ignore {
    fn is_over(&self, today: Date) -> bool {
        self.until.is_some_and(|until| today > until)
    }

    fn accepts(&self, source: &Source, finding: &Finding, today: Date) -> bool {
        self.rule == finding.rule
            && !self.is_over(today)
            && self.target.as_ref().is_none_or(|target| target.is_of(source))
    }
}
