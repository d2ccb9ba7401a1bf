//! What is shown: everything that follows from the observations so far, ready to be drawn or written.

use std::collections::BTreeMap;

use super::holder::{HolderKey, Holding};
use super::{Event, Link, Observer, PoolGauge, Server, Session, Suspect, Trend, Verdict, Waiting};
use crate::capacity::{self, Fullness};

/// How the slots stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slots {
    /// `max_connections`
    pub max_connections: u32,
    /// Kept for superusers and reserved roles.
    pub reserved: u32,
    /// What ordinary roles can have.
    pub usable: u32,
    /// Taken by others than supascope.
    pub used: u32,
    /// Taken by supascope.
    pub own: u32,
    /// Left.
    pub free: u32,
    /// `used` in percent of `usable`.
    pub used_percent: Option<u32>,
}

impl Slots {
    /// How full.
    pub const fn fullness(&self) -> Fullness {
        capacity::fullness(self.used_percent)
    }
}

/// A holder that has more or fewer connections than at the start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Who.
    pub key: HolderKey,
    /// At the start.
    pub before: u32,
    /// Now.
    pub now: u32,
}

/// One session, ready to be shown.
#[derive(Debug, Clone, PartialEq)]
pub struct SessionLine {
    /// The session.
    pub session: Session,
    /// The service behind it.
    pub service: Option<&'static str>,
}

/// A role's own limit, and how many of it are taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleUse {
    /// The role.
    pub role: String,
    /// Taken.
    pub used: u32,
    /// Its limit.
    pub limit: u32,
}

/// What watching costs.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Cost {
    /// Looks so far.
    pub looks: u64,
    /// The last query, from sending to its answer, in milliseconds.
    pub round_trip_ms: f64,
    /// How long the server worked on it, in milliseconds.
    pub server_ms: Option<f64>,
}

/// What is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    /// The address and the database, without a secret.
    pub label: String,
    /// How bad it is, and who it is.
    pub verdict: Verdict,
    /// Whether a connection stands.
    pub link: Link,
    /// When the last look was, in milliseconds since 1970; the time of everything below.
    pub seen_ms: Option<i64>,
    /// When the last observation was, a look or a failure.
    pub at_ms: i64,
    /// The server's clock at the last look, in seconds since 1970.
    pub now_s: f64,
    /// When watching began.
    pub since_ms: i64,
    /// Who answers.
    pub server: Option<Server>,
    /// Who asks.
    pub observer: Option<Observer>,
    /// How the slots stand.
    pub slots: Option<Slots>,
    /// Used slots over time.
    pub history: Vec<(i64, u32)>,
    /// Where it is going.
    pub trend: Trend,
    /// Sessions by state, most first; supascope's are not counted.
    pub states: Vec<(String, u32)>,
    /// The longest idle in a transaction, in seconds.
    pub longest_idle_s: Option<f64>,
    /// The oldest transaction, in seconds.
    pub oldest_transaction_s: Option<f64>,
    /// Sessions that wait for a lock.
    pub blocked: u32,
    /// Who holds them: trouble first.
    pub holdings: Vec<Holding>,
    /// Each by itself: trouble first.
    pub sessions: Vec<SessionLine>,
    /// Sessions that the list has no room for.
    pub more_sessions: u32,
    /// The poolers.
    pub pools: Vec<PoolGauge>,
    /// Where the pools' size is known from.
    pub pool_size_from: Option<String>,
    /// Clients that wait.
    pub waiting: Waiting,
    /// Roles with a limit of their own, the fullest first.
    pub roles: Vec<RoleUse>,
    /// Suspected leaks.
    pub suspects: Vec<Suspect>,
    /// What changed since the start, the largest change first.
    pub changes: Vec<Change>,
    /// The events, oldest first.
    pub events: Vec<Event>,
    /// What to know about the picture.
    pub notes: Vec<String>,
    /// Alerts that are raised, in words.
    pub alerts: Vec<String>,
    /// What watching costs.
    pub cost: Cost,
}

impl Picture {
    /// The holder with most connections, and how many.
    pub fn biggest(&self) -> Option<(HolderKey, u32)> {
        let mut counts: BTreeMap<&HolderKey, u32> = BTreeMap::new();
        for holding in self.holdings.iter().filter(|holding| !holding.own) {
            *counts.entry(&holding.key).or_default() += holding.count;
        }
        counts.into_iter().max_by_key(|(_, count)| *count).map(|(key, count)| (key.clone(), count))
    }

    /// How long there has been no look, in seconds.
    pub fn unreachable_s(&self) -> f64 {
        match &self.link {
            Link::Down { since_ms, .. } => seconds(*since_ms, self.at_ms),
            _ => 0.0,
        }
    }

    /// How old the picture is, in seconds.
    pub fn age_s(&self, now_ms: i64) -> Option<f64> {
        self.seen_ms.map(|seen| seconds(seen, now_ms))
    }
}

/// From one time to another, never negative.
#[expect(clippy::cast_precision_loss, reason = "a difference of times in milliseconds is far below 2^52")]
pub(crate) fn seconds(from_ms: i64, to_ms: i64) -> f64 {
    to_ms.saturating_sub(from_ms).max(0) as f64 / 1000.0
}
