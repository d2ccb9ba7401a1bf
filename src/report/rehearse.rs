//! A rehearsal as it is shown: what every format says in the same words.

use crate::exit;
use crate::rehearse::{
    DryRun, End, Histogram, Knee, Load, Offered, Rehearsal, StepResult, Verdict, load_share_percent, offer,
    share_percent, sum,
};
use crate::rules::Severity;

#[cfg(test)]
mod tests;

pub use super::html::rehearse::{write as html, write_dry as html_dry};
pub use super::human::rehearse::{write as human, write_dry as human_dry};
pub use super::json::rehearse::{SCHEMA, write as json, write_dry as json_dry};
pub use super::markdown::rehearse::{write as markdown, write_dry as markdown_dry};

/// A rehearsal and the line that `--fail-on` draws.
pub struct RehearseReport<'a> {
    /// The rehearsal.
    pub rehearsal: &'a Rehearsal,
    /// Where `--fail-on` draws the line; `None` is `never`.
    pub fail_on: Option<Severity>,
}

impl RehearseReport<'_> {
    /// 1 when a finding is at or above the line, 3 when the question was not answered, else 0.
    pub fn exit_status(&self) -> u8 {
        let line = self.fail_on;
        if line.is_some_and(|line| self.rehearsal.findings.iter().any(|finding| finding.severity >= line)) {
            exit::FINDINGS
        } else if self.rehearsal.is_answered() {
            exit::OK
        } else {
            exit::UNCHECKED
        }
    }
}

/// The verdict in a sentence.
pub(super) fn verdict(rehearsal: &Rehearsal) -> String {
    let Some(load) = rehearsal.yours.as_ref() else { return format!("Not rehearsed: {}.", why_not(rehearsal)) };
    let demand = load.demand.total();
    let first = rehearsal.findings.first().map(|finding| finding.message.as_str()).unwrap_or_default();
    match rehearsal.verdict() {
        Verdict::Exceeds if matches!(load.end, End::Lost(_)) => "The endpoint failed under the load.".to_owned(),
        Verdict::Exceeds => "These pools do not fit.".to_owned(),
        Verdict::Waits => format!("These pools work, and something waits. {first}"),
        Verdict::Unknown => format!("Not answered: {}.", end(&load.end)),
        Verdict::Fits if load.pools.is_whole => {
            let served = load.steps.last().map(|step| format!(" up to {}", offer(step.offered))).unwrap_or_default();
            format!("These pools fit: {demand} connections, nothing refused{served}.")
        }
        Verdict::Fits => format!(
            "As far as it was rehearsed, with {} of {demand} connections, nothing waited and nothing was refused.",
            load.pools.connections()
        ),
    }
}

/// Why no load was made.
pub(super) fn why_not(rehearsal: &Rehearsal) -> String {
    if let Some(failed) = &rehearsal.unreachable {
        return failed.text.clone();
    }
    match rehearsal.learnt.as_ref().map(|learnt| &learnt.allowance) {
        Some(Err(forbidden)) => forbidden.to_string(),
        _ => "nothing was learnt".to_owned(),
    }
}

/// Why a load ended, in words.
pub(super) fn end(end: &End) -> String {
    match end {
        End::Finished => "all steps were made".to_owned(),
        End::Knee => "more would only have waited".to_owned(),
        End::Refused => "something was refused".to_owned(),
        End::CheckoutTimeout => "a request got no connection of its pool in time".to_owned(),
        End::OthersWait(how) => format!("others began to wait: {how}"),
        End::Lost(how) => format!("the endpoint failed: {how}"),
        End::Interrupted => "interrupted".to_owned(),
        End::OutOfTime => "the deadline ran out".to_owned(),
    }
}

/// One figure for both loads.
pub(super) struct Row {
    pub(super) what: String,
    pub(super) yours: String,
    pub(super) advised: String,
}

/// The figures side by side; none when no load was made.
pub(super) fn rows(rehearsal: &Rehearsal) -> Vec<Row> {
    let Some(yours) = &rehearsal.yours else { return Vec::new() };
    let advice = rehearsal.advice.as_ref();
    let ran = rehearsal.advised.as_ref();
    let alike = advice.is_some_and(|advice| advice.demand == yours.demand);
    let not_run = match (alike, yours.end.is_answer()) {
        (true, _) => "the same",
        // What the share allows of both is the same.
        (false, true) => "the same within the share",
        (false, false) => "not run",
    };
    let measured = |of: &dyn Fn(&Load) -> String| (of(yours), ran.map_or_else(|| not_run.to_owned(), of));
    let mut rows = Vec::new();
    let mut push = |what: &str, (yours, advised): (String, String)| {
        rows.push(Row { what: what.to_owned(), yours, advised });
    };
    let of_advice = |of: &dyn Fn(&crate::rehearse::Advised) -> String| advice.map_or_else(String::new, of);
    let pool = |pool: u32, overflow: u32| if overflow > 0 { format!("{pool} + {overflow}") } else { pool.to_string() };
    push(
        "pool of each process",
        (pool(yours.demand.pool, yours.demand.overflow), of_advice(&|a| pool(a.demand.pool, a.demand.overflow))),
    );
    push("may ask for", (sum(&yours.demand), of_advice(&|a| sum(&a.demand))));
    if let Some(advice) = advice {
        let limit = advice.limit;
        let percent = |percent: Option<u32>| percent.map_or_else(String::new, |percent| format!("{percent} %"));
        // Where server connections go from hand to hand, clients may outnumber them.
        let what = if rehearsal.holds() { "share of" } else { "clients in percent of the server connections," };
        push(
            &format!("{what} {} ({})", limit.connections, limit.from.words()),
            (
                percent(share_percent(&rehearsal.application, limit)),
                percent(crate::capacity::used_percent(advice.demand.total(), limit.connections)),
            ),
        );
    }
    push(
        "rehearsed with",
        measured(&|load| format!("{} in {} pools", load.pools.connections(), load.pools.pools.len())),
    );
    push("most open at once", measured(&most_open(rehearsal)));
    push("time to get a connection", measured(&|load| times(&load.all(|step| &step.checkout))));
    push("time of a transaction", measured(&|load| times(&load.all(|step| &step.query))));
    push("transactions", measured(&|load| load.all(|step| &step.query).count().to_string()));
    push(
        "most a second",
        measured(&|load| load.best_per_second().map_or_else(String::new, |rate| format!("{rate:.0}"))),
    );
    push("knee", measured(&|load| knee(load)));
    push("failed", measured(&|load| load.failures().to_string()));
    push("ended", measured(&|load| end(&load.end)));
    rows
}

fn most_open(rehearsal: &Rehearsal) -> impl Fn(&Load) -> String + '_ {
    move |load| {
        let limit = rehearsal.limit().filter(|_| rehearsal.holds());
        let share = limit.and_then(|limit| load_share_percent(load, limit));
        let share = share.map(|percent| format!(" ({percent} % of the limit)")).unwrap_or_default();
        format!("{}{share}", load.most_open)
    }
}

/// `p50 1.2, p95 3.4, max 9.9 ms`
pub(super) fn times(histogram: &Histogram) -> String {
    let of = |percent| histogram.quantile_ms(percent).map(|ms| format!("{ms:.1}"));
    match (of(50), of(95), histogram.max_ms()) {
        (Some(median), Some(high), Some(max)) => format!("p50 {median}, p95 {high}, max {max:.1} ms"),
        _ => "none".to_owned(),
    }
}

/// Where more no longer helps.
pub(super) fn knee(load: &Load) -> String {
    let Some(Knee { offered, cap, evidence }) = &load.knee else {
        return match load.steps.last() {
            Some(step) => format!("none up to {}", offer(step.offered)),
            None => "not reached".to_owned(),
        };
    };
    let at = offered.map_or_else(|| "before 1 client".to_owned(), |offered| format!("at {}", offer(offered)));
    let cap = cap.map(|cap| format!(", {cap} server connections")).unwrap_or_default();
    format!("{at}{cap} ({})", evidence.as_str())
}

/// The header of the table of steps.
pub(super) const STEP_HEADER: [&str; 7] =
    ["offered", "connections", "served at once", "a second", "checkout p50/p95 ms", "transaction p50/p95 ms", "done"];

/// One row of it.
pub(super) fn step(step: &StepResult) -> Vec<String> {
    let pair = |histogram: &Histogram| match (histogram.quantile_ms(50), histogram.quantile_ms(95)) {
        (Some(median), Some(high)) => format!("{median:.1} / {high:.1}"),
        _ => "-".to_owned(),
    };
    vec![
        offer(step.offered),
        step.connections.to_string(),
        format!("{} of {}", step.volley.served, step.volley.asked),
        if step.query.count() > 0 { format!("{:.0}", step.per_second()) } else { "-".to_owned() },
        pair(&step.checkout),
        pair(&step.query),
        step.query.count().to_string(),
    ]
}

/// What was held against what, a sentence each.
pub(super) fn grounds(rehearsal: &Rehearsal) -> Vec<String> {
    let application = &rehearsal.application;
    let mut grounds = vec![format!(
        "Application: pool {} ({}), overflow {} ({}), {} replicas ({}), {} workers ({}), queries of {} ms.",
        application.pool_size.value,
        application.pool_size.origin.words(),
        application.overflow.value,
        application.overflow.origin.words(),
        application.replicas.value,
        application.replicas.origin.words(),
        application.workers.value,
        application.workers.origin.words(),
        application.query.as_millis()
    )];
    let Some(learnt) = &rehearsal.learnt else { return grounds };
    let database = learnt.slots.database();
    grounds.push(format!(
        "Database: max_connections {}, {} reserved, {} in use before the load ({} %); PostgreSQL {}.",
        learnt.slots.max_connections,
        learnt.slots.reserved,
        database.used,
        database.percent(),
        learnt.server_version
    ));
    if let Some(pool) = learnt.slots.pool {
        grounds.push(format!("Pooler: {} of {} server connections of this pool were taken.", pool.used, pool.limit));
    }
    if let Some(role) = learnt.slots.role {
        grounds.push(format!("Role: {} of its {} connections were taken.", role.used, role.limit));
    }
    if let Ok(allowance) = &learnt.allowance {
        grounds.push(format!(
            "Budget: {} of {} free ({}) = at most {} connections at once, supascope's own among them; {} were opened in all.",
            allowance.share,
            allowance.free,
            allowance.narrowest.noun(),
            allowance.connections,
            rehearsal.opened
        ));
    }
    if !learnt.sees_all {
        grounds.push(
            "The role may not see what other roles do: whether they wait shows in the time of a query and in the slots \
             alone (pg_read_all_stats shows all)."
                .to_owned(),
        );
    }
    if let Some(costs) = &rehearsal.per_request {
        grounds.push(format!(
            "A connection for every request: connecting {}; the whole request {}, over a pool {}.",
            times(&costs.connect),
            times(&costs.request),
            times(&costs.pooled)
        ));
    }
    grounds
}

/// One bar of each load's histogram: the border and the counts.
pub(super) struct Bar {
    pub(super) below_ms: u64,
    pub(super) yours: u64,
    pub(super) advised: u64,
}

/// The bars of both histograms over the same borders.
pub(super) fn bars(rehearsal: &Rehearsal, pick: fn(&StepResult) -> &Histogram) -> Vec<Bar> {
    let of = |load: &Option<Load>| load.as_ref().map(|load| load.all(pick).rows()).unwrap_or_default();
    let (yours, advised) = (of(&rehearsal.yours), of(&rehearsal.advised));
    let mut borders: Vec<u64> = yours.iter().chain(&advised).map(|row| row.below_ms).collect();
    borders.sort_unstable();
    borders.dedup();
    let count = |rows: &[crate::rehearse::Row], below_ms: u64| {
        rows.iter().find(|row| row.below_ms == below_ms).map_or(0, |row| row.count)
    };
    let bar = |below_ms| Bar { below_ms, yours: count(&yours, below_ms), advised: count(&advised, below_ms) };
    borders.into_iter().map(bar).collect()
}

/// What a dry run says, a sentence each.
pub(super) fn dry(plan: &DryRun) -> Vec<String> {
    let application = &plan.application;
    let steps: Vec<String> = plan.steps.iter().map(|step| amount(step.offered)).collect();
    let unit = match plan.steps.first().map(|step| step.offered) {
        Some(Offered::PerSecond(_)) => "requests a second",
        _ => "clients",
    };
    let step_ms = plan.steps.first().map_or(0, |step| step.lasts.as_millis());
    let mut sentences = vec![
        format!("Application: {} connections.", sum(&application.demand())),
        format!(
            "First one connection, and one query for what is free; where 70 % of a limit are taken it ends there. It takes at \
             most {} of what is free, its own connection included; {} free connections are needed to rehearse all.",
            plan.share, plan.needs_free
        ),
        format!(
            "Your pools: {} {unit}, {step_ms} ms each, after a volley that counts how many are served at once; it ends where \
             some are not.",
            steps.join(", ")
        ),
        "Then the advised pools with the same load.".to_owned(),
        "Beside it one query a second looks whether others wait; the first sign ends everything.".to_owned(),
    ];
    if plan.per_request {
        sentences.insert(3, "Then up to 20 requests with a connection of their own, one after the other.".to_owned());
    }
    sentences
}

fn amount(offered: Offered) -> String {
    match offered {
        Offered::Clients(clients) => clients.to_string(),
        Offered::PerSecond(rate) => format!("{rate:.0}"),
    }
}

/// The statements that a dry run lists, with what each is for.
pub(super) fn statements(plan: &DryRun) -> [(&'static str, &str); 5] {
    [
        ("what is free, once", &plan.looks_first),
        ("whether others wait, once a second", &plan.looks),
        ("each transaction", &plan.statements.begin),
        ("", &plan.statements.work),
        ("", plan.statements.commit),
    ]
}
