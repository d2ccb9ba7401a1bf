//! What an application may rely on between its statements and transactions.

use super::{Fact, Facts};
use crate::probe::{ProbeReport, Safety};

/// The session-state matrix in words; empty when there is none.
pub fn rows(probe: &ProbeReport) -> Vec<Fact> {
    let mut facts = Facts::default();
    let Some(state) = &probe.session_state.value else { return facts.0 };
    let all = [
        ("SET LOCAL in a transaction", &state.set_local),
        ("SET for the session", &state.session_set),
        ("options at startup", &state.startup_options),
        ("search_path at startup", &state.search_path),
        ("LISTEN / NOTIFY", &state.listen_notify),
        ("session advisory locks", &state.advisory_lock),
        ("temporary tables", &state.temp_table),
        ("WITH HOLD cursors", &state.with_hold_cursor),
        ("SQL PREPARE / EXECUTE", &state.sql_prepare),
    ];
    for (feature, state) in all {
        let verdict = match state.verdict {
            Safety::Safe => "works",
            Safety::Unsafe => "does not work",
            Safety::Unknown => "not known",
        };
        facts.push(feature, verdict, format!("{}: {}", state.basis.as_str(), state.evidence));
    }
    facts.0
}
