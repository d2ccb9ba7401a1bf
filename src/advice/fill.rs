//! The gaps in the texts of a profile, and the arithmetic of pools in words.

use super::{DriverView, Limit, Situation};
use crate::capacity::Demand;
use crate::context::Workload;
use crate::knowledge::{self, Stack};

/// What fills the gaps: `{pool}`, `{cap}`, `{cap_from}`, `{ca}`.
pub(super) struct Gaps {
    values: [(&'static str, String); 4],
}

impl Gaps {
    pub(super) fn new(limit: &Limit, situation: &Situation<'_>) -> Self {
        let pool = limit.pool(situation.neighbours.workers);
        let given = situation.context.ssl_root_cert.as_ref().or(situation.neighbours.ssl_root_cert.as_ref());
        let ca = given.unwrap_or(&knowledge::endpoints().certificates.file);
        Self {
            values: [
                ("{pool}", pool.to_string()),
                ("{cap}", limit.connections.to_string()),
                ("{cap_from}", limit.from.clone()),
                ("{ca}", ca.clone()),
            ],
        }
    }

    /// The text with its gaps filled, in one pass: what fills a gap is not searched for gaps again.
    pub(super) fn fill(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len() + 16);
        let mut rest = text;
        while let Some(open) = rest.find('{') {
            let (before, at) = rest.split_at(open);
            out.push_str(before);
            let (taken, value) = self
                .values
                .iter()
                .find(|(gap, _)| at.starts_with(gap))
                .map_or((1, "{"), |(gap, value)| (gap.len(), value.as_str()));
            out.push_str(value);
            rest = &at[taken..];
        }
        out.push_str(rest);
        out
    }
}

/// What the pools that were found, or the stack's defaults, come to against the limit. Only persistent processes keep
/// pools.
pub(super) fn arithmetic(
    stack: &Stack,
    view: DriverView,
    workload: Workload,
    limit: &Limit,
    situation: &Situation<'_>,
) -> Option<String> {
    if workload != Workload::Persistent {
        return None;
    }
    let ceiling = limit.clients.unwrap_or(limit.connections);
    match found(stack, situation) {
        Some(demand) => Some(found_sentence(&demand, ceiling, view, limit)),
        None if limit.clients.is_none() => defaults_sentence(stack, limit),
        None => None,
    }
}

/// The pool that stands beside the setting, completed by the stack's defaults.
fn found(stack: &Stack, situation: &Situation<'_>) -> Option<Demand> {
    let beside = situation.neighbours;
    if beside.pool_size.is_none() && beside.max_overflow.is_none() {
        return None;
    }
    let default = stack.pool.as_ref();
    Some(Demand {
        workers: beside.workers.unwrap_or(1),
        ..Demand::one_process(
            beside.pool_size.or_else(|| default.and_then(|pool| pool.default_size))?,
            beside.max_overflow.or_else(|| default.map(|pool| pool.default_overflow)).unwrap_or(0),
        )
    })
}

fn found_sentence(demand: &Demand, ceiling: u32, view: DriverView, limit: &Limit) -> String {
    let what = if view.class.is_transaction() { "clients" } else { "connections" };
    let from = if limit.clients.is_some() { "the pooler's client limit" } else { limit.from.as_str() };
    let asked = format!(
        "Found beside the setting: {} x ({} + {}) = up to {} {what} against {ceiling} ({from}): ",
        counted(demand.workers, "process", "processes"),
        demand.pool,
        demand.overflow,
        demand.total()
    );
    if demand.fits(ceiling) {
        format!("{asked}that fits.")
    } else {
        format!(
            "{asked}that does not fit; the largest pool that does is {} without overflow.",
            demand.largest_pool(ceiling)
        )
    }
}

fn defaults_sentence(stack: &Stack, limit: &Limit) -> Option<String> {
    let per_process = stack.default_connections().filter(|connections| *connections > 1)?;
    let processes = limit.connections / per_process;
    let each = format!("With its defaults each process opens up to {per_process} connections");
    Some(match processes {
        0 => format!("{each}: not even one process stays under {} ({}).", limit.connections, limit.from),
        1 => format!("{each}: two processes need more than the {} ({}).", limit.connections, limit.from),
        more => format!("{each}: {more} processes fit under {} ({}).", limit.connections, limit.from),
    })
}

fn counted(number: u32, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}
