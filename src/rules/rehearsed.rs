//! What `supascope rehearse` finds, beside the rules of settings: the texts. The findings themselves are made where the
//! load is judged, by the figures.

use super::{Check, Group, Rule, Severity};

const MEASURED: &[&str] = &["Measured in this run, under load"];

const fn text(
    id: &'static str,
    severity: Severity,
    [what, why, fix]: [&'static str; 3],
    sources: &'static [&'static str],
) -> Rule {
    Rule { id, severity, group: Group::Rehearse, what, why, fix, sources, check: Check::Elsewhere }
}

/// The findings of a rehearsal, worst first.
pub(super) static REHEARSED: &[&Rule] = &[
    &text(
        "pool-refused",
        Severity::Error,
        [
            "The endpoint refused a connection or a transaction while the application's pools were run against it.",
            "In production the same refusal reaches users as an error, at the moment when load is highest. The cause of the refusal is named with it.",
            "Make the pools smaller until their sum fits the limit that was met (supascope plan), or use the transaction pooler, where clients may outnumber server connections.",
        ],
        MEASURED,
    ),
    &text(
        "endpoint-lost",
        Severity::Error,
        [
            "The endpoint went away under the load, or refused for another reason than that it is full.",
            "What was measured until then is no answer to whether the pools fit. A database that fails under a quarter of its free connections has another trouble first.",
            "Find out whether it restarted or refuses logins (supascope probe, supascope explain on its log), then rehearse again.",
        ],
        MEASURED,
    ),
    &text(
        "application-pool-timeout",
        Severity::Error,
        [
            "A request got no connection from the application's own pool within --pool-timeout.",
            "The application would have answered with its pool's timeout error. The endpoint is not involved: all connections of the pool were in use.",
            "Shorten the transactions, or send fewer requests at once; a larger pool helps only while the endpoint has connections left.",
        ],
        MEASURED,
    ),
    &text(
        "pool-waits",
        Severity::Warning,
        [
            "Beyond a number of connections at once, transactions wait at the endpoint, or throughput no longer grows.",
            "A pooler in transaction mode hands out as many server connections as its pool size (Supavisor: one more); who comes next waits, and after the pooler's timeout gets an error.",
            "Set the application's pools so that their sum is at most the number that was measured, or raise the pooler's pool size where max_connections has room.",
        ],
        &[
            "Measured in this run, under load",
            "Supavisor 2.9.7, measured November 2026: pool_size + 1 server connections in transaction mode, then a wait of pool_checkout_timeout",
        ],
    ),
    &text(
        "others-wait",
        Severity::Warning,
        [
            "The load was ended, since others began to wait: for a lock, for a slot, for a server connection of the pooler, or for answers.",
            "A rehearsal must not harm who works. What was measured until then stands; what would have followed is not known.",
            "Rehearse at a quieter time, or on a copy of the project; supascope watch shows who is busy.",
        ],
        MEASURED,
    ),
    &text(
        "application-pool-waits",
        Severity::Note,
        [
            "Requests wait for the application's own pool, whose connections are all in use.",
            "That is what a pool is for: it is a queue in front of the database. It matters when the waits are long.",
            "Compare the checkout times with what the application may wait; a larger pool moves the queue into the database.",
        ],
        MEASURED,
    ),
    &text(
        "rehearsed-in-part",
        Severity::Note,
        [
            "The application asks for more connections than the rehearsal was allowed to take, so only a part of its pools was run.",
            "At most a quarter of the free connections is taken unless --max-share says otherwise, so that others are not harmed.",
            "--max-share allows more, on an endpoint where that harms nobody; supascope plan does the sum without a load.",
        ],
        &["supascope's own budget"],
    ),
    &text(
        "connect-per-request",
        Severity::Note,
        [
            "What connecting anew for every request costs, beside the same request over a pool.",
            "Each connection is TCP, TLS and a login of several round trips, and a process of the database or a login at the pooler. Many at once are a reconnect storm.",
            "Keep a pool in each process; in short-lived functions, one connection outside the handler.",
        ],
        MEASURED,
    ),
];
