//! The plan of the load: how the connections are spread over the application's processes, and by which steps the load
//! rises. Pure: the same numbers give the same load.

use std::time::Duration;

use super::application::Offered;
use crate::capacity::Demand;

/// Most steps of one ramp.
const MAX_STEPS: usize = 12;
/// The shortest step.
const MIN_STEP: Duration = Duration::from_millis(250);
/// Queries that a client is to get through in a step.
const QUERIES_A_STEP: u32 = 4;
/// The longest step is this much of the whole at least: two steps are the least that show a change.
const MIN_STEPS: usize = 2;

/// One pool of one process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolShape {
    /// Connections that it keeps.
    pub keep: u32,
    /// Connections that it opens at most.
    pub most: u32,
}

/// The pools that are built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pools {
    /// One for each process, as far as the allowance reaches.
    pub pools: Vec<PoolShape>,
    /// Whether these are all that the application asks for.
    pub is_whole: bool,
}

impl Pools {
    /// Spreads what is allowed over the processes, one after the other, so that none has two more than another. A pool is
    /// never larger than the application's; a process for which nothing is left is not rehearsed.
    pub fn spread(demand: &Demand, allowed: u32) -> Self {
        let processes = demand.processes();
        let per_pool = demand.pool.saturating_add(demand.overflow);
        let connections = demand.total().min(allowed);
        let built = processes.min(connections);
        let share = |index: u32| {
            let most = connections / built + u32::from(index < connections % built);
            PoolShape { keep: demand.pool.min(most), most: most.min(per_pool) }
        };
        Self { pools: (0..built).map(share).collect(), is_whole: demand.total() <= allowed }
    }

    /// Connections of all pools together at most.
    pub fn connections(&self) -> u32 {
        self.pools.iter().fold(0, |sum, pool| sum.saturating_add(pool.most))
    }
}

/// One step of the ramp.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// What is asked of the pools.
    pub offered: Offered,
    /// For how long.
    pub lasts: Duration,
}

/// The ramp: rises gently to what is offered, within the time.
///
/// Clients rise 1, 2, 3, 4, 6, 8, 12, ...: fine where small pools end, and no step beyond one and a half times the one
/// before. Arrivals a second rise in equal parts.
pub fn ramp(offered: Offered, query: Duration, time: Duration) -> Vec<Step> {
    let needed = MIN_STEP.max(query * QUERIES_A_STEP);
    let fitting = usize::try_from(time.as_millis() / needed.as_millis().max(1)).unwrap_or(MAX_STEPS);
    let most = fitting.clamp(MIN_STEPS, MAX_STEPS);
    let offers: Vec<Offered> = match offered {
        Offered::Clients(most_clients) => {
            thinned(&client_counts(most_clients.max(1)), most).into_iter().map(Offered::Clients).collect()
        }
        Offered::PerSecond(rate) => {
            let parts = u32::try_from(most.min(5)).unwrap_or(5);
            (1..=parts).map(|part| Offered::PerSecond(rate * f64::from(part) / f64::from(parts))).collect()
        }
    };
    let lasts = time / u32::try_from(offers.len().max(1)).unwrap_or(1);
    offers.into_iter().map(|offered| Step { offered, lasts }).collect()
}

/// 1, 2, 3, 4, 6, 8, 12, 16, 24, ... and the last.
fn client_counts(most: u32) -> Vec<u32> {
    let mut counts = Vec::new();
    let mut at = 1_u32;
    while at < most {
        counts.push(at);
        at = match at {
            0..=3 => at + 1,
            _ if at.is_power_of_two() => at.saturating_add(at / 2),
            _ => at.saturating_add(at / 3),
        };
    }
    counts.push(most);
    counts
}

/// At most so many of them, the first and the last among them.
fn thinned(counts: &[u32], most: usize) -> Vec<u32> {
    if counts.len() <= most {
        return counts.to_vec();
    }
    let last = counts.len() - 1;
    (0..most).map(|index| counts[index * last / (most - 1)]).collect()
}

/// The statements of one transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statements {
    /// Opens the transaction, with limits that hold in it alone.
    pub begin: String,
    /// Does nothing for a while, and tells which server connection did it.
    pub work: String,
    /// Ends it.
    pub commit: &'static str,
}

/// The release that lets a server notice a client that has left while a query runs (PostgreSQL 14 release notes,
/// `client_connection_check_interval`).
const SEES_CLIENTS_LEAVE: u32 = 14;

impl Statements {
    /// The statements for a query that takes so long. The limits are a dead-man's switch: should supascope vanish, the
    /// server ends the transaction by itself.
    pub fn new(query: Duration, server_major: Option<u32>) -> Self {
        let query_ms = query.as_millis();
        let statement_ms = query_ms * 2 + 2000;
        let check = if server_major.is_some_and(|major| major >= SEES_CLIENTS_LEAVE) {
            "; SET LOCAL client_connection_check_interval = 200"
        } else {
            ""
        };
        Self {
            begin: format!(
                "BEGIN; SET LOCAL statement_timeout = {statement_ms}; \
                 SET LOCAL idle_in_transaction_session_timeout = 2000{check}"
            ),
            work: format!("SELECT pg_catalog.pg_backend_pid() FROM pg_catalog.pg_sleep({})", query.as_secs_f64()),
            commit: "COMMIT",
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn clients(most: u32, time_ms: u64) -> Vec<u32> {
        ramp(Offered::Clients(most), Duration::from_millis(20), Duration::from_millis(time_ms))
            .iter()
            .map(|step| match step.offered {
                Offered::Clients(clients) => clients,
                Offered::PerSecond(_) => panic!(),
            })
            .collect()
    }

    #[test]
    fn clients_rise_gently() {
        assert_eq!(clients(12, 10_000), [1, 2, 3, 4, 6, 8, 12]);
        assert_eq!(clients(1, 10_000), [1]);
        assert_eq!(clients(20, 10_000), [1, 2, 3, 4, 6, 8, 12, 16, 20]);
        assert_eq!(clients(20, 1_000), [1, 3, 8, 20], "as many steps as the time is enough for");
    }

    #[test]
    fn a_pool_keeps_its_shape_when_all_of_it_may_be_built() {
        let demand = Demand { instances: 2, workers: 1, engines: 1, pool: 5, overflow: 10 };
        let whole = Pools::spread(&demand, 30);
        assert_eq!(whole, Pools { pools: vec![PoolShape { keep: 5, most: 15 }; 2], is_whole: true });
        let part = Pools::spread(&demand, 5);
        assert_eq!(part.pools, [PoolShape { keep: 3, most: 3 }, PoolShape { keep: 2, most: 2 }]);
        assert!(!part.is_whole);
    }

    #[test]
    fn the_statements_limit_themselves() {
        let statements = Statements::new(Duration::from_millis(20), Some(15));
        assert_eq!(
            statements.begin,
            "BEGIN; SET LOCAL statement_timeout = 2040; SET LOCAL idle_in_transaction_session_timeout = 2000; \
             SET LOCAL client_connection_check_interval = 200"
        );
        assert_eq!(statements.work, "SELECT pg_catalog.pg_backend_pid() FROM pg_catalog.pg_sleep(0.02)");
        assert!(!Statements::new(Duration::from_millis(20), Some(13)).begin.contains("check_interval"));
    }

    proptest! {
        #[test]
        fn pools_never_hold_more_than_is_allowed_or_asked_for(
            instances in 0..200_u32, workers in 0..20_u32, pool in 0..100_u32, overflow: u32, allowed in 0..5_000_u32
        ) {
            let demand = Demand { instances, workers, engines: 1, pool, overflow };
            let pools = Pools::spread(&demand, allowed);
            prop_assert_eq!(pools.connections(), allowed.min(demand.total()));
            prop_assert!(pools.pools.iter().all(|pool| pool.most >= 1 && pool.keep <= pool.most));
            prop_assert!(pools.pools.len() <= demand.processes() as usize);
            let most = pools.pools.iter().map(|pool| pool.most);
            prop_assert!(most.clone().max().unwrap_or(0) - most.min().unwrap_or(0) <= 1);
        }

        #[test]
        fn a_ramp_rises_to_what_is_offered_and_keeps_its_time(most in 1..100_000_u32, query_ms in 1..10_000_u64, seconds in 1..600_u64) {
            let (query, time) = (Duration::from_millis(query_ms), Duration::from_secs(seconds));
            let steps = ramp(Offered::Clients(most), query, time);
            let counts: Vec<u32> = steps.iter().map(|step| match step.offered { Offered::Clients(count) => count, Offered::PerSecond(_) => 0 }).collect();
            prop_assert!(counts.windows(2).all(|pair| pair[0] < pair[1]));
            prop_assert_eq!(counts.last(), Some(&most));
            prop_assert!(steps.len() <= MAX_STEPS);
            prop_assert!(steps.iter().map(|step| step.lasts).sum::<Duration>() <= time);
        }
    }
}
