//! Connections and limits.

use crate::capacity::Fullness;

/// How many connections one service holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceUse {
    /// The service, from `services.toml`, or `other`.
    pub service: String,
    /// The role.
    pub role: String,
    /// Connections.
    pub connections: u32,
}

/// Where the pool's size is known from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PoolSizeFrom {
    /// `--pool-size`.
    Flag,
    /// The tier's default.
    TierDefault,
    /// The number in an error text of the pooler.
    ErrorText,
    /// Nowhere.
    Unknown,
}

impl PoolSizeFrom {
    /// The name in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Flag => "flag",
            Self::TierDefault => "tier-default",
            Self::ErrorText => "error-text",
            Self::Unknown => "unknown",
        }
    }
}

/// The pooler's server connections against its pool size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolUse {
    /// The pool size; `None` when not known.
    pub size: Option<u32>,
    /// Where it is known from.
    pub size_from: PoolSizeFrom,
    /// Server connections that the pooler holds for this role and database; `None` when they cannot be told apart.
    pub backends: Option<u32>,
    /// `backends` in percent of `size`.
    pub used_percent: Option<u32>,
    /// 40 % of `max_connections`: the ceiling for the pool with a busy Data API (Supabase's rule of thumb).
    pub data_api_budget: Option<u32>,
    /// 80 % of `max_connections`: the ceiling without it.
    pub max_budget: Option<u32>,
}

/// A session that has a transaction open. Its query is not looked at: it may hold what is nobody's business.
#[derive(Debug, Clone, PartialEq, serde::Deserialize)]
pub struct Holder {
    /// The backend's process id.
    pub pid: i32,
    /// The role.
    pub role: String,
    /// The application's name.
    pub application: String,
    /// The client's address, as the server sees it; behind a pooler the pooler's.
    pub address: Option<String>,
    /// The state, for example `idle in transaction`.
    pub state: String,
    /// How long the transaction has been open, in seconds.
    pub transaction_s: f64,
    /// How long it has been idle in it, in seconds.
    pub idle_s: Option<f64>,
    /// It waits for a lock.
    pub blocked: bool,
}

/// A session that another one waits for.
#[derive(Debug, Clone, PartialEq, serde::Deserialize)]
pub struct Blocker {
    /// The backend's process id.
    pub pid: i32,
    /// The role.
    pub role: String,
    /// The application's name.
    pub application: String,
    /// The state; a blocker that is `idle in transaction` waits for its client.
    pub state: String,
    /// How long its transaction has been open, in seconds.
    pub transaction_s: Option<f64>,
}

/// A session that waits for a lock.
#[derive(Debug, Clone, PartialEq, serde::Deserialize)]
pub struct Waiting {
    /// The backend's process id.
    pub pid: i32,
    /// The role.
    pub role: String,
    /// The application's name.
    pub application: String,
    /// How long its query has been running, most of it waiting, in seconds.
    pub waits_s: Option<f64>,
    /// Whom it waits for, at most five.
    pub blocked_by: Vec<Blocker>,
}

/// A role near its own connection limit.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct CrowdedRole {
    /// The role.
    pub role: String,
    /// Its limit (`rolconnlimit`).
    pub limit: u32,
    /// The connections that it holds.
    pub connections: u32,
}

/// What else may trouble a database.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Trouble {
    /// Sessions with an open transaction, the oldest first, at most ten.
    pub holders: Vec<Holder>,
    /// Sessions that wait for a lock.
    pub blocked: u32,
    /// Those that have waited longest, at most five, with whom they wait for.
    pub waiting: Vec<Waiting>,
    /// Connections by application name, most first, at most twenty.
    pub by_application: Vec<(String, u32)>,
    /// The role's own connection limit, and how many connections it holds.
    pub role_limit: Option<(u32, u32)>,
    /// The roles that hold 70 % of their own limit or more, at most twenty.
    pub crowded_roles: Vec<CrowdedRole>,
    /// The role's timeouts, in milliseconds, by name; 0 is off.
    pub timeouts_ms: Vec<(String, u64)>,
}

/// How far from the limit.
#[derive(Debug, Clone, PartialEq)]
pub struct Headroom {
    /// `max_connections`.
    pub max_connections: u32,
    /// Slots kept for superusers and reserved roles.
    pub reserved: u32,
    /// Client backends, ours included.
    pub in_use: u32,
    /// Ours among them.
    pub own: u32,
    /// Slots an ordinary role can still take.
    pub free: u32,
    /// `in_use` less ours, in percent of the slots an ordinary role can take.
    pub used_percent: u32,
    /// By service and role, most first.
    pub by_service: Vec<ServiceUse>,
    /// By state, most first.
    pub by_state: Vec<(String, u32)>,
    /// Oldest open transaction that is idle, in seconds.
    pub oldest_idle_in_transaction_s: Option<f64>,
    /// Oldest transaction of any kind, in seconds.
    pub oldest_transaction_s: Option<f64>,
    /// Whether the role sees other roles' sessions (`pg_read_all_stats`).
    pub sees_all: bool,
    /// The tier given with `--tier`.
    pub tier: Option<String>,
    /// The tiers that `max_connections` is consistent with.
    pub consistent_with: Vec<String>,
    /// Who holds transactions open, and what else may trouble the database.
    pub trouble: Trouble,
    /// The pool.
    pub pool: PoolUse,
    /// The verdict.
    pub verdict: Fullness,
}
