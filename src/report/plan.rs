//! A plan as it is shown: what every format says in the same words.

use std::fmt::Write as _;

use crate::capacity::{Figure, Fullness, Origin, Plan, PlanEndpoint, PlanFinding, PlannedPool, Verdict, fullness};
use crate::capacity::{data_api_budget, max_budget, used_percent};
use crate::exit;
use crate::knowledge;
use crate::rules::Severity;

#[cfg(test)]
mod tests;

pub use super::html::plan::write as html;
pub use super::human::plan::write as human;
pub use super::json::plan::{SCHEMA, write as json};
pub use super::markdown::plan::write as markdown;

/// A plan and the line that `--fail-on` draws.
pub struct PlanReport<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// Where `--fail-on` draws the line; `None` is `never`.
    pub fail_on: Option<Severity>,
}

impl PlanReport<'_> {
    /// 1 when a finding is at or above the line, else 0.
    pub fn exit_status(&self) -> u8 {
        let failing = self.fail_on.is_some_and(|line| self.plan.findings.iter().any(|found| severity(found) >= line));
        if failing { exit::FINDINGS } else { exit::OK }
    }
}

/// The severity of a finding.
pub(super) const fn severity(finding: &PlanFinding) -> Severity {
    if finding.is_error { Severity::Error } else { Severity::Warning }
}

/// The verdict in one sentence.
pub(super) fn verdict(plan: &Plan) -> String {
    let place = plan.limits.tier.map_or_else(|| "the given limits".to_owned(), |tier| tier.name.clone());
    match plan.totals.verdict {
        Verdict::Fits => format!("The fleet fits {place}."),
        Verdict::Tight => format!("The fleet fits {place}, but it is tight."),
        Verdict::Exceeds => format!("The fleet does not fit {place}."),
    }
}

/// One bar: so much of so much.
pub(super) struct Gauge {
    /// Where.
    pub(super) place: String,
    /// Who.
    pub(super) who: String,
    pub(super) used: u32,
    pub(super) limit: u32,
    /// What is counted.
    pub(super) what: &'static str,
}

impl Gauge {
    /// The share in percent; `None` of nothing.
    pub(super) fn percent(&self) -> Option<u32> {
        used_percent(self.used, self.limit)
    }

    /// Whether it is more than there is.
    pub(super) const fn is_over(&self) -> bool {
        self.used > self.limit
    }

    /// How full it is.
    pub(super) fn fullness(&self) -> Fullness {
        fullness(self.percent())
    }

    /// `30 of 15 clients (200 %)`
    pub(super) fn figures(&self) -> String {
        let percent = self.percent().map(|percent| format!(" ({percent} %)")).unwrap_or_default();
        format!("{} of {} {}{percent}", self.used, self.limit, self.what)
    }
}

/// The bars: each pool against what it lets in, each pool's traffic against its size where it is known, the database.
pub(super) fn gauges(plan: &Plan) -> Vec<Gauge> {
    let mut gauges = Vec::new();
    for endpoint in PlanEndpoint::ALL {
        for pool in plan.pools.iter().filter(|pool| pool.key.endpoint == endpoint) {
            push_pool(&mut gauges, pool);
        }
    }
    let direct: Vec<&str> =
        plan.services_at(PlanEndpoint::Direct).map(|planned| planned.service.name.as_str()).collect();
    gauges.push(Gauge {
        place: "database".to_owned(),
        who: if direct.is_empty() { "all pools".to_owned() } else { format!("all pools, {}", direct.join(", ")) },
        used: plan.totals.backends,
        limit: plan.limits.room(),
        what: "connections",
    });
    gauges
}

fn push_pool(gauges: &mut Vec<Gauge>, pool: &PlannedPool) {
    let place = || pool.key.endpoint.as_str().to_owned();
    let who = who(pool);
    gauges.push(Gauge {
        place: place(),
        who: who.clone(),
        used: pool.clients,
        limit: pool.client_limit,
        what: "clients",
    });
    if let Some(busy) = pool.busy.filter(|_| pool.key.endpoint.is_transaction()) {
        gauges.push(Gauge { place: place(), who, used: busy, limit: pool.backend_limit, what: "kept busy" });
    }
}

/// Whose a pool is, and what tells it from others.
pub(super) fn who(pool: &PlannedPool) -> String {
    let mut text = pool.services.join(", ");
    if let Some(path) = &pool.key.search_path {
        let _ = write!(text, ", search_path {path}");
    }
    if pool.copies > 1 {
        let _ = write!(text, ", each of {} pools", pool.copies);
    }
    text
}

/// What the plan was held against, a sentence each, with where every number is known from.
pub(super) fn grounds(plan: &Plan) -> Vec<String> {
    let limits = &plan.limits;
    let services = limits.services;
    let held = if services.min == services.max {
        format!("{} held by Supabase's services ({})", services.max, words(services.origin, plan))
    } else {
        format!(
            "{} to {} held by Supabase's services (an estimate: measure it with --from)",
            services.min, services.max
        )
    };
    let mut grounds = vec![format!(
        "Database: max_connections {}, less {} reserved ({}) and {held}; {} are left for the fleet.",
        figure(limits.max_connections, plan),
        limits.reserved.value,
        words(limits.reserved.origin, plan),
        limits.room()
    )];
    if let Some(others) = limits.others.filter(|others| *others > 0) {
        grounds.push(format!(
            "When it was measured, others than Supabase's services held {others} connections: they are taken to be this \
             fleet's own."
        ));
    }
    if let Some((tier, documented)) = limits.tier.and_then(|tier| Some((tier, tier.max_connections?)))
        && documented != limits.max_connections.value
    {
        grounds.push(format!("The documented max_connections of {} is {documented}.", tier.name));
    }
    if let Some(size) = limits.pool_size.filter(|_| !plan.pools.is_empty()) {
        grounds.push(format!(
            "Poolers: pool size {}, for each role, database, mode and search_path apart; the shared and the dedicated \
             pooler apply it independently.",
            figure(size, plan)
        ));
    }
    if plan.services_at(PlanEndpoint::Transaction).next().is_some() {
        grounds.push(format!(
            "In transaction mode the shared pooler opens up to pool size + 1 = {} server connections a pool (measured on \
             Supavisor 2.8.8, 2.9.7 and 2.9.10, November 2026); further clients wait.",
            limits.cap().saturating_add(1)
        ));
    }
    let clients = limits.pooler_clients.filter(|_| plan.pools.iter().any(|pool| pool.key.endpoint.is_transaction()));
    if let Some(clients) = clients {
        grounds.push(format!(
            "A pooler in transaction mode lets in {} clients ({}).",
            clients.value,
            words(clients.origin, plan)
        ));
    }
    let tiers = knowledge::tiers();
    let max = limits.max_connections.value;
    grounds.push(format!(
        "Rule of thumb for the poolers' share of max_connections: {} % ({}) with a busy Data API, {} % ({}) without; \
         they may take {} here.",
        tiers.budgets.data_api_percent,
        data_api_budget(tiers, max),
        tiers.budgets.max_percent,
        max_budget(tiers, max),
        plan.totals.pooled
    ));
    grounds
}

/// The older sizing table's words on this size, where it has any: they are still passed around.
pub(super) fn older_guide(plan: &Plan) -> Option<String> {
    let tier = plan.limits.tier?;
    let guide = &knowledge::tiers().sizing_guide;
    let row = guide.rows.iter().find(|row| row.tier == tier.id)?;
    let default = tier.default_pool_size?;
    Some(format!(
        "An older sizing table gives {} a pool of {}; no Supabase document has that figure, and the default is {default}.",
        tier.name, row.pool
    ))
}

/// The smallest compute size, in a sentence.
pub(super) fn cheapest(plan: &Plan) -> String {
    match &plan.remedies.cheapest_tier {
        Some(cheapest) => {
            let size = if cheapest.is_default {
                format!("its default pool size, {}", cheapest.pool_size)
            } else {
                format!("a pool size of {}", cheapest.pool_size)
            };
            format!(
                "The smallest compute size that this fleet fits: {}, with {size}. Connections only: CPU and memory are \
                 not considered.",
                cheapest.tier.name
            )
        }
        None => "No compute size with documented limits fits this fleet as it is.".to_owned(),
    }
}

fn figure(figure: Figure, plan: &Plan) -> String {
    format!("{} ({})", figure.value, words(figure.origin, plan))
}

fn words(origin: Origin, plan: &Plan) -> String {
    match (origin, plan.limits.tier) {
        (Origin::Tier, Some(tier)) => format!("{}'s", tier.name),
        (Origin::Flag, _) => "as given".to_owned(),
        (other, _) => other.as_str().to_owned(),
    }
}
