//! `json`: the document `supascope.rehearse/v1`. The structs are frozen, as those of a report are.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::{Value, json};

use crate::rehearse::{DryRun, End, Failed, Histogram, Knee, Learnt, Load, Offered, Rehearsal, StepResult};
use crate::report::escape::escape_json;
use crate::report::rehearse::{RehearseReport, end, verdict};

/// The name and version of the document's layout.
pub const SCHEMA: &str = "supascope.rehearse/v1";
/// The same of a dry run.
const PLAN_SCHEMA: &str = "supascope.rehearse-plan/v1";

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    tool: super::Tool,
    setting: &'a str,
    endpoint: Value,
    verdict: &'static str,
    summary: String,
    application: Value,
    learnt: Option<Value>,
    unreachable: Option<FailedJson<'a>>,
    limit: Option<Value>,
    yours: Option<LoadJson<'a>>,
    advised: Option<LoadJson<'a>>,
    advice: Option<Value>,
    per_request: Option<Value>,
    findings: Vec<Value>,
    connections_opened: u32,
    wall_ms: u128,
    exit_status: u8,
}

#[derive(Serialize)]
struct LoadJson<'a> {
    pool_size: u32,
    overflow: u32,
    processes: u32,
    connections_asked: u32,
    connections_rehearsed: u32,
    pools_rehearsed: usize,
    whole: bool,
    most_open: u32,
    checkout_ms: Value,
    query_ms: Value,
    steps: Vec<Value>,
    knee: Option<Value>,
    failed: Vec<FailedJson<'a>>,
    end: &'static str,
    end_reason: String,
}

#[derive(Serialize)]
struct FailedJson<'a> {
    cause: Option<&'static str>,
    message: &'a str,
    count: u64,
    first: Option<&'static str>,
}

/// Writes the rehearsal as one indented document with a line end.
pub fn write(report: &RehearseReport<'_>, out: &mut dyn Write) -> io::Result<()> {
    let rehearsal = report.rehearsal;
    let document = Document {
        schema: SCHEMA,
        tool: super::Tool::current(),
        setting: &rehearsal.setting,
        endpoint: endpoint(rehearsal),
        verdict: rehearsal.verdict().as_str(),
        summary: verdict(rehearsal),
        application: application(rehearsal),
        learnt: rehearsal.learnt.as_ref().map(learnt),
        unreachable: rehearsal.unreachable.as_ref().map(failed),
        limit: rehearsal.limit().map(|limit| json!({"connections": limit.connections, "from": limit.from.as_str()})),
        yours: rehearsal.yours.as_ref().map(load),
        advised: rehearsal.advised.as_ref().map(load),
        advice: rehearsal.advice.as_ref().map(|advice| {
            let setting = |(set, place): &(String, String)| json!({"set": set, "where": place});
            json!({
                "pool_size": advice.demand.pool,
                "overflow": advice.demand.overflow,
                "connections": advice.demand.total(),
                "settings": advice.settings.iter().map(setting).collect::<Vec<_>>(),
            })
        }),
        per_request: rehearsal.per_request.as_ref().map(|costs| {
            json!({
                "connect_ms": times(&costs.connect),
                "request_ms": times(&costs.request),
                "pooled_ms": times(&costs.pooled),
                "ratio": costs.ratio().map(rounded),
            })
        }),
        findings: rehearsal
            .findings
            .iter()
            .map(|finding| {
                json!({
                    "rule": finding.rule,
                    "severity": finding.severity.as_str(),
                    "message": finding.message,
                    "fix": finding.fix,
                })
            })
            .collect(),
        connections_opened: rehearsal.opened,
        wall_ms: rehearsal.wall.as_millis(),
        exit_status: report.exit_status(),
    };
    let text = escape_json(serde_json::to_string_pretty(&document)?);
    writeln!(out, "{text}")
}

fn endpoint(rehearsal: &Rehearsal) -> Value {
    let endpoint = &rehearsal.endpoint;
    json!({
        "kind": endpoint.kind.as_str(),
        "mode": endpoint.mode.as_str(),
        "pooler": endpoint.pooler.as_str(),
    })
}

fn application(rehearsal: &Rehearsal) -> Value {
    let application = &rehearsal.application;
    json!({
        "pool_size": application.pool_size.value,
        "pool_size_from": application.pool_size.origin.as_str(),
        "overflow": application.overflow.value,
        "overflow_from": application.overflow.origin.as_str(),
        "replicas": application.replicas.value,
        "replicas_from": application.replicas.origin.as_str(),
        "workers": application.workers.value,
        "workers_from": application.workers.origin.as_str(),
        "query_ms": application.query.as_millis(),
        "clients": application.offered.and_then(clients),
        "qps": application.offered.and_then(rate),
        "connections": application.demand().total(),
    })
}

fn clients(offered: Offered) -> Option<u32> {
    match offered {
        Offered::Clients(clients) => Some(clients),
        Offered::PerSecond(_) => None,
    }
}

fn rate(offered: Offered) -> Option<f64> {
    match offered {
        Offered::PerSecond(rate) => Some(rate),
        Offered::Clients(_) => None,
    }
}

fn learnt(learnt: &Learnt) -> Value {
    let slots = &learnt.slots;
    let allowance = learnt.allowance.as_ref().ok();
    json!({
        "max_connections": slots.max_connections,
        "reserved": slots.reserved,
        "in_use": slots.in_use,
        "used_percent": slots.database().percent(),
        "role_limit": slots.role.map(|role| role.limit),
        "role_in_use": slots.role.map(|role| role.used),
        "pool_size": slots.pool.map(|pool| pool.limit),
        "pool_in_use": slots.pool.map(|pool| pool.used),
        "sees_all": learnt.sees_all,
        "server_version": learnt.server_version,
        "connect_ms": rounded(learnt.connect.as_secs_f64() * 1000.0),
        "first_query_ms": rounded(learnt.round_trip.as_secs_f64() * 1000.0),
        "free": slots.free().0,
        "free_by": slots.free().1.as_str(),
        "max_share_percent": allowance.map(|allowance| allowance.share.percent()),
        "allowed_connections": allowance.map(|allowance| allowance.connections),
        "forbidden": learnt.allowance.as_ref().err().map(ToString::to_string),
    })
}

fn load(load: &Load) -> LoadJson<'_> {
    LoadJson {
        pool_size: load.demand.pool,
        overflow: load.demand.overflow,
        processes: load.demand.processes(),
        connections_asked: load.demand.total(),
        connections_rehearsed: load.pools.connections(),
        pools_rehearsed: load.pools.pools.len(),
        whole: load.pools.is_whole,
        most_open: load.most_open,
        checkout_ms: times(&load.all(|step| &step.checkout)),
        query_ms: times(&load.all(|step| &step.query)),
        steps: load.steps.iter().map(step).collect(),
        knee: load.knee.as_ref().map(knee),
        failed: load.failed.iter().map(failed).collect(),
        end: load.end.as_str(),
        end_reason: end_reason(&load.end),
    }
}

fn end_reason(reason: &End) -> String {
    end(reason)
}

fn step(step: &StepResult) -> Value {
    json!({
        "clients": clients(step.offered),
        "qps": rate(step.offered).map(rounded),
        "connections": step.connections,
        "asked_at_once": step.volley.asked,
        "served_at_once": step.volley.served,
        "elapsed_ms": rounded(step.elapsed.as_secs_f64() * 1000.0),
        "transactions": step.query.count(),
        "per_second": rounded(step.per_second()),
        "not_started": step.not_started,
        "checkout_ms": times(&step.checkout),
        "query_ms": times(&step.query),
    })
}

fn knee(knee: &Knee) -> Value {
    json!({
        "clients": knee.offered.and_then(clients),
        "qps": knee.offered.and_then(rate).map(rounded),
        "server_connections": knee.cap,
        "evidence": knee.evidence.as_str(),
    })
}

fn failed(failed: &Failed) -> FailedJson<'_> {
    FailedJson { cause: failed.cause, message: &failed.text, count: failed.count, first: failed.first }
}

fn times(histogram: &Histogram) -> Value {
    let of = |percent| histogram.quantile_ms(percent).map(rounded);
    let rows = histogram.rows();
    json!({
        "count": histogram.count(),
        "min": histogram.min_ms().map(rounded),
        "mean": histogram.mean_ms().map(rounded),
        "p50": of(50),
        "p90": of(90),
        "p95": of(95),
        "p99": of(99),
        "max": histogram.max_ms().map(rounded),
        "histogram": rows.iter().map(|row| json!({"below_ms": row.below_ms, "count": row.count})).collect::<Vec<_>>(),
    })
}

/// Three digits after the point are more than is measured.
fn rounded(number: f64) -> f64 {
    (number * 1000.0).round() / 1000.0
}

/// Writes what would be done as one indented document with a line end.
pub fn write_dry(plan: &DryRun, out: &mut dyn Write) -> io::Result<()> {
    let step = |step: &crate::rehearse::Step| {
        json!({
            "clients": clients(step.offered),
            "qps": rate(step.offered).map(rounded),
            "lasts_ms": rounded(step.lasts.as_secs_f64() * 1000.0),
        })
    };
    let statements = crate::report::rehearse::statements(plan).map(|(_, statement)| statement);
    let document = json!({
        "schema": PLAN_SCHEMA,
        "tool": super::Tool::current(),
        "setting": plan.setting,
        "connections": plan.application.demand().total(),
        "max_share_percent": plan.share.percent(),
        "needs_free": plan.needs_free,
        "per_request": plan.per_request,
        "steps": plan.steps.iter().map(step).collect::<Vec<_>>(),
        "statements": statements,
    });
    let text = escape_json(serde_json::to_string_pretty(&document)?);
    writeln!(out, "{text}")
}
