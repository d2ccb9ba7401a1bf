//! What the verdict rests on: facts, each with how it is known. The formats for people share them.

mod headroom;
mod measured;
mod session_state;
mod tls;

use super::TargetReport;
use super::words::{address, kind_name};
use crate::endpoint::{EndpointKind, Mode};
use crate::probe::Status;

pub use headroom::sentences as headroom_sentences;
pub use session_state::rows as session_state_rows;

/// One fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// What it is about.
    pub what: String,
    /// What is so.
    pub value: String,
    /// How that is known.
    pub how: String,
}

/// Facts under construction.
#[derive(Default)]
struct Facts(Vec<Fact>);

impl Facts {
    fn push(&mut self, what: &str, value: impl Into<String>, how: impl Into<String>) {
        self.0.push(Fact { what: what.to_owned(), value: value.into(), how: how.into() });
    }
}

/// What an unanswered question has in the place of an answer.
const NO_ANSWER: &str = "-";

impl Facts {
    /// Drops the questions that could not even be asked, because nothing answered at all: the verdict says why.
    fn drop_unasked(&mut self) {
        self.0.retain(|fact| fact.value != NO_ANSWER || fact.how.starts_with(Status::Failed.as_str()));
    }

    /// Joins neighbours without an answer for one and the same reason: one failure would else be told ten times.
    fn join_unanswered(self) -> Vec<Fact> {
        let mut joined: Vec<Fact> = Vec::with_capacity(self.0.len());
        for fact in self.0 {
            match joined.last_mut() {
                Some(last) if fact.value == NO_ANSWER && last.value == NO_ANSWER && last.how == fact.how => {
                    last.what.push_str(", ");
                    last.what.push_str(&fact.what);
                }
                _ => joined.push(fact),
            }
        }
        joined
    }
}

/// The facts about a target; none when the setting cannot be read.
pub fn of(target: &TargetReport, verbose: bool) -> Vec<Fact> {
    let mut facts = Facts::default();
    if target.reading.conninfo().is_some() {
        push_endpoint(&mut facts, target);
        push_login(&mut facts, target, verbose);
    }
    if let Some(probe) = &target.probe {
        measured::push(&mut facts, probe, verbose);
    }
    let reached = target.probe.as_ref().is_none_or(|probe| probe.reached);
    if !reached && !verbose {
        facts.drop_unasked();
    }
    facts.join_unanswered()
}

fn push_endpoint(facts: &mut Facts, target: &TargetReport) {
    let endpoint = &target.endpoint;
    facts.push("endpoint", kind_name(endpoint.kind), endpoint.evidence.join("; "));
    if let Some(address) = address(target) {
        facts.push("address", address, "the setting");
    }
    let documented = !matches!(endpoint.kind, EndpointKind::Other | EndpointKind::Ambiguous);
    if documented && endpoint.mode != Mode::Unknown && target.probe.is_none() {
        facts.push("pool mode", endpoint.mode.as_str(), "documented for this endpoint, not measured");
    }
}

fn push_login(facts: &mut Facts, target: &TargetReport, verbose: bool) {
    let Some(conninfo) = target.reading.conninfo() else { return };
    let user = conninfo.user.as_ref().map_or("(not given)", |user| user.value.as_str());
    let database = conninfo.database.as_ref().map_or("(not given)", |database| database.value.as_str());
    facts.push("user, database", format!("{user}, {database}"), "the setting");
    if !verbose {
        return;
    }
    facts.push("syntax", conninfo.syntax.as_str(), "the setting");
    facts.push("password", conninfo.password.state.as_str(), "the setting");
    for parameter in &conninfo.parameters {
        facts.push(&parameter.key, parameter.value.as_str(), "the setting");
    }
    if let Some(cluster) = &target.endpoint.cluster {
        facts.push("pooler cluster", cluster.as_str(), "the host name");
    }
}
