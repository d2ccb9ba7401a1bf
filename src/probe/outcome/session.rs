//! Pool mode, prepared statements, session state.

use crate::endpoint::Mode;

/// The pool mode, measured by backend identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolMode {
    /// The mode.
    pub mode: Mode,
    /// What proves it.
    pub evidence: String,
}

/// Whether named statements outlive a change of backend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Named {
    /// They do.
    Survive,
    /// They do not.
    Break,
    /// Not known.
    Unknown,
}

impl Named {
    /// The name in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Survive => "survive",
            Self::Break => "break",
            Self::Unknown => "unknown",
        }
    }
}

/// Who keeps track of named statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tracking {
    /// Nobody: the name reaches the server as it is.
    None,
    /// `PgBouncer` renames and replays them.
    PgBouncer,
    /// Supavisor renames and replays them.
    Supavisor,
    /// The backend never changes.
    NotNeeded,
    /// Not known.
    Unknown,
}

impl Tracking {
    /// The name in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::PgBouncer => "pgbouncer",
            Self::Supavisor => "supavisor",
            Self::NotNeeded => "not-needed",
            Self::Unknown => "unknown",
        }
    }
}

/// Named prepared statements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreparedStatements {
    /// What becomes of them.
    pub named: Named,
    /// Who tracks them.
    pub tracking: Tracking,
    /// What proves it.
    pub evidence: String,
}

/// Whether an application may rely on a piece of session state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Safety {
    /// It may.
    Safe,
    /// It may not.
    Unsafe,
    /// Not known.
    Unknown,
}

impl Safety {
    /// The name in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::Unsafe => "unsafe",
            Self::Unknown => "unknown",
        }
    }
}

/// How a verdict on session state was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Basis {
    /// By trying it.
    Measured,
    /// From the measured mode.
    Derived,
}

impl Basis {
    /// The name in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Measured => "measured",
            Self::Derived => "derived",
        }
    }
}

/// One piece of session state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateVerdict {
    /// The verdict.
    pub verdict: Safety,
    /// How it was reached.
    pub basis: Basis,
    /// What it rests on.
    pub evidence: String,
}

/// The session-state matrix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionState {
    /// `SET LOCAL` inside a transaction.
    pub set_local: StateVerdict,
    /// `SET` for the session.
    pub session_set: StateVerdict,
    /// Settings in the startup message (`options`, or as parameters).
    pub startup_options: StateVerdict,
    /// `search_path` in the startup message.
    pub search_path: StateVerdict,
    /// `LISTEN` and `NOTIFY`.
    pub listen_notify: StateVerdict,
    /// Session advisory locks.
    pub advisory_lock: StateVerdict,
    /// Temporary tables across transactions.
    pub temp_table: StateVerdict,
    /// `WITH HOLD` cursors.
    pub with_hold_cursor: StateVerdict,
    /// SQL-level `PREPARE`.
    pub sql_prepare: StateVerdict,
}
