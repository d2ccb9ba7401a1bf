//! The application whose pools are rehearsed: its numbers, and where each is known from.

use std::time::Duration;

use crate::capacity::Demand;
use crate::knowledge::Stack;
use crate::target::Neighbours;

/// Most of anything that is counted: more is a typing error.
pub const MAX_COUNT: u32 = 100_000;
/// The longest query that is rehearsed, in milliseconds.
pub const MAX_QUERY_MS: u32 = 10_000;
/// How long a query takes when nobody says, in milliseconds.
pub const DEFAULT_QUERY_MS: u32 = 20;

/// Where a number is known from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// An option of the command line.
    Flag,
    /// A variable beside the setting.
    Neighbour,
    /// `connection_limit` in the setting.
    Setting,
    /// The default of a stack, by its name.
    Stack(String),
    /// Nobody said.
    Assumed,
}

impl Origin {
    /// In words.
    pub fn words(&self) -> String {
        match self {
            Self::Flag => "as given".to_owned(),
            Self::Neighbour => "beside the setting".to_owned(),
            Self::Setting => "connection_limit in the setting".to_owned(),
            Self::Stack(name) => format!("the default of {name}"),
            Self::Assumed => "assumed".to_owned(),
        }
    }

    /// The name in reports.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Flag => "flag",
            Self::Neighbour => "environment",
            Self::Setting => "setting",
            Self::Stack(_) => "stack-default",
            Self::Assumed => "assumed",
        }
    }
}

/// A number and its origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// The number.
    pub value: u32,
    /// Its origin.
    pub origin: Origin,
}

impl Known {
    const fn new(value: u32, origin: Origin) -> Self {
        Self { value, origin }
    }
}

/// What the application asks of its pools.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Offered {
    /// So many requests at a time, each after the other.
    Clients(u32),
    /// So many requests a second, whether those before are done or not.
    PerSecond(f64),
}

/// What the command line says.
#[derive(Debug, Clone, Copy, Default)]
pub struct Given {
    /// `--pool-size`
    pub pool_size: Option<u32>,
    /// `--overflow`
    pub overflow: Option<u32>,
    /// `--replicas`
    pub replicas: Option<u32>,
    /// `--workers`
    pub workers: Option<u32>,
    /// `--query-ms`
    pub query_ms: Option<u32>,
    /// `--clients` or `--qps`
    pub offered: Option<Offered>,
}

/// An application.
#[derive(Debug, Clone, PartialEq)]
pub struct Application {
    /// Connections that each process keeps.
    pub pool_size: Known,
    /// Connections that it may open beyond that.
    pub overflow: Known,
    /// Machines or containers.
    pub replicas: Known,
    /// Processes on each.
    pub workers: Known,
    /// How long each transaction's query takes.
    pub query: Duration,
    /// What is asked of the pools; without it, every connection is to be busy.
    pub offered: Option<Offered>,
}

/// Nobody says how large the pool is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the size of the application's pool is not known: give --pool-size N, or --stack ID for the default of a stack \
     (a *_POOL_SIZE beside the setting is read too)"
)]
pub struct PoolUnknown;

impl Application {
    /// Each number from the best source: an option, a variable beside the setting, the setting, the stack's default.
    pub fn resolve(
        given: &Given,
        beside: &Neighbours,
        connection_limit: Option<u32>,
        stack: Option<&Stack>,
    ) -> Result<Self, PoolUnknown> {
        let pool = stack.and_then(|stack| stack.pool.as_ref().filter(|pool| pool.by_default && !pool.unbounded));
        let of_stack = || stack.map_or(Origin::Assumed, |stack| Origin::Stack(stack.name.clone()));
        let candidates = [
            given.pool_size.map(|size| Known::new(size, Origin::Flag)),
            beside.pool_size.map(|size| Known::new(size, Origin::Neighbour)),
            connection_limit.map(|size| Known::new(size, Origin::Setting)),
            pool.and_then(|pool| pool.default_size).map(|size| Known::new(size, of_stack())),
        ];
        let pool_size = candidates.into_iter().flatten().find(|known| known.value > 0).ok_or(PoolUnknown)?;
        let overflow = match (given.overflow, beside.max_overflow) {
            (Some(overflow), _) => Known::new(overflow, Origin::Flag),
            (None, Some(overflow)) => Known::new(overflow, Origin::Neighbour),
            // A pool has the overflow of its stack whatever its size is, but `connection_limit` is the whole of it.
            (None, None) => match pool.filter(|_| pool_size.origin != Origin::Setting) {
                Some(pool) => Known::new(pool.default_overflow, of_stack()),
                None => Known::new(0, Origin::Assumed),
            },
        };
        let workers = beside.workers.filter(|workers| *workers > 0);
        let of = |given: Option<u32>, beside: Option<u32>| match (given, beside) {
            (Some(number), _) => Known::new(number, Origin::Flag),
            (None, Some(number)) => Known::new(number, Origin::Neighbour),
            (None, None) => Known::new(1, Origin::Assumed),
        };
        Ok(Self {
            pool_size,
            overflow,
            replicas: of(given.replicas, None),
            workers: of(given.workers, workers),
            query: Duration::from_millis(given.query_ms.unwrap_or(DEFAULT_QUERY_MS).into()),
            offered: given.offered,
        })
    }

    /// What it can ask for.
    pub const fn demand(&self) -> Demand {
        Demand {
            instances: self.replicas.value,
            workers: self.workers.value,
            engines: 1,
            pool: self.pool_size.value,
            overflow: self.overflow.value,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge;

    #[test]
    fn a_flag_beats_a_neighbour_beats_the_setting_beats_the_default() {
        let stack = knowledge::stack("sqlalchemy-asyncpg");
        let beside = Neighbours { pool_size: Some(7), workers: Some(4), ..Neighbours::default() };
        let resolve = |given: &Given, beside: &Neighbours, limit| Application::resolve(given, beside, limit, stack);
        let given = Given { pool_size: Some(3), replicas: Some(2), ..Given::default() };
        let all = resolve(&given, &beside, Some(9)).unwrap();
        assert_eq!((all.pool_size.value, &all.pool_size.origin), (3, &Origin::Flag));
        assert_eq!((all.overflow.value, all.workers.value), (10, 4), "the stack's overflow, the neighbour's workers");
        assert_eq!(all.demand().total(), 2 * 4 * 13);
        let found = resolve(&Given::default(), &beside, Some(9)).unwrap();
        assert_eq!((found.pool_size.value, found.pool_size.origin), (7, Origin::Neighbour));
        let setting = resolve(&Given::default(), &Neighbours::default(), Some(9)).unwrap();
        assert_eq!((setting.pool_size.value, setting.overflow.value), (9, 0));
        let default = resolve(&Given::default(), &Neighbours::default(), None).unwrap();
        assert_eq!((default.pool_size.value, default.overflow.value), (5, 10));
    }

    #[test]
    fn without_any_number_it_says_how_to_give_one() {
        let error = Application::resolve(&Given::default(), &Neighbours::default(), None, None).unwrap_err();
        assert!(error.to_string().contains("--pool-size"), "{error}");
        let zero = Neighbours { pool_size: Some(0), ..Neighbours::default() };
        assert!(Application::resolve(&Given::default(), &zero, None, None).is_err(), "a pool of none is no pool");
    }
}
