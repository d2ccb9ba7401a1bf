//! What is worth an event: restarts, lines crossed, leaks, transactions, alerts.

use super::super::holder::HolderKey;
use super::super::picture::Slots;
use super::super::view::duration;
use super::super::{EventKind, IDLE_IN_TRANSACTION_S, LONG_TRANSACTION_S, Link, Picture, Seen, Server};
use super::Model;
use crate::capacity::{self, Fullness};

impl Model {
    /// Restart, failover, changed settings.
    pub(super) fn note_server(&mut self, at_ms: i64, before: &Seen, now: &Seen) {
        let (old, new) = (&before.server, &now.server);
        let mut push = |kind, text| self.events.push(at_ms, kind, text);
        let restarted = old.started_s.zip(new.started_s).is_some_and(|(old, new)| (old - new).abs() > 1.0);
        if let Some(why) = failover(old, new) {
            push(EventKind::Failover, why);
        } else if restarted {
            let ago = new.started_s.map(|started| duration(now.now_s - started)).unwrap_or_default();
            push(EventKind::Restart, format!("the server was restarted {ago} ago"));
        }
        if old.read_only != new.read_only && old.in_recovery == new.in_recovery {
            let now = if new.read_only { "read-only" } else { "writable again" };
            push(EventKind::Changed, format!("the database is {now}"));
        }
        if old.version != new.version {
            push(EventKind::Changed, format!("server_version {} became {}", old.version, new.version));
        }
        let (old, new) = (before.limits.max_connections, now.limits.max_connections);
        if old != new {
            push(EventKind::Changed, format!("max_connections {old} became {new}"));
        }
        if restarted {
            self.leaks.clear();
            self.history.clear();
        }
    }

    /// Thresholds, leaks, transactions: each told once.
    pub(super) fn note_states(&mut self, picture: &Picture) {
        if self.link != Link::Up {
            return;
        }
        let at_ms = self.at_ms;
        if let Some(slots) = &picture.slots {
            self.note_fullness(at_ms, slots);
        }
        for suspect in &picture.suspects {
            if self.told.insert(format!("leak {:?}", suspect.key)) {
                let text = format!("suspected leak: {}: {}", suspect.key.words(), suspect.evidence());
                self.events.push(at_ms, EventKind::Leak, text);
            }
        }
        for line in &picture.sessions {
            let session = &line.session;
            let (what, age, from) = if session.is_idle_in_transaction() {
                ("idle in transaction", session.age_s(picture.now_s), IDLE_IN_TRANSACTION_S)
            } else {
                ("transaction open", session.transaction_age_s(picture.now_s), LONG_TRANSACTION_S)
            };
            let Some(age) = age.filter(|age| *age >= from && !session.own) else { continue };
            if self.told.insert(format!("{what} {} {:?}", session.pid, session.transaction_s)) {
                let who = HolderKey::of(session).words();
                let text = format!("{what} for {}: pid {}, {who}", duration(age), session.pid);
                self.events.push(at_ms, EventKind::Transaction, text);
            }
        }
        if self.told.len() > 10_000 {
            self.told.clear();
        }
    }

    fn note_fullness(&mut self, at_ms: i64, slots: &Slots) {
        let now = slots.fullness();
        if now == self.fullness {
            return;
        }
        let percent = slots.used_percent.unwrap_or_default();
        // A count that flutters around a line is told once.
        let fell = percent + 3 > capacity::WARNING_PERCENT && now == Fullness::Ok
            || percent + 3 > capacity::CRITICAL_PERCENT
                && now == Fullness::Warning
                && self.fullness == Fullness::Critical;
        if fell {
            return;
        }
        self.fullness = now;
        let line = if now == Fullness::Critical { capacity::CRITICAL_PERCENT } else { capacity::WARNING_PERCENT };
        let way = if now == Fullness::Ok { "below" } else { "above" };
        let text = format!("{way} {line} %: {} of {} slots used", slots.used, slots.usable);
        self.events.push(at_ms, EventKind::Threshold, text);
    }

    pub(super) fn note_alerts(&mut self, picture: &mut Picture) {
        for (alert, raised) in self.setup.alerts.iter().zip(&mut self.raised) {
            let now = alert.is_raised(picture);
            if now {
                picture.alerts.push(alert.words(picture));
            }
            // What cannot be seen at the moment is not over.
            if now != *raised && (now || alert.value(picture).is_some()) {
                let (kind, over) =
                    if now { (EventKind::Alert, "") } else { (EventKind::AlertOver, ", the alert is over") };
                self.events.push(self.at_ms, kind, format!("{}{over}", alert.words(picture)));
                *raised = now;
            }
            self.ever_raised |= now;
        }
    }
}

/// What tells another server from the same one that was restarted.
fn failover(old: &Server, new: &Server) -> Option<String> {
    if old.system_id.is_some() && new.system_id.is_some() && old.system_id != new.system_id {
        return Some("another database system answers: the system identifier has changed".to_owned());
    }
    if old.in_recovery != new.in_recovery {
        let now =
            if new.in_recovery { "a replica answers now" } else { "the replica was promoted: a primary answers now" };
        return Some(now.to_owned());
    }
    match (old.timeline, new.timeline) {
        (Some(old), Some(new)) if old != new => Some(format!("failover: time line {old} became {new}")),
        _ => None,
    }
}
