//! The pool mode: proven by the pair, or named by the pooler in its refusal.

use super::Core;
use crate::endpoint::Mode;
use crate::probe::{Failure, Part, PoolMode};

/// The verdict; `why` is why what is missing is missing.
pub fn judge(core: &Core, why: &str) -> Part<PoolMode> {
    if let Some(proof) = core.second_refused.as_ref().or(core.failure.as_ref()).and_then(in_error) {
        return Part::measured(proof, None);
    }
    match (&core.pair, &core.second_refused) {
        (Some(pair), _) if pair.mode == Mode::Unknown => {
            let why = pair.broke.clone().unwrap_or_else(|| pair.mode_evidence.clone());
            Part::inconclusive(Some(PoolMode { mode: Mode::Unknown, evidence: why.clone() }), why)
        }
        (Some(pair), _) => Part::measured(PoolMode { mode: pair.mode, evidence: pair.mode_evidence.clone() }, None),
        (None, Some(refused)) => {
            Part::inconclusive(None, format!("a second connection is needed, and was refused: {}", refused.message))
        }
        (None, None) => Part::skipped(core.second_spared.as_deref().unwrap_or(why)),
    }
}

/// Two errors of a pooler name their mode: Supavisor counts clients in session mode against the pool size, and in
/// transaction mode against the client limit (both texts measured).
fn in_error(failure: &Failure) -> Option<PoolMode> {
    let message = &failure.server.as_ref()?.message;
    let lowered = message.to_ascii_lowercase();
    let mode = if lowered.contains("emaxconnsession") || lowered.contains("maxclientsinsessionmode") {
        Mode::Session
    } else if lowered.contains("max client connections reached") || lowered.contains("in transaction mode") {
        Mode::Transaction
    } else {
        return None;
    };
    Some(PoolMode { mode, evidence: format!("the pooler says so in its refusal: {message}") })
}

/// The number in `... limited to pool_size: 15`.
pub fn size_in_error(failure: &Failure) -> Option<u32> {
    let message = &failure.server.as_ref()?.message;
    let (_, number) = message.rsplit_once("pool_size: ")?;
    number.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::{Refusal, ServerError};

    fn refused(message: &str) -> Failure {
        let server = ServerError {
            sqlstate: "XX000".into(),
            message: message.into(),
            severity: "FATAL".into(),
            field_order: "CMS".into(),
            detail: None,
            hint: None,
        };
        Failure { refusal: Refusal::PoolFull, message: message.into(), server: Some(server) }
    }

    #[test]
    fn a_full_session_pool_names_its_mode_and_its_size() {
        let new =
            refused("(EMAXCONNSESSION) max clients reached in session mode - max clients are limited to pool_size: 15");
        assert_eq!(in_error(&new).unwrap().mode, Mode::Session);
        assert_eq!(size_in_error(&new), Some(15));
        let old = refused(
            "MaxClientsInSessionMode: max clients reached - in Session mode max clients are limited to pool_size",
        );
        assert_eq!(in_error(&old).unwrap().mode, Mode::Session);
        assert_eq!(size_in_error(&old), None);
    }

    #[test]
    fn a_full_transaction_pooler_names_its_mode() {
        let full = refused("(EMAXCONN) max client connections reached, limit: 200");
        assert_eq!(in_error(&full).unwrap().mode, Mode::Transaction);
        let old = refused("Max client connections reached");
        assert_eq!(in_error(&old).unwrap().mode, Mode::Transaction);
        assert!(in_error(&refused("something else")).is_none());
    }
}
