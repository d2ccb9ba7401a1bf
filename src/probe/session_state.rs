//! The session-state matrix: what an application may rely on. `SET LOCAL`, session `SET` and startup options are
//! measured; the rest follows from the measured mode, because trying it on a shared pool would leave traces there.

use super::first_batch::FirstBatch;
use super::pair::{PairOutcome, SessionSet};
use super::startup_options::{Fate, StartupOptions};
use super::{Basis, Part, Product, Safety, SessionState, StateVerdict, Tracking};
use crate::endpoint::Mode;

/// What the matrix is made of.
pub struct Seen<'a> {
    /// The first batch.
    pub first: &'a FirstBatch,
    /// The pair, when there was one.
    pub pair: Option<&'a PairOutcome>,
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
    let kept = |what: &str| derived(mode, what);
    let state = SessionState {
        set_local: set_local(seen.first),
        session_set: session_set(seen.pair, mode),
        startup_options: startup(&seen.options.options, "settings in the startup message"),
        search_path: search_path(seen),
        listen_notify: kept("LISTEN registers on one backend, and the client is not told what arrives there"),
        advisory_lock: kept("a session lock stays on the backend that took it, and its client cannot release it"),
        temp_table: kept("a temporary table lives on the backend that made it"),
        with_hold_cursor: kept("a WITH HOLD cursor lives on the backend that declared it"),
        sql_prepare: sql_prepare(mode, seen.tracking),
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

fn session_set(pair: Option<&PairOutcome>, mode: Mode) -> StateVerdict {
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
        (_, mode) => derived(mode, "a session setting stays on one backend, and the client moves on to another"),
    }
}

/// What needs the same backend across transactions.
fn derived(mode: Mode, why_not: &str) -> StateVerdict {
    match mode {
        Mode::Session => {
            verdict(Safety::Safe, Basis::Derived, "session mode: the client keeps its backend until it disconnects")
        }
        Mode::Direct => verdict(Safety::Safe, Basis::Derived, "no pooler: the connection is the backend"),
        Mode::Transaction | Mode::Statement => {
            verdict(Safety::Unsafe, Basis::Derived, format!("transaction pooling: {why_not}"))
        }
        Mode::Unknown => verdict(Safety::Unknown, Basis::Derived, "the pool mode could not be proven"),
    }
}

fn sql_prepare(mode: Mode, tracking: Tracking) -> StateVerdict {
    match (mode, tracking) {
        (Mode::Transaction, Tracking::Supavisor) => verdict(
            Safety::Unsafe,
            Basis::Derived,
            "a tracking Supavisor answers SQL PREPARE with FATAL (EPSSIMPLEQUERY)",
        ),
        _ => derived(mode, "SQL PREPARE is not tracked by any pooler; the statement stays on one backend"),
    }
}

fn startup(fate: &Fate, what: &str) -> StateVerdict {
    match fate {
        Fate::Honoured => verdict(Safety::Safe, Basis::Measured, format!("{what} took effect")),
        Fate::Ignored => verdict(Safety::Unsafe, Basis::Measured, format!("{what} were dropped without an error")),
        Fate::Refused(message) => verdict(Safety::Unsafe, Basis::Measured, format!("{what} end the login: {message}")),
        Fate::Unknown(why) => verdict(Safety::Unknown, Basis::Measured, why.clone()),
    }
}

fn search_path(seen: &Seen<'_>) -> StateVerdict {
    match (&seen.options.search_path, seen.product) {
        // Measured on 2.8.8 and 2.9.7; `-c search_path=` is honoured from 2.9.0 on only, `-csearch_path=` never.
        (Fate::Unknown(_), Product::Supavisor) => verdict(
            Safety::Safe,
            Basis::Derived,
            "Supavisor honours options=--search_path=... (and opens a pool of its own for each value); \
             -csearch_path=... without a space is ignored",
        ),
        (fate, _) => startup(fate, "search_path in the startup options"),
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
    fn session_mode_keeps_everything() {
        let state = matrix(Mode::Session, SessionSet::Unknown);
        assert_eq!(state.session_set.verdict, Safety::Safe);
        assert_eq!(state.listen_notify.verdict, Safety::Safe);
    }
}
