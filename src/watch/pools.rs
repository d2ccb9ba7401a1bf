//! The poolers: their server connections against the pool's size, and the clients that wait.

use std::collections::BTreeMap;

use super::{Admin, PoolRow, Sample, Setup};
use crate::capacity;
use crate::knowledge;

/// One pool's use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolGauge {
    /// The role, whose pool it is.
    pub role: String,
    /// The database.
    pub database: String,
    /// Server connections of the pooler.
    pub backends: u32,
    /// How many of them are not idle.
    pub busy: u32,
    /// The pool's size, where it is known.
    pub size: Option<u32>,
    /// Nobody else gets one: in session mode when all are held, else when all are busy.
    pub full: bool,
}

impl PoolGauge {
    /// In percent.
    pub fn used_percent(&self) -> Option<u32> {
        self.size.and_then(|size| capacity::used_percent(self.backends, size))
    }
}

/// Most pools that are shown.
const MAX_POOLS: usize = 50;

/// The pools, the fullest first. Behind a pooler the observer's own pool is known by role, database and client address (what
/// else connects from the pooler's host is counted with it: an upper bound). Pools whose sessions carry a pooler's name are
/// known from anywhere.
pub(super) fn gauges(setup: &Setup, sample: &Sample) -> Vec<PoolGauge> {
    let mut counts: BTreeMap<(&str, &str), (u32, u32)> = BTreeMap::new();
    for session in &sample.seen.sessions {
        let service = knowledge::services().classify(&session.role, &session.application);
        let named = service.is_some_and(|service| service.pooler.is_some());
        let ours = setup.is_pooled() && session.pooled && !session.application.ends_with("(auth_query)");
        if named || ours {
            let (backends, busy) = counts.entry((&session.role, &session.database)).or_default();
            *backends += 1;
            // Our own query keeps one for a moment only.
            *busy += u32::from(!session.own && session.state.as_deref().is_some_and(|state| state != "idle"));
        }
    }
    let gauge = |((role, database), (backends, busy)): ((&str, &str), (u32, u32))| {
        let taken = if setup.is_session() { backends } else { busy };
        PoolGauge {
            role: role.to_owned(),
            database: database.to_owned(),
            backends,
            busy,
            size: setup.pool_size,
            full: setup.pool_size.is_some_and(|size| taken >= size),
        }
    };
    let mut gauges: Vec<PoolGauge> = counts.into_iter().map(gauge).collect();
    gauges.sort_by_key(|gauge| std::cmp::Reverse(gauge.backends));
    gauges.truncate(MAX_POOLS);
    gauges
}

/// Clients that wait for a server connection.
#[derive(Debug, Clone, PartialEq)]
pub enum Waiting {
    /// There is no pooler to wait at.
    NoPooler,
    /// Supavisor does not tell.
    NotInSupavisor,
    /// `--admin` was not given.
    NotAsked,
    /// The console has not answered.
    NoAnswer,
    /// What it says.
    Known {
        /// All that wait.
        clients: u32,
        /// The longest, in seconds.
        longest_s: f64,
        /// The pools that somebody waits at, most first.
        pools: Vec<PoolRow>,
    },
}

impl Waiting {
    pub(super) fn of(setup: &Setup, sample: Option<&Sample>) -> Self {
        match setup.admin {
            Admin::NoPooler => Self::NoPooler,
            Admin::NotInSupavisor => Self::NotInSupavisor,
            Admin::NotAsked => Self::NotAsked,
            Admin::Asked => {
                let Some(rows) = sample.and_then(|sample| sample.pools.as_ref()) else { return Self::NoAnswer };
                let mut pools: Vec<PoolRow> = rows.iter().filter(|row| row.clients_waiting > 0).cloned().collect();
                pools.sort_by_key(|row| std::cmp::Reverse(row.clients_waiting));
                Self::Known {
                    clients: rows.iter().fold(0_u32, |sum, row| sum.saturating_add(row.clients_waiting)),
                    longest_s: rows.iter().map(|row| row.longest_wait_s).fold(0.0, f64::max),
                    pools,
                }
            }
        }
    }

    /// How many wait, where it is known.
    pub const fn clients(&self) -> Option<u32> {
        match self {
            Self::Known { clients, .. } => Some(*clients),
            _ => None,
        }
    }

    /// In words.
    pub fn words(&self) -> String {
        match self {
            Self::NoPooler => "no pooler".to_owned(),
            Self::NotInSupavisor => "not visible (Supavisor has no admin console)".to_owned(),
            Self::NotAsked => "not asked (--admin asks PgBouncer's console)".to_owned(),
            Self::NoAnswer => "the admin console does not answer".to_owned(),
            Self::Known { clients: 0, .. } => "none".to_owned(),
            Self::Known { clients, longest_s, pools } => {
                let at = pools.first().map(|pool| format!(" at {}/{}", pool.user, pool.database)).unwrap_or_default();
                format!("{clients}{at}, the longest for {}", super::view::duration(*longest_s))
            }
        }
    }
}
