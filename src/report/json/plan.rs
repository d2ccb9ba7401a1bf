//! `json`: the document `supascope.plan/v1`. The structs are frozen, as those of a report are.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::{Value, json};

use crate::capacity::{Figure, Plan, PlanFinding, PlannedPool, PlannedService};
use crate::knowledge::{self, Tier};
use crate::report::escape::escape_json;
use crate::report::plan::{PlanReport, severity};

/// The name and version of the document's layout.
pub const SCHEMA: &str = "supascope.plan/v1";

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    tool: super::Tool,
    tier: Option<TierJson<'a>>,
    limits: Value,
    services: Vec<ServiceJson<'a>>,
    pools: Vec<PoolJson<'a>>,
    totals: TotalsJson,
    findings: Vec<FindingJson<'a>>,
    remedies: Value,
    exit_status: u8,
}

#[derive(Serialize)]
struct TierJson<'a> {
    id: &'a str,
    name: &'a str,
    max_connections: Option<u32>,
    pooler_max_clients: Option<u32>,
    default_pool_size: Option<u32>,
    source: &'a str,
}

#[derive(Serialize)]
struct ServiceJson<'a> {
    name: &'a str,
    endpoint: &'static str,
    demand: u32,
    limit: u32,
    fits: bool,
    largest_pool: u32,
    suggested_pool: Option<u32>,
    instances: u32,
    workers: u32,
    engines: u32,
    pool: u32,
    overflow: u32,
    busy_connections: Option<u32>,
    user: &'a str,
    database: &'a str,
}

#[derive(Serialize)]
struct PoolJson<'a> {
    endpoint: &'static str,
    user: &'a str,
    database: &'a str,
    search_path: Option<&'a str>,
    copies: u32,
    services: &'a [String],
    clients: u32,
    client_limit: u32,
    backends: u32,
    backends_at_peak: u32,
    pool_size: u32,
    busy_connections: Option<u32>,
}

#[derive(Serialize)]
struct TotalsJson {
    backends: u32,
    max_connections: u32,
    used_percent: Option<u32>,
    verdict: &'static str,
    backends_at_peak: u32,
    pooled_backends: u32,
    direct: u32,
    password_lookups: u32,
    available: u32,
    available_percent: Option<u32>,
}

#[derive(Serialize)]
struct FindingJson<'a> {
    rule: &'static str,
    severity: &'static str,
    services: &'a [String],
    message: &'a str,
    fix: &'a str,
    docs: &'static str,
}

/// Writes the plan as one indented document with a line end.
pub fn write(report: &PlanReport<'_>, out: &mut dyn Write) -> io::Result<()> {
    let plan = report.plan;
    let document = Document {
        schema: SCHEMA,
        tool: super::Tool::current(),
        tier: plan.limits.tier.map(tier),
        limits: limits(plan),
        services: plan.services.iter().map(service).collect(),
        pools: plan.pools.iter().map(pool).collect(),
        totals: totals(plan),
        findings: plan.findings.iter().map(finding).collect(),
        remedies: remedies(plan),
        exit_status: report.exit_status(),
    };
    let text = escape_json(serde_json::to_string_pretty(&document)?);
    writeln!(out, "{text}")
}

fn tier(tier: &Tier) -> TierJson<'_> {
    TierJson {
        id: &tier.id,
        name: &tier.name,
        max_connections: tier.max_connections,
        pooler_max_clients: tier.pooler_max_clients,
        default_pool_size: tier.default_pool_size,
        source: knowledge::tiers().sources.resolve(&tier.source),
    }
}

fn limits(plan: &Plan) -> Value {
    let limits = &plan.limits;
    let value = |figure: Option<Figure>| figure.map(|figure| figure.value);
    let from = |figure: Option<Figure>| figure.map(|figure| figure.origin.as_str());
    json!({
        "max_connections": limits.max_connections.value,
        "max_connections_from": limits.max_connections.origin.as_str(),
        "reserved": limits.reserved.value,
        "reserved_from": limits.reserved.origin.as_str(),
        "internal_min": limits.services.min,
        "internal_max": limits.services.max,
        "internal_from": limits.services.origin.as_str(),
        "pool_size": value(limits.pool_size),
        "pool_size_from": from(limits.pool_size),
        "pooler_clients": value(limits.pooler_clients),
        "pooler_clients_from": from(limits.pooler_clients),
        "data_api": limits.data_api,
        "budget": limits.budget(),
        "budget_percent": limits.budget_percent(),
    })
}

fn service(planned: &PlannedService) -> ServiceJson<'_> {
    let service = &planned.service;
    let demand = &service.demand;
    ServiceJson {
        name: &service.name,
        endpoint: service.endpoint.as_str(),
        demand: planned.demand,
        limit: planned.limit,
        fits: planned.fits,
        largest_pool: planned.largest_pool,
        suggested_pool: planned.suggested_pool,
        instances: demand.instances,
        workers: demand.workers,
        engines: demand.engines,
        pool: demand.pool,
        overflow: demand.overflow,
        busy_connections: planned.busy,
        user: &service.user,
        database: &service.database,
    }
}

fn pool(pool: &PlannedPool) -> PoolJson<'_> {
    PoolJson {
        endpoint: pool.key.endpoint.as_str(),
        user: &pool.key.user,
        database: &pool.key.database,
        search_path: pool.key.search_path.as_deref(),
        copies: pool.copies,
        services: &pool.services,
        clients: pool.clients,
        client_limit: pool.client_limit,
        backends: pool.backends,
        backends_at_peak: pool.backends_at_peak,
        pool_size: pool.backend_limit,
        busy_connections: pool.busy,
    }
}

fn totals(plan: &Plan) -> TotalsJson {
    let totals = &plan.totals;
    let available = plan.limits.room();
    TotalsJson {
        backends: totals.backends,
        max_connections: totals.max_connections,
        used_percent: totals.used_percent,
        verdict: totals.verdict.as_str(),
        backends_at_peak: totals.backends_at_peak,
        pooled_backends: totals.pooled,
        direct: totals.direct,
        password_lookups: totals.look_ups,
        available,
        available_percent: crate::capacity::used_percent(totals.backends, available),
    }
}

fn finding(finding: &PlanFinding) -> FindingJson<'_> {
    FindingJson {
        rule: finding.rule,
        severity: severity(finding).as_str(),
        services: &finding.services,
        message: &finding.message,
        fix: &finding.fix,
        docs: finding.source,
    }
}

fn remedies(plan: &Plan) -> Value {
    let remedies = &plan.remedies;
    json!({
        "pool_size": remedies.pool_size.map(|(size, verdict)| json!({"value": size, "verdict": verdict.as_str()})),
        "cheapest_tier": remedies.cheapest_tier.map(|cheapest| json!({
            "id": cheapest.tier.id,
            "name": cheapest.tier.name,
            "pool_size": cheapest.pool_size,
            "pool_size_is_default": cheapest.is_default,
        })),
    })
}
