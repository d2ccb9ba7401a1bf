//! How many connections are taken and left, in sentences.

use std::fmt::Write as _;

use crate::probe::{Headroom, PoolSizeFrom};
use crate::report::words::counted;

/// The database's slots, then the pool.
pub fn sentences(headroom: &Headroom) -> [String; 2] {
    [slots(headroom), pool(headroom)]
}

/// From here on a transaction is worth a line, in seconds.
const LONG_S: f64 = 5.0;

fn slots(headroom: &Headroom) -> String {
    let mut totals = format!(
        "max_connections {}, {} of them reserved; {} in use ({} of them this probe's), {} free.",
        headroom.max_connections, headroom.reserved, headroom.in_use, headroom.own, headroom.free
    );
    if !headroom.by_state.is_empty() {
        let states: Vec<String> = headroom.by_state.iter().map(|(state, count)| format!("{count} {state}")).collect();
        let _ = write!(totals, " By state: {}.", states.join(", "));
    }
    if let Some(seconds) = headroom.oldest_idle_in_transaction_s {
        let _ = write!(totals, " Oldest idle in transaction: {seconds:.0} s.");
    }
    let trouble = &headroom.trouble;
    if trouble.blocked > 0 {
        let _ = write!(totals, " {} waiting for a lock.", counted(trouble.blocked as usize, "session"));
    }
    for holder in trouble.holders.iter().filter(|holder| holder.transaction_s >= LONG_S).take(3) {
        let _ = write!(
            totals,
            " Transaction open for {:.0} s: pid {}, role {}, application {}, {}.",
            holder.transaction_s, holder.pid, holder.role, holder.application, holder.state
        );
    }
    for waiting in &trouble.waiting {
        let by =
            waiting.blocked_by.iter().map(|it| format!("{} ({}, {}, {})", it.pid, it.role, it.application, it.state));
        let by = by.collect::<Vec<_>>().join(", ");
        let who = if by.is_empty() { "whom cannot be seen".to_owned() } else { by };
        let _ = write!(totals, " Pid {} ({}) waits for {who}.", waiting.pid, waiting.role);
    }
    for crowded in &trouble.crowded_roles {
        let _ = write!(totals, " Role {} holds {} of its {}.", crowded.role, crowded.connections, crowded.limit);
    }
    if let Some((limit, connections)) = trouble.role_limit {
        let _ = write!(totals, " This role may have {limit} connections, and has {connections}.");
    }
    if !headroom.sees_all {
        totals.push_str(" This role cannot see what other roles' sessions do; grant it pg_read_all_stats to see more.");
    }
    totals
}

fn pool(headroom: &Headroom) -> String {
    let pool = &headroom.pool;
    let mut sentences = Vec::new();
    let size_from = match pool.size_from {
        PoolSizeFrom::Flag => "from --pool-size",
        PoolSizeFrom::TierDefault => "the tier's default",
        PoolSizeFrom::ErrorText => "from the pooler's error text",
        PoolSizeFrom::Unknown => "not known",
    };
    match (pool.size, pool.backends.map(|backends| counted(backends as usize, "server connection"))) {
        (Some(size), Some(backends)) => sentences.push(format!("Pool: {backends} of {size} (size {size_from}).")),
        (Some(size), None) => {
            sentences.push(format!("Pool: size {size} ({size_from}); its server connections cannot be told apart."));
        }
        (None, Some(backends)) => {
            sentences.push(format!("Pool: {backends}; its size is not known: give --pool-size N from the dashboard."));
        }
        // No pool in between, or none that shows.
        (None, None) => {}
    }
    if let Some(tier) = &headroom.tier {
        sentences.push(format!("Compute: {tier}."));
    } else if !headroom.consistent_with.is_empty() {
        sentences.push(format!("Compute, judged by max_connections: {}.", headroom.consistent_with.join(" or ")));
    }
    if let (Some(data_api), Some(max)) = (pool.data_api_budget, pool.max_budget) {
        sentences.push(format!("A pool should stay at or below {data_api} with a busy Data API, {max} without it."));
    }
    sentences.join(" ")
}
