//! One service of a fleet: where it connects, and how often.

use super::{Demand, Traffic};

/// The doors of a hosted project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PlanEndpoint {
    /// The shared pooler on 5432: a client holds a server connection until it leaves.
    Session,
    /// The shared pooler on 6543.
    Transaction,
    /// `PgBouncer` beside the database, in transaction mode.
    Dedicated,
    /// The database itself.
    Direct,
}

impl PlanEndpoint {
    /// In the order in which they are shown.
    pub const ALL: [Self; 4] = [Self::Session, Self::Transaction, Self::Dedicated, Self::Direct];

    /// The name on the command line and in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Transaction => "transaction",
            Self::Dedicated => "dedicated",
            Self::Direct => "direct",
        }
    }

    /// What it is, in words.
    pub const fn noun(self) -> &'static str {
        match self {
            Self::Session => "session pooler",
            Self::Transaction => "transaction pooler",
            Self::Dedicated => "dedicated pooler",
            Self::Direct => "direct connections",
        }
    }

    /// Whether the shared pooler (Supavisor) answers there.
    pub const fn is_shared(self) -> bool {
        matches!(self, Self::Session | Self::Transaction)
    }

    /// Whether a server connection goes back to the pool after each transaction.
    pub const fn is_transaction(self) -> bool {
        matches!(self, Self::Transaction | Self::Dedicated)
    }
}

/// The `search_path` that the engines of a service send when they connect. The shared pooler keeps a pool of its own for
/// each value (measured on Supavisor 2.8.8, 2.9.7 and 2.9.10, November 2026).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SearchPath {
    /// None, or the same for all.
    Same(Option<String>),
    /// One for each engine, by name: another service may use the same.
    Listed(Vec<String>),
    /// One for each engine, that nobody else uses.
    Distinct,
}

/// One service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// Where it connects.
    pub endpoint: PlanEndpoint,
    /// How many connections it can ask for.
    pub demand: Demand,
    /// What it does with them, if known.
    pub traffic: Option<Traffic>,
    /// The role without the project ref.
    pub user: String,
    /// The database.
    pub database: String,
    /// What its engines send as `search_path`.
    pub search_path: SearchPath,
}

impl Service {
    /// How many pools of the pooler its engines are spread over; 1 where there is none.
    pub fn pools(&self) -> u32 {
        match &self.search_path {
            _ if !self.endpoint.is_shared() => 1,
            SearchPath::Same(_) => 1,
            SearchPath::Listed(paths) => u32::try_from(paths.len()).unwrap_or(u32::MAX).max(1),
            SearchPath::Distinct => self.demand.engines.max(1),
        }
    }

    /// Client pools of the service (engines in all processes) that lead to one pool of the pooler.
    pub fn engines_per_pool(&self) -> u32 {
        self.demand.processes().saturating_mul((self.demand.engines / self.pools()).max(1))
    }

    /// Clients in each of those pools when every engine may open `per_engine` connections.
    pub fn clients_per_pool(&self, per_engine: u32) -> u32 {
        self.engines_per_pool().saturating_mul(per_engine)
    }

    /// What one engine may open: pool and overflow.
    pub const fn per_engine(&self) -> u32 {
        self.demand.pool.saturating_add(self.demand.overflow)
    }
}
