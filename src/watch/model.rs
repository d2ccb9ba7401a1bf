//! What has happened: takes in observations, notes events, gives the picture. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::event::Events;
use super::holder::{self, HolderKey};
use super::leak::Leaks;
use super::picture::{Cost, RoleUse, Slots, seconds};
use super::view::duration;
use super::{
    Change, EventKind, Level, Observation, Picture, Sample, Seen, Session, SessionLine, Setup, Trouble, Verdict,
    Waiting, pools, trend, verdict,
};
use crate::capacity::{self, Fullness};

mod notes;

/// Most points of the history that are kept: two hours at one a second.
const MAX_HISTORY: usize = 7200;

/// Whether a connection stands.
#[derive(Debug, Clone, PartialEq)]
pub enum Link {
    /// Not yet.
    Connecting,
    /// It does.
    Up,
    /// It does not.
    Down {
        /// Since when, in milliseconds since 1970.
        since_ms: i64,
        /// Why.
        trouble: Box<Trouble>,
    },
}

/// What has happened so far.
pub struct Model {
    setup: Setup,
    link: Link,
    since_ms: i64,
    at_ms: i64,
    last: Option<Sample>,
    history: Vec<(i64, u32)>,
    baseline: Option<BTreeMap<HolderKey, u32>>,
    leaks: Leaks,
    events: Events,
    cost: Cost,
    fullness: Fullness,
    /// What an event has been told about already.
    told: BTreeSet<String>,
    raised: Vec<bool>,
    ever_raised: bool,
}

impl Model {
    /// Before the first look.
    pub fn new(setup: Setup, now_ms: i64) -> Self {
        let raised = vec![false; setup.alerts.len()];
        Self {
            setup,
            link: Link::Connecting,
            since_ms: now_ms,
            at_ms: now_ms,
            last: None,
            history: Vec::new(),
            baseline: None,
            leaks: Leaks::default(),
            events: Events::default(),
            cost: Cost::default(),
            fullness: Fullness::Ok,
            told: BTreeSet::new(),
            raised,
            ever_raised: false,
        }
    }

    /// Takes in what the sampler tells, and gives the picture after it.
    pub fn take(&mut self, observation: Observation) -> Picture {
        self.at_ms = observation.at_ms();
        match observation {
            Observation::Sample(sample) => self.take_sample(*sample),
            Observation::Failure(trouble) => self.take_failure(trouble),
        }
        let mut picture = self.picture();
        self.note_states(&picture);
        self.note_alerts(&mut picture);
        picture.events = self.events.iter().cloned().collect();
        picture
    }

    /// Whether anything has been learnt.
    pub const fn has_seen(&self) -> bool {
        self.last.is_some()
    }

    /// Whether an alert was ever raised.
    pub const fn was_alerted(&self) -> bool {
        self.ever_raised
    }

    /// How many events there have been.
    pub const fn events_count(&self) -> usize {
        self.events.count()
    }

    /// The events from number `from` on.
    pub fn events_since(&self, from: usize) -> impl Iterator<Item = &super::Event> {
        self.events.since(from)
    }

    fn take_sample(&mut self, sample: Sample) {
        let at_ms = sample.at_ms;
        match std::mem::replace(&mut self.link, Link::Up) {
            Link::Down { since_ms, .. } => {
                let after = duration(seconds(since_ms, at_ms));
                self.events.push(at_ms, EventKind::Recovered, format!("connected again after {after}"));
            }
            Link::Connecting => {
                let version = &sample.seen.server.version;
                self.events.push(at_ms, EventKind::Started, format!("watching PostgreSQL {version}"));
                self.since_ms = at_ms;
            }
            Link::Up => {}
        }
        if let Some(before) = self.last.as_ref().map(|last| last.seen.clone()) {
            self.note_server(at_ms, &before, &sample.seen);
        }
        self.leaks.take(at_ms, &sample.seen.sessions);
        self.baseline.get_or_insert_with(|| counts(&sample.seen.sessions));
        if self.history.len() == MAX_HISTORY {
            self.history.drain(..MAX_HISTORY / 4);
        }
        self.history.push((at_ms, slots(&sample.seen).used));
        self.cost =
            Cost { looks: self.cost.looks + 1, round_trip_ms: sample.round_trip_ms, server_ms: sample.seen.server_ms };
        self.last = Some(sample);
    }

    fn take_failure(&mut self, trouble: Trouble) {
        let (since_ms, told) = match &self.link {
            Link::Down { since_ms, trouble: before } => (
                *since_ms,
                before.message == trouble.message || before.cause.is_some() && before.cause == trouble.cause,
            ),
            _ => (trouble.at_ms, false),
        };
        let ends = trouble.next_try_ms.is_none() && trouble.lost;
        if !told || ends {
            let kind = if trouble.full.is_some() { EventKind::Full } else { EventKind::Lost };
            let mut text = trouble.message.clone();
            if let Some(title) = &trouble.title {
                text = format!("{}: {text}", title.trim_end_matches('.'));
            }
            if ends {
                text.push_str(" (not tried again: a login that fails again could ban this address)");
            }
            self.events.push(trouble.at_ms, kind, text);
        }
        self.link = Link::Down { since_ms, trouble: Box::new(trouble) };
    }

    /// The picture as it stands.
    pub fn picture(&self) -> Picture {
        let sample = self.last.as_ref();
        let seen = sample.map(|sample| &sample.seen);
        let now_s = seen.map_or(0.0, |seen| seen.now_s);
        let sessions: &[Session] = seen.map_or(&[], |seen| &seen.sessions);
        let others = || sessions.iter().filter(|session| !session.own);
        let most = |ages: &mut dyn Iterator<Item = f64>| {
            ages.fold(None, |most: Option<f64>, age| Some(most.map_or(age, |most| most.max(age))))
        };
        let slots = seen.map(slots);
        let history = self.history.clone();
        let trend = trend(&history, slots.as_ref().map_or(0, |slots| slots.usable));
        let leak_after_s = seconds(0, i64::try_from(self.setup.leak_after_ms).unwrap_or(i64::MAX));
        let mut picture = Picture {
            label: self.setup.label.clone(),
            verdict: Verdict { level: Level::Unknown, headline: String::new(), culprit: None, first: None },
            link: self.link.clone(),
            seen_ms: sample.map(|sample| sample.at_ms),
            at_ms: self.at_ms,
            now_s,
            since_ms: self.since_ms,
            server: seen.map(|seen| seen.server.clone()),
            observer: seen.map(|seen| seen.observer.clone()),
            slots,
            history,
            trend,
            states: states(others()),
            longest_idle_s: most(
                &mut others().filter(|it| it.is_idle_in_transaction()).filter_map(|it| it.age_s(now_s)),
            ),
            oldest_transaction_s: most(&mut others().filter_map(|it| it.transaction_age_s(now_s))),
            blocked: u32::try_from(others().filter(|it| it.blocked).count()).unwrap_or(u32::MAX),
            holdings: holder::group(sessions, now_s),
            sessions: lines(sessions, now_s),
            more_sessions: seen
                .map_or(0, |seen| seen.in_use.saturating_sub(u32::try_from(seen.sessions.len()).unwrap_or(u32::MAX))),
            pools: sample.map(|sample| pools::gauges(&self.setup, sample)).unwrap_or_default(),
            pool_size_from: self.setup.pool_size_from.clone(),
            waiting: Waiting::of(&self.setup, sample),
            roles: seen.map(roles).unwrap_or_default(),
            suspects: self.leaks.suspects(self.at_ms, now_s, sessions, leak_after_s),
            changes: self.changes(sessions),
            events: Vec::new(),
            notes: seen.map(notes).unwrap_or_default(),
            alerts: Vec::new(),
            cost: self.cost,
        };
        picture.verdict = verdict::judge(&picture);
        picture
    }

    fn changes(&self, sessions: &[Session]) -> Vec<Change> {
        let Some(baseline) = &self.baseline else { return Vec::new() };
        let now = counts(sessions);
        let keys: BTreeSet<&HolderKey> = baseline.keys().chain(now.keys()).collect();
        let of = |counts: &BTreeMap<HolderKey, u32>, key: &HolderKey| counts.get(key).copied().unwrap_or_default();
        let mut changes: Vec<Change> = keys
            .into_iter()
            .map(|key| Change { key: key.clone(), before: of(baseline, key), now: of(&now, key) })
            .filter(|change| change.before != change.now)
            .collect();
        changes.sort_by_key(|change| std::cmp::Reverse(change.now.abs_diff(change.before)));
        changes
    }
}

fn slots(seen: &Seen) -> Slots {
    let own = u32::try_from(seen.sessions.iter().filter(|session| session.own).count()).unwrap_or(u32::MAX);
    let usable = seen.usable();
    let used = seen.in_use.saturating_sub(own);
    Slots {
        max_connections: seen.limits.max_connections,
        reserved: seen.limits.reserved,
        usable,
        used,
        own,
        free: usable.saturating_sub(seen.in_use),
        used_percent: capacity::used_percent(used, usable),
    }
}

fn counts(sessions: &[Session]) -> BTreeMap<HolderKey, u32> {
    let mut counts = BTreeMap::new();
    for session in sessions.iter().filter(|session| !session.own) {
        *counts.entry(HolderKey::of(session)).or_default() += 1;
    }
    counts
}

fn states<'a>(sessions: impl Iterator<Item = &'a Session>) -> Vec<(String, u32)> {
    let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
    for session in sessions {
        *counts.entry(session.state.as_deref().unwrap_or("not visible")).or_default() += 1;
    }
    let mut states: Vec<(String, u32)> = counts.into_iter().map(|(state, count)| (state.to_owned(), count)).collect();
    states.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    states
}

fn lines(sessions: &[Session], now_s: f64) -> Vec<SessionLine> {
    let mut lines: Vec<SessionLine> = sessions
        .iter()
        .map(|session| SessionLine { session: session.clone(), service: holder::service(session) })
        .collect();
    #[expect(clippy::cast_possible_truncation, reason = "ages were checked to be far below 2^63 milliseconds")]
    let ms = |age: Option<f64>| age.map(|age| (age * 1000.0) as i64);
    lines.sort_by_key(|line| {
        let it = &line.session;
        let ages = (ms(it.transaction_age_s(now_s)), ms(it.age_s(now_s)));
        (it.own, std::cmp::Reverse((it.is_idle_in_transaction(), ages)))
    });
    lines
}

fn roles(seen: &Seen) -> Vec<RoleUse> {
    let used = |role: &str| {
        let count = seen.sessions.iter().filter(|session| session.role == role).count();
        u32::try_from(count).unwrap_or(u32::MAX)
    };
    let limits = seen.limits.roles.iter();
    let mut roles: Vec<RoleUse> = limits
        .map(|limit| RoleUse { role: limit.role.clone(), used: used(&limit.role), limit: limit.limit })
        .filter(|role| role.used > 0)
        .collect();
    roles.sort_by_key(|role| std::cmp::Reverse(capacity::used_percent(role.used, role.limit)));
    roles
}

fn notes(seen: &Seen) -> Vec<String> {
    let mut notes = Vec::new();
    if !seen.observer.sees_all {
        notes.push(format!(
            "role {} may not see other roles' sessions: state, age and address of theirs are unknown, and the count may \
             include a few background workers; GRANT pg_read_all_stats TO {} shows all",
            seen.observer.role, seen.observer.role
        ));
    }
    if seen.server.in_recovery {
        notes.push("this is a replica: the primary has connections of its own".to_owned());
    }
    notes
}
