//! Who holds the slots: sessions of one role, application and client address together.

use std::collections::BTreeMap;

use super::{IDLE_IN_TRANSACTION_S, Session};
use crate::knowledge;

/// What makes sessions one holder's.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HolderKey {
    /// The role.
    pub role: String,
    /// The application.
    pub application: String,
    /// The client's address; empty where it is not visible, or local.
    pub address: String,
}

impl HolderKey {
    /// Of a session.
    pub fn of(session: &Session) -> Self {
        Self {
            role: session.role.clone(),
            application: session.application.clone(),
            address: session.address.clone().unwrap_or_default(),
        }
    }

    /// `role app_user, application "worker", from 10.0.0.3`. Untrusted text.
    pub fn words(&self) -> String {
        let mut words = format!("role {}", self.role);
        if !self.application.is_empty() {
            words.push_str(", application ");
            words.push_str(&self.application);
        }
        if !self.address.is_empty() {
            words.push_str(", from ");
            words.push_str(&self.address);
        }
        words
    }
}

/// One line of the table: the sessions of a holder in one state.
#[derive(Debug, Clone, PartialEq)]
pub struct Holding {
    /// Whose.
    pub key: HolderKey,
    /// The service behind it, by `services.toml`.
    pub service: Option<&'static str>,
    /// Their state; `None` where it is not visible.
    pub state: Option<String>,
    /// How many.
    pub count: u32,
    /// The longest that one has been in this state, in seconds.
    pub age_s: Option<f64>,
    /// The oldest open transaction, in seconds.
    pub transaction_s: Option<f64>,
    /// How many wait for a lock.
    pub blocked: u32,
    /// They are supascope's.
    pub own: bool,
}

/// What the table is sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum SortBy {
    /// Idle in transaction first, then the oldest transaction, then the number.
    #[default]
    Trouble,
    /// Most first.
    Count,
    /// Service.
    Service,
    /// Role.
    Role,
    /// Application.
    Application,
    /// Client address.
    Address,
    /// State.
    State,
    /// Longest in the state first.
    Age,
}

impl SortBy {
    /// All, in the order of the key.
    pub const ALL: [Self; 8] = [
        Self::Trouble,
        Self::Count,
        Self::Service,
        Self::Role,
        Self::Application,
        Self::Address,
        Self::State,
        Self::Age,
    ];

    /// The name on the screen.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Trouble => "trouble",
            Self::Count => "count",
            Self::Service => "service",
            Self::Role => "role",
            Self::Application => "application",
            Self::Address => "client",
            Self::State => "state",
            Self::Age => "age",
        }
    }

    /// The next one.
    #[must_use]
    pub fn next(self) -> Self {
        let at = Self::ALL.iter().position(|by| *by == self).unwrap_or(0);
        Self::ALL[(at + 1) % Self::ALL.len()]
    }
}

/// Groups sessions.
pub fn group(sessions: &[Session], now_s: f64) -> Vec<Holding> {
    let mut groups: BTreeMap<(HolderKey, Option<String>), Holding> = BTreeMap::new();
    for session in sessions {
        let key = HolderKey::of(session);
        let holding = groups.entry((key.clone(), session.state.clone())).or_insert_with(|| Holding {
            service: service(session),
            key,
            state: session.state.clone(),
            count: 0,
            age_s: None,
            transaction_s: None,
            blocked: 0,
            own: session.own,
        });
        holding.count += 1;
        holding.blocked += u32::from(session.blocked);
        holding.age_s = longest(holding.age_s, session.age_s(now_s));
        holding.transaction_s = longest(holding.transaction_s, session.transaction_age_s(now_s));
    }
    let mut holdings: Vec<Holding> = groups.into_values().collect();
    sort(&mut holdings, SortBy::Trouble, false);
    holdings
}

/// The service behind a session.
pub fn service(session: &Session) -> Option<&'static str> {
    knowledge::services().classify(&session.role, &session.application).map(|service| service.name.as_str())
}

fn longest(one: Option<f64>, other: Option<f64>) -> Option<f64> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.max(other)),
        (one, other) => one.or(other),
    }
}

/// Sorts; `reverse` turns the order round.
pub fn sort(holdings: &mut [Holding], by: SortBy, reverse: bool) {
    use std::cmp::Reverse;
    // Whole milliseconds compare as numbers do.
    #[expect(clippy::cast_possible_truncation, reason = "ages were checked to be far below 2^63 milliseconds")]
    let ms = |age: Option<f64>| age.map(|age| (age * 1000.0) as i64);
    match by {
        SortBy::Trouble => holdings.sort_by_key(|it| {
            let idle = it.state.as_deref().is_some_and(|state| state.starts_with("idle in transaction"));
            // A pause between two statements is no trouble yet.
            let waits = idle && it.age_s.is_some_and(|age| age >= IDLE_IN_TRANSACTION_S);
            (it.own, Reverse(waits), Reverse(idle), Reverse(ms(it.transaction_s)), Reverse(it.count))
        }),
        SortBy::Count => holdings.sort_by_key(|it| Reverse(it.count)),
        SortBy::Service => holdings.sort_by_key(|it| (it.service.is_none(), it.service)),
        SortBy::Role => holdings.sort_by(|one, other| one.key.role.cmp(&other.key.role)),
        SortBy::Application => holdings.sort_by(|one, other| one.key.application.cmp(&other.key.application)),
        SortBy::Address => holdings.sort_by(|one, other| one.key.address.cmp(&other.key.address)),
        SortBy::State => holdings.sort_by(|one, other| one.state.cmp(&other.state)),
        SortBy::Age => holdings.sort_by_key(|it| Reverse(ms(it.age_s))),
    }
    if reverse {
        holdings.reverse();
    }
}
