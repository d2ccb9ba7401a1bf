//! What an application can ask for: the product of everything that is multiplied when it is deployed.

use std::fmt;

/// How many connections an application can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Demand {
    /// Machines, containers or replicas.
    pub instances: u32,
    /// Processes on each.
    pub workers: u32,
    /// Pools in each process (engines).
    pub engines: u32,
    /// Connections a pool keeps.
    pub pool: u32,
    /// Connections it may open beyond that.
    pub overflow: u32,
}

impl Demand {
    /// One process with one pool.
    pub const fn one_process(pool: u32, overflow: u32) -> Self {
        Self { instances: 1, workers: 1, engines: 1, pool, overflow }
    }

    /// Processes in all.
    pub const fn processes(&self) -> u32 {
        self.instances.saturating_mul(self.workers)
    }

    /// The most that one process can ask for.
    pub const fn per_process(&self) -> u32 {
        self.engines.saturating_mul(self.pool.saturating_add(self.overflow))
    }

    /// The most that can be asked for in all: instances x workers x engines x (pool + overflow).
    pub const fn total(&self) -> u32 {
        self.processes().saturating_mul(self.per_process())
    }

    /// Whether that stays within a limit.
    pub const fn fits(&self, limit: u32) -> bool {
        self.total() <= limit
    }

    /// The largest pool (with no overflow) that fits the limit with the same processes and engines; 0 when not even one
    /// connection each does. With nothing running the limit itself.
    pub fn largest_pool(&self, limit: u32) -> u32 {
        let pools = u64::from(self.processes()) * u64::from(self.engines);
        u64::from(limit).checked_div(pools).map_or(limit, |pool| u32::try_from(pool).unwrap_or(u32::MAX))
    }

    /// How many processes of this size fit the limit; `None` when a process asks for nothing.
    pub const fn processes_that_fit(&self, limit: u32) -> Option<u32> {
        limit.checked_div(self.per_process())
    }
}

/// The largest pool for each of `processes` that leaves `spare` connections of the limit free, at least 1 and at most
/// `ceiling`: a pool larger than what the process can keep busy only takes slots from others.
pub fn pool_per_process(limit: u32, processes: u32, spare: u32, ceiling: u32) -> u32 {
    (limit.saturating_sub(spare) / processes.max(1)).clamp(1, ceiling.max(1))
}

/// The sum as it is worked out, without factors of 1:
/// `3 instances x 2 workers x (5 + 10)`.
impl fmt::Display for Demand {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let single = (self.instances, self.workers, self.engines) == (1, 1, 1);
        for (factor, noun) in [(self.instances, "instances"), (self.workers, "workers"), (self.engines, "engines")] {
            if factor != 1 {
                write!(out, "{factor} {noun} x ")?;
            }
        }
        match self.overflow {
            0 => write!(out, "{}", self.pool),
            overflow if single => write!(out, "{} + {overflow}", self.pool),
            overflow => write!(out, "({} + {overflow})", self.pool),
        }
    }
}
