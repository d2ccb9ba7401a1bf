//! What to set: a pure function of stack, endpoint, workload, tier and, when there is one, the measurement.

use crate::rules::Workload;

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
