//! One look at the database: limits, and who is there.

use serde::{Deserialize, Serialize};

/// The most backends that PostgreSQL can have, whatever its settings (`MAX_BACKENDS`, PostgreSQL 15, `postmaster.h`).
const MAX_BACKENDS: u32 = 0x3_ffff;
/// Most sessions of one sample. Supabase's largest `max_connections` is 500; self-hosted ones may have more.
pub const MAX_SESSIONS: usize = 2000;

/// One look.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// When, by this machine's clock, in milliseconds since 1970.
    pub at_ms: i64,
    /// From the query to its answer.
    pub round_trip_ms: f64,
    /// What the server says.
    pub seen: Seen,
    /// `SHOW POOLS` of the admin console, where one answers.
    #[serde(default)]
    pub pools: Option<Vec<PoolRow>>,
}

/// What the server says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    /// The server's clock, in seconds since 1970.
    pub now_s: f64,
    /// Who answers.
    pub server: Server,
    /// How many there may be.
    pub limits: Limits,
    /// Who asks.
    pub observer: Observer,
    /// Client backends, all of them, also those that `sessions` has no room for.
    pub in_use: u32,
    /// The sessions, oldest transactions first.
    pub sessions: Vec<Session>,
    /// How long the server worked on the query, in milliseconds.
    #[serde(default)]
    pub server_ms: Option<f64>,
}

/// Who answers. A change of any of these is an event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Server {
    /// `server_version`.
    pub version: String,
    /// `pg_is_in_recovery()`.
    pub in_recovery: bool,
    /// `transaction_read_only`.
    pub read_only: bool,
    /// `pg_postmaster_start_time()`, in seconds since 1970; not in a probe's report.
    pub started_s: Option<f64>,
    /// The system identifier, where the role may see it.
    #[serde(default)]
    pub system_id: Option<String>,
    /// The time line of the last checkpoint, where the role may see it.
    #[serde(default)]
    pub timeline: Option<i64>,
}

/// How many there may be.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// `max_connections`
    pub max_connections: u32,
    /// `superuser_reserved_connections` and `reserved_connections`
    pub reserved: u32,
    /// Roles that have a limit of their own.
    #[serde(default)]
    pub roles: Vec<RoleLimit>,
}

/// A role's own limit (`CONNECTION LIMIT`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleLimit {
    /// The role.
    pub role: String,
    /// Its limit.
    pub limit: u32,
}

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observer {
    /// `current_user`
    pub role: String,
    /// `current_database()`
    pub database: String,
    /// Its backend.
    pub pid: i32,
    /// Whether it may see other roles' sessions (`pg_read_all_stats`).
    pub sees_all: bool,
}

/// One session. What the observer may not see is `None`; times are the server's, in seconds since 1970.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "Row", into = "Row")]
pub struct Session {
    /// The backend; 0 where it is not known (a probe's report).
    pub pid: i32,
    /// The role.
    pub role: String,
    /// `application_name`
    pub application: String,
    /// The client's address, as the server sees it: behind a pooler the pooler's.
    pub address: Option<String>,
    /// The database.
    pub database: String,
    /// `active`, `idle`, `idle in transaction`, ...
    pub state: Option<String>,
    /// When it connected.
    pub started_s: Option<f64>,
    /// When its state changed last.
    pub changed_s: Option<f64>,
    /// When its open transaction began.
    pub transaction_s: Option<f64>,
    /// It waits for a lock.
    pub blocked: bool,
    /// It is supascope's.
    pub own: bool,
    /// It has the observer's role, database and client address: behind a pooler, it is one of the pool's.
    pub pooled: bool,
}

/// A session in a recording and in the query's answer: the columns of [`COLUMNS`] in their order.
type Row = (
    i32,
    String,
    String,
    Option<String>,
    String,
    Option<String>,
    Option<f64>,
    Option<f64>,
    Option<f64>,
    bool,
    bool,
    bool,
);

/// The names of a row's columns.
pub const COLUMNS: [&str; 12] = [
    "pid",
    "role",
    "application",
    "address",
    "database",
    "state",
    "started_s",
    "changed_s",
    "transaction_s",
    "blocked",
    "own",
    "pooled",
];

impl From<Row> for Session {
    fn from(row: Row) -> Self {
        let (
            pid,
            role,
            application,
            address,
            database,
            state,
            started_s,
            changed_s,
            transaction_s,
            blocked,
            own,
            pooled,
        ) = row;
        Self {
            pid,
            role,
            application,
            address,
            database,
            state,
            started_s,
            changed_s,
            transaction_s,
            blocked,
            own,
            pooled,
        }
    }
}

impl From<Session> for Row {
    fn from(it: Session) -> Self {
        (
            it.pid,
            it.role,
            it.application,
            it.address,
            it.database,
            it.state,
            it.started_s,
            it.changed_s,
            it.transaction_s,
            it.blocked,
            it.own,
            it.pooled,
        )
    }
}

impl Session {
    /// Whether it holds a transaction open and does nothing.
    pub fn is_idle_in_transaction(&self) -> bool {
        self.state.as_deref().is_some_and(|state| state.starts_with("idle in transaction"))
    }

    /// Whether it does nothing, in a transaction or outside.
    pub fn is_idle(&self) -> bool {
        self.state.as_deref().is_some_and(|state| state.starts_with("idle"))
    }

    /// How long it has been in its state.
    pub fn age_s(&self, now_s: f64) -> Option<f64> {
        self.changed_s.map(|then| (now_s - then).max(0.0))
    }

    /// How long its transaction has been open.
    pub fn transaction_age_s(&self, now_s: f64) -> Option<f64> {
        self.transaction_s.map(|then| (now_s - then).max(0.0))
    }
}

/// A row of PgBouncer's `SHOW POOLS`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PoolRow {
    /// `database`
    pub database: String,
    /// `user`
    pub user: String,
    /// `cl_active`
    pub clients_active: u32,
    /// `cl_waiting`
    pub clients_waiting: u32,
    /// Server connections in any state.
    pub servers: u32,
    /// `maxwait` and `maxwait_us`: how long the first in the queue has waited, in seconds.
    pub longest_wait_s: f64,
    /// `pool_mode`
    pub mode: String,
}

impl Seen {
    /// Understands the query's answer; an error in words when it is not what was asked for.
    pub fn parse(json: &str) -> Result<Self, &'static str> {
        let seen: Self = serde_json::from_str(json).map_err(|_| "the server's answer is not what was asked for")?;
        seen.plausible()?;
        Ok(seen)
    }

    /// Whether the numbers can be true. A recording is a file that anybody may have written.
    pub fn plausible(&self) -> Result<(), &'static str> {
        let limits = &self.limits;
        let counts = [limits.max_connections, limits.reserved, self.in_use];
        if counts.iter().any(|count| *count > MAX_BACKENDS) || self.sessions.len() > MAX_SESSIONS {
            return Err("it counts more connections than PostgreSQL can have");
        }
        let times = self.sessions.iter().flat_map(|it| [it.started_s, it.changed_s, it.transaction_s]);
        let times = times.flatten().chain([self.now_s]).chain(self.server.started_s);
        if times.into_iter().any(|time| !time.is_finite() || time.abs() > 1e11) {
            return Err("it holds a time that cannot be");
        }
        Ok(())
    }

    /// Slots that ordinary roles can have.
    pub const fn usable(&self) -> u32 {
        crate::capacity::usable(self.limits.max_connections, self.limits.reserved)
    }
}
