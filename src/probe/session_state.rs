//! The session-state matrix: what an application may rely on. `SET LOCAL`, session `SET` and startup options are
//! measured. The rest is measured where the client has a backend of its own (see `trial`), and follows from the measured
//! mode elsewhere, because trying it on a shared pool would leave traces there.

use super::first_batch::FirstBatch;
use super::pair::{PairOutcome, SessionSet};
use super::startup_options::{Fate, StartupOptions};
use super::trial::Trial;
use super::{Basis, Part, Product, Safety, SessionState, StateVerdict, Tracking};
use crate::endpoint::Mode;

/// What the matrix is made of.
pub struct Seen<'a> {
    /// The first batch.
    pub first: &'a FirstBatch,
    /// The pair, when there was one.
    pub pair: Option<&'a PairOutcome>,
    /// Why there was no second connection: its slot was left to others.
    pub spared: Option<&'a str>,
    /// Supavisor's version.
    pub app_version: Option<&'a str>,
    /// The options test.
    pub options: &'a StartupOptions,
    /// The software.
    pub product: Product,
    /// Who tracks statements.
    pub tracking: Tracking,
}

/// The matrix.
pub fn judge(seen: &Seen<'_>) -> Part<SessionState> {
    let mode = seen.pair.map_or(Mode::Unknown, |pair| pair.mode);
    let trial = seen.pair.and_then(|pair| pair.trial);
    let kept = |found: fn(&Trial) -> bool, made: &str, why_not: &str| match trial {
        Some(trial) if found(&trial) => {
            verdict(Safety::Safe, Basis::Measured, format!("{made} in one transaction, and there in a later one"))
        }
        Some(_) => {
            verdict(Safety::Unsafe, Basis::Measured, format!("{made} in one transaction, and gone in a later one"))
        }
        None => derived(mode, seen.spared, why_not),
    };
    let state = SessionState {
        set_local: set_local(seen.first),
        session_set: session_set(seen, mode),
        startup_options: startup(
            &seen.options.options,
            "settings in the startup message (options as -c name=value, -cname=value and --name=value)",
        ),
        search_path: search_path(seen),
        listen_notify: listen_notify(seen, mode),
        advisory_lock: kept(
            |trial| trial.advisory_lock,
            "taken",
            "a session lock stays on the backend that took it, and its client cannot release it",
        ),
        // A temporary table is an entry in the catalogue, and nothing is written there.
        temp_table: derived(mode, seen.spared, "a temporary table lives on the backend that made it"),
        with_hold_cursor: kept(
            |trial| trial.with_hold_cursor,
            "declared",
            "a WITH HOLD cursor lives on the backend that declared it",
        ),
        sql_prepare: match (mode, seen.tracking) {
            (Mode::Transaction, Tracking::Supavisor) => verdict(
                Safety::Unsafe,
                Basis::Derived,
                "a tracking Supavisor answers SQL PREPARE with FATAL (EPSSIMPLEQUERY)",
            ),
            _ => kept(
                |trial| trial.sql_prepare,
                "prepared",
                "SQL PREPARE is not tracked by any pooler; the statement stays on one backend",
            ),
        },
    };
    Part::measured(state, None)
}

fn verdict(verdict: Safety, basis: Basis, evidence: impl Into<String>) -> StateVerdict {
    StateVerdict { verdict, basis, evidence: evidence.into() }
}

fn set_local(first: &FirstBatch) -> StateVerdict {
    if first.local_inside && first.local_gone {
        verdict(Safety::Safe, Basis::Measured, "seen inside the transaction, gone after it on the same backend")
    } else if first.local_inside {
        verdict(
            Safety::Safe,
            Basis::Measured,
            "seen inside the transaction; the next query met another backend, which had not seen it",
        )
    } else {
        verdict(Safety::Unknown, Basis::Measured, "the test did not run to its end")
    }
}

fn session_set(seen: &Seen<'_>, mode: Mode) -> StateVerdict {
    let pair = seen.pair;
    if pair.and_then(|pair| pair.trial).is_some_and(|trial| trial.session_set) {
        return verdict(Safety::Safe, Basis::Measured, "set in one transaction, and there in a later one");
    }
    match (pair.map(|pair| pair.session_set), mode) {
        (Some(SessionSet::Leaks), _) => verdict(
            Safety::Unsafe,
            Basis::Measured,
            "leaks: another client saw a parameter that this one had set for its session",
        ),
        (Some(SessionSet::Reset), Mode::Transaction | Mode::Statement) => verdict(
            Safety::Unsafe,
            Basis::Measured,
            "lost: the pooler resets the backend before it serves the next client",
        ),
        (Some(SessionSet::Lost), Mode::Transaction | Mode::Statement) => verdict(
            Safety::Unsafe,
            Basis::Measured,
            "lost: the client's next transaction ran on a backend without it; the first backend keeps it for others",
        ),
        (_, mode) => {
            derived(mode, seen.spared, "a session setting stays on one backend, and the client moves on to another")
        }
    }
}

/// Silence proves nothing: the notification may have been on its way still.
fn listen_notify(seen: &Seen<'_>, mode: Mode) -> StateVerdict {
    if seen.pair.and_then(|pair| pair.trial).is_some_and(|trial| trial.notified) {
        return verdict(Safety::Safe, Basis::Measured, "a NOTIFY of another connection reached the one that listened");
    }
    derived(mode, seen.spared, "LISTEN registers on one backend, and the client is not told what arrives there")
}

/// What needs the same backend across transactions.
fn derived(mode: Mode, spared: Option<&str>, why_not: &str) -> StateVerdict {
    match mode {
        Mode::Session => {
            verdict(Safety::Safe, Basis::Derived, "session mode: the client keeps its backend until it disconnects")
        }
        Mode::Direct => verdict(Safety::Safe, Basis::Derived, "no pooler: the connection is the backend"),
        Mode::Transaction | Mode::Statement => {
            verdict(Safety::Unsafe, Basis::Derived, format!("transaction pooling: {why_not}"))
        }
        Mode::Unknown => {
            verdict(Safety::Unknown, Basis::Derived, spared.unwrap_or("the pool mode could not be proven"))
        }
    }
}

fn startup(fate: &Fate, what: &str) -> StateVerdict {
    match fate {
        Fate::Honoured => verdict(Safety::Safe, Basis::Measured, format!("{what} took effect")),
        Fate::Ignored => verdict(Safety::Unsafe, Basis::Measured, format!("{what} were dropped without an error")),
        Fate::Partly(which) => verdict(Safety::Unsafe, Basis::Measured, format!("{what}: {which}")),
        Fate::Refused(message) => verdict(Safety::Unsafe, Basis::Measured, format!("{what} end the login: {message}")),
        Fate::Unknown(why) => verdict(Safety::Unknown, Basis::Measured, why.clone()),
    }
}

fn search_path(seen: &Seen<'_>) -> StateVerdict {
    match (&seen.options.search_path, seen.product) {
        // Measured on 2.8.8 and 2.9.7 (November 2026); trying it would open a pool of its own.
        (Fate::Unknown(_), Product::Supavisor) => {
            let others = match seen.app_version.map(|version| version.starts_with("2.8.")) {
                Some(true) => "2.8 ignores -c search_path=... and the parameter search_path",
                Some(false) => "-c search_path=... and the parameter search_path work as well",
                None => "-c search_path=... and the parameter search_path work from 2.9 on",
            };
            verdict(
                Safety::Safe,
                Basis::Derived,
                format!(
                    "Supavisor honours options=--search_path=... (and opens a pool of its own for each value); {others}; \
                     -csearch_path=... without a space is ignored"
                ),
            )
        }
        (fate, _) => startup(fate, "search_path in the startup message"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::pair::Follow;

    fn outcome(mode: Mode, session_set: SessionSet) -> PairOutcome {
        PairOutcome {
            mode,
            mode_evidence: String::new(),
            second_backend: true,
            follow: Follow::Unproven("x"),
            session_set,
            trial: None,
            samples: Vec::new(),
            left_behind: Vec::new(),
            broke: None,
        }
    }

    fn matrix(mode: Mode, session_set: SessionSet) -> SessionState {
        let first = FirstBatch { local_inside: true, local_gone: true, ..FirstBatch::default() };
        let pair = outcome(mode, session_set);
        let options = StartupOptions::not_run("not tried");
        let seen = Seen {
            first: &first,
            pair: Some(&pair),
            spared: None,
            app_version: None,
            options: &options,
            product: Product::PgBouncer,
            tracking: Tracking::None,
        };
        judge(&seen).value.unwrap()
    }

    #[test]
    fn transaction_mode_keeps_nothing_but_set_local() {
        let state = matrix(Mode::Transaction, SessionSet::Leaks);
        assert_eq!((state.set_local.verdict, state.set_local.basis), (Safety::Safe, Basis::Measured));
        assert_eq!((state.session_set.verdict, state.session_set.basis), (Safety::Unsafe, Basis::Measured));
        for derived in [&state.listen_notify, &state.advisory_lock, &state.temp_table, &state.sql_prepare] {
            assert_eq!((derived.verdict, derived.basis), (Safety::Unsafe, Basis::Derived));
        }
    }

    #[test]
    fn an_unknown_mode_gives_no_verdict() {
        let state = matrix(Mode::Unknown, SessionSet::Unknown);
        assert_eq!(state.advisory_lock.verdict, Safety::Unknown);
        assert_eq!(state.session_set.verdict, Safety::Unknown);
    }

    #[test]
    fn what_was_tried_is_measured_and_a_temporary_table_never_is() {
        let mut pair = outcome(Mode::Session, SessionSet::Unknown);
        pair.trial = Some(Trial {
            session_set: true,
            advisory_lock: true,
            with_hold_cursor: true,
            sql_prepare: false,
            notified: false,
        });
        let (first, options) = (FirstBatch::default(), StartupOptions::not_run("not tried"));
        let (product, tracking) = (Product::Supavisor, Tracking::None);
        let (pair, spared, app_version) = (Some(&pair), None, Some("2.8.8"));
        let seen = Seen { first: &first, pair, spared, app_version, options: &options, product, tracking };
        let state = judge(&seen).value.unwrap();
        for (verdict, expected) in [
            (&state.session_set, (Safety::Safe, Basis::Measured)),
            (&state.advisory_lock, (Safety::Safe, Basis::Measured)),
            (&state.with_hold_cursor, (Safety::Safe, Basis::Measured)),
            (&state.sql_prepare, (Safety::Unsafe, Basis::Measured)),
            (&state.listen_notify, (Safety::Safe, Basis::Derived)),
            (&state.temp_table, (Safety::Safe, Basis::Derived)),
        ] {
            assert_eq!((verdict.verdict, verdict.basis), expected, "{verdict:?}");
        }
        assert!(state.search_path.evidence.contains("2.8 ignores"), "{:?}", state.search_path);
    }

    #[test]
    fn session_mode_keeps_everything() {
        let state = matrix(Mode::Session, SessionSet::Unknown);
        assert_eq!(state.session_set.verdict, Safety::Safe);
        assert_eq!(state.listen_notify.verdict, Safety::Safe);
    }
}
