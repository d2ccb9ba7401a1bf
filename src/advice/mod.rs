//! What to set: a pure function of stack, endpoint, workload, tier and, when there is one, the measurement.
//!
//! The profile of the stack decides; this room only finds the right entry of it and fills in the numbers. A measurement
//! beats what is documented, and the summary then says so.

mod by_version;
mod class;
mod fill;
mod limits;

use crate::context::{Context, Workload};
use crate::endpoint::{Endpoint, EndpointKind};
use crate::knowledge::{self, Setting, Stack, Versions};
use crate::probe::ProbeReport;
use crate::target::Neighbours;

pub use class::{Basis, DriverView, driver_view};
pub use limits::{Limit, limit, pool_under};

/// Whether an endpoint suits a stack under a workload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fit {
    /// The right choice.
    Fits,
    /// Works with the settings given, but another endpoint suits better.
    Works,
    /// Do not; the summary names the endpoint to use instead.
    Avoid,
}

impl Fit {
    /// The name in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fits => "fits",
            Self::Works => "works",
            Self::Avoid => "avoid",
        }
    }
}

/// One thing to set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdvisedSetting {
    /// The name of the option, as the stack spells it.
    pub name: String,
    /// Its value.
    pub value: String,
    /// Where it goes, for example `create_pool()`.
    pub place: String,
    /// Why.
    pub why: String,
    /// The source of the fact.
    pub source: String,
}

/// The settings that belong with one stack under one workload at this endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advice {
    /// The stack's id.
    pub stack: String,
    /// The workload.
    pub workload: Workload,
    /// Whether the endpoint suits it.
    pub fit: Fit,
    /// The verdict in a sentence or two, with the better endpoint when there is one.
    pub summary: String,
    /// What to set.
    pub settings: Vec<AdvisedSetting>,
}

/// What an endpoint and its surroundings say, for any stack.
#[derive(Debug, Clone, Copy)]
pub struct Situation<'a> {
    /// Which door the setting knocks on.
    pub endpoint: &'a Endpoint,
    /// What the user said.
    pub context: &'a Context,
    /// What was measured, if anything.
    pub probe: Option<&'a ProbeReport>,
    /// What stands beside the setting.
    pub neighbours: &'a Neighbours,
}

/// The advice for every stack asked for or detected (ids or aliases; unknown ones are left to who reads the command line),
/// under the workload that was said, or under all of them.
pub fn advise_all(stacks: &[String], situation: &Situation<'_>) -> Vec<Advice> {
    let workloads = match situation.context.workload {
        Some(workload) => vec![workload],
        None => Workload::ALL.to_vec(),
    };
    let known = stacks.iter().filter_map(|id| knowledge::stack(id));
    known.flat_map(|stack| workloads.iter().filter_map(|workload| advise(stack, *workload, situation))).collect()
}

/// The advice for one stack under one workload. `None` when the endpoint is certainly not Supabase's, or when neither
/// the setting nor a probe tells its mode: then nothing can be said that is not a guess.
pub fn advise(stack: &Stack, workload: Workload, situation: &Situation<'_>) -> Option<Advice> {
    if situation.endpoint.kind == EndpointKind::Other {
        return None;
    }
    let view = driver_view(situation.endpoint, situation.probe)?;
    let versions = situation.context.versions_of(&stack.id);
    let entry = stack.advice_for_versions(view.class, workload, &versions)?;
    let limit = limit(view.class, situation);
    let gaps = fill::Gaps::new(&limit, situation);
    let mut summary = gaps.fill(&entry.summary);
    let remarks = [
        by_version::remark(stack, entry, view.class, &versions).map(|remark| gaps.fill(&remark)),
        view.remark(stack, entry.fit),
        fill::arithmetic(stack, view, workload, &limit, situation),
    ];
    for remark in remarks.into_iter().flatten() {
        summary.push(' ');
        summary.push_str(&remark);
    }
    let settings = stack
        .settings_for(entry, &versions)
        .filter(|setting| holds_at(setting, situation.endpoint.kind))
        .map(|setting| advised(stack, setting, &versions, &gaps))
        .collect();
    Some(Advice { stack: stack.id.clone(), workload, fit: entry.fit, summary, settings })
}

/// Whether a setting holds at this kind of endpoint: Supabase's CA vouches only for Supabase's own hosts.
const fn holds_at(setting: &Setting, kind: EndpointKind) -> bool {
    !setting.hosted_only || !matches!(kind, EndpointKind::Local | EndpointKind::SelfHosted)
}

fn advised(stack: &Stack, setting: &Setting, versions: &Versions, gaps: &fill::Gaps) -> AdvisedSetting {
    let why = gaps.fill(&setting.why);
    // A version that was said has already decided.
    let undecided = setting.versions.as_ref().filter(|range| versions.within(Some(range)).is_none());
    let why = undecided.into_iter().fold(why, |why, range| format!("{why} (For {range}.)"));
    AdvisedSetting {
        name: gaps.fill(&setting.name),
        value: gaps.fill(&setting.value),
        place: gaps.fill(&setting.place),
        why,
        source: stack.sources.resolve(&setting.source).to_owned(),
    }
}

#[cfg(test)]
mod tests;
