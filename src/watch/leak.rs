//! Suspected leaks: a holder that only grows, with sessions that are idle for long and are never used again.

use std::collections::{BTreeMap, HashMap};

use super::Session;
use super::holder::HolderKey;

/// Least growth, in connections.
const MIN_GROWTH: u32 = 3;
/// Fewest looks at which it had grown: a pool that fills up at once is no leak.
const MIN_STEPS: u32 = 3;
/// Least share of a holder's sessions that are not used again, in percent.
const MIN_UNUSED_PERCENT: u32 = 70;
/// Most holders that are followed.
const MAX_HOLDERS: usize = 5000;

/// A suspicion, with its evidence.
#[derive(Debug, Clone, PartialEq)]
pub struct Suspect {
    /// Who.
    pub key: HolderKey,
    /// How many connections it had when it was first seen, or was last seen to let one go.
    pub from: u32,
    /// How many it has.
    pub to: u32,
    /// Over how long, in seconds.
    pub over_s: f64,
    /// How many of them have been idle for long, and were not used again since.
    pub unused: u32,
    /// The longest of these, in seconds.
    pub longest_s: f64,
}

impl Suspect {
    /// The evidence in words.
    pub fn evidence(&self) -> String {
        format!(
            "grew from {} to {} in {} and let none go; {} idle and not used again, the longest for {}",
            self.from,
            self.to,
            super::view::duration(self.over_s),
            self.unused,
            super::view::duration(self.longest_s),
        )
    }
}

/// A session by its process and the time it began, in milliseconds: process ids come again.
type SessionId = (i32, i64);

#[derive(Debug, Clone, Copy)]
struct Followed {
    /// `state_change` when it was first seen, in seconds.
    changed_s: Option<f64>,
    /// It has done something since.
    used: bool,
}

#[derive(Debug, Clone)]
struct Growth {
    since_ms: i64,
    from: u32,
    steps: u32,
    count: u32,
}

/// What is remembered of holders and their sessions from look to look.
#[derive(Debug, Default)]
pub(super) struct Leaks {
    sessions: HashMap<SessionId, Followed>,
    holders: BTreeMap<HolderKey, Growth>,
}

impl Leaks {
    /// Takes in the sessions of one look.
    pub(super) fn take(&mut self, at_ms: i64, sessions: &[Session]) {
        let mut present = HashMap::with_capacity(sessions.len());
        let mut counts: BTreeMap<HolderKey, u32> = BTreeMap::new();
        for session in sessions.iter().filter(|session| !session.own) {
            *counts.entry(HolderKey::of(session)).or_default() += 1;
            let id = id(session);
            let before = self.sessions.get(&id).copied();
            let followed = before.map_or(Followed { changed_s: session.changed_s, used: false }, |before| Followed {
                used: before.used || before.changed_s != session.changed_s,
                changed_s: session.changed_s,
            });
            present.insert(id, followed);
        }
        self.sessions = present;
        self.holders.retain(|key, _| counts.contains_key(key));
        for (key, count) in counts {
            let full = self.holders.len() >= MAX_HOLDERS;
            match self.holders.get_mut(&key) {
                Some(growth) => growth.take(at_ms, count),
                None if full => {}
                None => {
                    self.holders.insert(key, Growth { since_ms: at_ms, from: count, steps: 0, count });
                }
            }
        }
    }

    /// The holders that look like a leak, the largest first. `leak_after_s` is how long a session must have been idle.
    pub(super) fn suspects(&self, at_ms: i64, now_s: f64, sessions: &[Session], leak_after_s: f64) -> Vec<Suspect> {
        let mut suspects = Vec::new();
        for (key, growth) in &self.holders {
            if growth.count.saturating_sub(growth.from) < MIN_GROWTH || growth.steps < MIN_STEPS {
                continue;
            }
            let unused = sessions.iter().filter(|it| !it.own && it.is_idle() && HolderKey::of(it) == *key);
            let ages: Vec<f64> = unused
                .filter(|it| self.sessions.get(&id(it)).is_some_and(|followed| !followed.used))
                .filter_map(|it| it.age_s(now_s))
                .collect();
            let longest_s = ages.iter().copied().fold(0.0, f64::max);
            let unused = u32::try_from(ages.len()).unwrap_or(u32::MAX);
            // The youngest have had no time to be used again: the count is of all, the age of the oldest.
            if longest_s < leak_after_s || unused * 100 < growth.count * MIN_UNUSED_PERCENT {
                continue;
            }
            #[expect(clippy::cast_precision_loss, reason = "a difference of times in milliseconds is far below 2^52")]
            let over_s = at_ms.saturating_sub(growth.since_ms) as f64 / 1000.0;
            suspects.push(Suspect { key: key.clone(), from: growth.from, to: growth.count, over_s, unused, longest_s });
        }
        suspects.sort_by_key(|suspect| std::cmp::Reverse(suspect.to));
        suspects
    }

    /// Forgets everything: after a restart nothing that was seen before counts.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}

impl Growth {
    fn take(&mut self, at_ms: i64, count: u32) {
        if count < self.count {
            // It lets go: the story begins anew.
            *self = Self { since_ms: at_ms, from: count, steps: 0, count };
        } else if count > self.count {
            self.steps += 1;
            self.count = count;
        }
    }
}

fn id(session: &Session) -> SessionId {
    #[expect(clippy::cast_possible_truncation, reason = "times were checked to be far below 2^63 milliseconds")]
    let started_ms = session.started_s.map_or(0, |started| (started * 1000.0) as i64);
    (session.pid, started_ms)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{at, idle};
    use super::*;

    /// Plays `count(t)` sessions at second `t`; each does something every `every` seconds, or never.
    fn play(seconds: i64, count: impl Fn(i64) -> i32, used_every: Option<i64>) -> Vec<Suspect> {
        let mut leaks = Leaks::default();
        let mut sessions = Vec::new();
        for second in 0..seconds {
            sessions = (0..count(second))
                .map(|pid| {
                    let born = (0..=second).find(|then| count(*then) > pid).unwrap_or(second);
                    let last = used_every.map_or(born, |every| born + (second - born) / every * every);
                    idle(pid + 1, "worker", at(born), at(last))
                })
                .collect();
            leaks.take(second * 1000, &sessions);
        }
        leaks.suspects((seconds - 1) * 1000, at(seconds - 1), &sessions, 60.0)
    }

    fn grows(second: i64) -> i32 {
        i32::try_from(2 + second / 10).unwrap()
    }

    #[test]
    fn a_holder_that_only_grows_and_never_comes_back_to_its_sessions_is_suspected() {
        let suspects = play(120, grows, None);
        assert_eq!(suspects.len(), 1);
        assert_eq!((suspects[0].from, suspects[0].to, suspects[0].unused), (2, 13, 13));
        assert!(suspects[0].evidence().contains("from 2 to 13"), "{}", suspects[0].evidence());
    }

    #[test]
    fn a_pool_that_grows_and_is_used_is_not() {
        assert!(play(120, grows, Some(5)).is_empty());
    }

    #[test]
    fn a_pool_that_fills_at_once_and_then_rests_is_not() {
        assert!(play(300, |second| if second < 10 { 2 } else { 20 }, None).is_empty());
    }

    #[test]
    fn what_lets_go_begins_anew() {
        assert!(play(120, |second| if second == 119 { 3 } else { grows(second) }, None).is_empty());
    }

    #[test]
    fn a_young_holder_has_had_no_time() {
        assert!(play(30, grows, None).is_empty());
    }
}
