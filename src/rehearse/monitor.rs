//! The connection that looks: what is free before the load, and once a second during it whether others begin to wait.

use std::time::{Duration, Instant};

use deadpool_postgres::tokio_postgres;
use serde::Deserialize;
use tokio_postgres::{Client, SimpleQueryMessage};

use super::failure::Trouble;
use super::links::Links;
use super::outcome::End;
use super::queue::Queue;
use super::stop::Stop;
use crate::capacity::{CRITICAL_PERCENT, used_percent};
use crate::probe::names::APPLICATION_NAME;

/// How often it looks.
const EVERY: Duration = Duration::from_secs(1);
/// A look that takes longer than this, and many times longer than the first, has waited.
const SLOW: Duration = Duration::from_secs(1);
/// How many times longer.
const SLOW_FACTOR: u32 = 10;
/// A look that is not answered in this time is given up.
const GIVE_UP: Duration = Duration::from_secs(4);
/// So many more queries of others that run for longer than a second, twice in a row, are a sign.
const MORE_LONG_QUERIES: u32 = 3;

/// One row of JSON. Other roles' states are visible to `pg_read_all_stats`; without it the counts of waiting sessions
/// stay 0, and the slots are still counted (PostgreSQL 15, `pg_stat_get_activity`).
const QUERY: &str = "SELECT pg_catalog.json_build_object(\
'pid',pg_catalog.pg_backend_pid(),\
'in_use',pg_catalog.count(*),\
'blocked',pg_catalog.count(*) FILTER (WHERE wait_event_type='Lock' AND NOT own),\
'long',pg_catalog.count(*) FILTER (WHERE state='active' AND NOT own AND query_start<pg_catalog.clock_timestamp()-interval '1 s')\
)::text FROM (SELECT *,application_name='APPLICATION' AS own FROM pg_catalog.pg_stat_activity \
WHERE coalesce(backend_type,'client backend')='client backend' AND usesysid IS NOT NULL AND datid IS NOT NULL) a";

/// The query with the tool's own name in it.
pub(super) fn query() -> String {
    QUERY.replace("APPLICATION", APPLICATION_NAME)
}

/// What one look shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(super) struct Look {
    /// The server connection that answered.
    pub(super) pid: i32,
    /// Client backends.
    pub(super) in_use: u32,
    /// Sessions of others that wait for a lock.
    pub(super) blocked: u32,
    /// Queries of others that run for longer than a second.
    pub(super) long: u32,
}

/// Compares each look with the first.
#[derive(Debug, Clone)]
pub(super) struct Signs {
    first: Look,
    /// How long the first took.
    round_trip: Duration,
    /// Slots for ordinary roles.
    usable: u32,
    /// How long the load itself may make a look wait.
    own_hold: Duration,
    long_before: bool,
}

impl Signs {
    pub(super) const fn new(first: Look, round_trip: Duration, usable: u32, own_hold: Duration) -> Self {
        Self { first, round_trip, usable, own_hold, long_before: false }
    }

    /// The first sign that others wait, if this look has one.
    pub(super) fn judge(&mut self, look: Look, took: Duration) -> Option<String> {
        let long = look.long >= self.first.long.saturating_add(MORE_LONG_QUERIES);
        let long_twice = std::mem::replace(&mut self.long_before, long) && long;
        let percent = used_percent(look.in_use, self.usable).unwrap_or(100);
        if look.blocked > self.first.blocked {
            Some(format!("{} sessions wait for a lock, {} before the load", look.blocked, self.first.blocked))
        } else if percent >= CRITICAL_PERCENT {
            Some(format!("{} of {} slots are in use ({percent} %)", look.in_use, self.usable))
        } else if long_twice {
            Some(format!(
                "{} queries of others run for longer than a second, {} before the load",
                look.long, self.first.long
            ))
        } else if took > self.patience() {
            Some(format!("a query of a few milliseconds took {} ms", took.as_millis()))
        } else {
            None
        }
    }

    /// How long a look may take.
    fn patience(&self) -> Duration {
        SLOW.max(self.round_trip * SLOW_FACTOR) + self.own_hold
    }
}

/// Looks once.
pub(super) async fn look(client: &Client, query: &str) -> Result<Look, Trouble> {
    let json = first_value(client, query).await?;
    json.and_then(|json| serde_json::from_str(&json).ok()).ok_or(Trouble::Stalled)
}

/// The first column of the first row, in a transaction that limits itself.
pub(super) async fn first_value(client: &Client, query: &str) -> Result<Option<String>, Trouble> {
    let limited = format!("BEGIN; SET LOCAL statement_timeout = 3000; {query}; COMMIT");
    let asked = tokio::time::timeout(GIVE_UP, client.simple_query(&limited)).await;
    let rows = asked.map_err(|_| Trouble::Stalled)?.map_err(|error| Trouble::of_query(&error))?;
    let row = rows.into_iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.try_get(0).ok().flatten().map(str::to_owned),
        _ => None,
    });
    Ok(row)
}

/// Looks once a second, until something ends the load; the first sign does.
pub(super) async fn run(client: &Client, mut signs: Signs, queue: &mut Option<Queue>, links: &Links, stop: &Stop) {
    let query = query();
    loop {
        if stop.unless(tokio::time::sleep(EVERY)).await.is_none() {
            return;
        }
        let started = Instant::now();
        match look(client, &query).await {
            Ok(seen) => {
                if let Some(sign) = signs.judge(seen, started.elapsed()) {
                    stop.set(End::OthersWait(sign));
                }
            }
            Err(Trouble::Stalled) => {
                stop.set(End::OthersWait(format!(
                    "a query of a few milliseconds got no answer in {} s",
                    GIVE_UP.as_secs()
                )));
            }
            Err(trouble) => stop.set(trouble.end()),
        }
        let Some(queue) = queue else { continue };
        if let Some(Some(sign)) = stop.unless(queue.sign(links)).await {
            stop.set(End::OthersWait(sign));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Look = Look { pid: 1, in_use: 10, blocked: 0, long: 1 };
    const QUICK: Duration = Duration::from_millis(5);

    fn signs() -> Signs {
        Signs::new(FIRST, QUICK, 57, Duration::from_millis(200))
    }

    #[test]
    fn each_sign_that_others_wait_is_seen() {
        assert_eq!(signs().judge(Look { in_use: 22, ..FIRST }, QUICK), None);
        for (look, took, words) in [
            (Look { blocked: 1, ..FIRST }, QUICK, "wait for a lock"),
            (Look { in_use: 52, ..FIRST }, QUICK, "52 of 57 slots"),
            (FIRST, Duration::from_millis(1300), "took 1300 ms"),
        ] {
            let sign = signs().judge(look, took);
            assert!(sign.as_deref().is_some_and(|sign| sign.contains(words)), "{words}: {sign:?}");
        }
    }

    #[test]
    fn long_queries_of_others_count_when_they_stay() {
        let mut signs = signs();
        let busy = Look { long: 4, ..FIRST };
        assert_eq!(signs.judge(busy, QUICK), None);
        assert_eq!(signs.judge(FIRST, QUICK), None);
        assert_eq!(signs.judge(busy, QUICK), None);
        assert!(signs.judge(busy, QUICK).is_some());
    }
}
