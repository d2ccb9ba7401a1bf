//! The statement that would end a session, and what it would hit. supascope never runs it.

use super::Session;
use super::holder;
use crate::knowledge::{self, Owner};

/// A statement to paste, and what to know before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Termination {
    /// The statement.
    pub statement: String,
    /// Whose session it is, and what is lost. Untrusted text.
    pub hits: String,
}

/// The statement for one session; `None` where its process is not known.
pub fn termination(session: &Session, now_s: f64) -> Option<Termination> {
    if session.pid <= 0 {
        return None;
    }
    let who = holder::HolderKey::of(session).words();
    let state = session.state.as_deref().unwrap_or("state not visible");
    let age = session.age_s(now_s).map(|age| format!(" for {}", super::view::duration(age))).unwrap_or_default();
    let work = match session.transaction_age_s(now_s) {
        Some(age) => format!("its transaction, open for {}, is rolled back", super::view::duration(age)),
        None => "no transaction is open in it".to_owned(),
    };
    let service = knowledge::services().classify(&session.role, &session.application);
    let caution = match service {
        Some(service) if service.owner == Owner::Own => "; it is supascope's own".to_owned(),
        Some(service) if service.pooler.is_some() => {
            format!("; {} holds it for clients that cannot be told from here", service.name)
        }
        Some(service) if service.owner == Owner::Supabase => {
            format!("; it belongs to {}, which Supabase runs and which connects again", service.name)
        }
        _ => "; its client gets 57P01 and must connect again".to_owned(),
    };
    Some(Termination {
        statement: format!("SELECT pg_terminate_backend({});", session.pid),
        hits: format!("{who}: {state}{age}; {work}{caution}"),
    })
}
