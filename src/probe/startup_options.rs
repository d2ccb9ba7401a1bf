//! What becomes of settings in the startup message: one more login with `options=-c statement_timeout=54321`, and a look.
//!
//! `PgBouncer` refuses it in its first answer, which costs nothing; Supavisor drops it without a word; PostgreSQL takes it.
//! The odd number makes sure that no default is mistaken for it.

use super::link::{First, Link};
use crate::wire::{Batch, ErrorFields, WireError};
use std::time::Duration;

/// The test value, in milliseconds; `SHOW` prints it as `54321ms`.
const ODD_VALUE_MS: &str = "54321";

/// What became of a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It took effect.
    Honoured,
    /// It was dropped without a word.
    Ignored,
    /// The login was refused because of it, in the server's words.
    Refused(String),
    /// Not known, and why.
    Unknown(String),
}

/// The outcome of the test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartupOptions {
    /// `options=-c statement_timeout=...`
    pub options: Fate,
    /// `search_path` in the options.
    pub search_path: Fate,
}

impl StartupOptions {
    /// Nothing was learnt, and why.
    pub fn not_run(why: &str) -> Self {
        Self { options: Fate::Unknown(why.to_owned()), search_path: Fate::Unknown(why.to_owned()) }
    }
}

/// The options to send. `search_path` goes with them only where no pooler is (`direct`): on Supavisor it would open a
/// pool of its own.
pub fn options(direct: bool) -> String {
    if direct {
        format!("-c statement_timeout={ODD_VALUE_MS} -c search_path=pg_catalog,supascope_absent")
    } else {
        format!("-c statement_timeout={ODD_VALUE_MS}")
    }
}

/// The options that test `search_path` alone, against a pooler that refused the others before any login.
pub const SEARCH_PATH_ONLY: &str = "--search_path=pg_catalog";

/// Whether a refusal is about the options and not about something else.
pub fn refuses_options(fields: &ErrorFields) -> bool {
    fields.message().to_ascii_lowercase().contains("startup parameter")
}

/// The fate that a first answer shows, if it does.
pub fn fate_of(first: &First) -> Option<Fate> {
    match first {
        First::Refused(fields) if refuses_options(fields) => Some(Fate::Refused(fields.message().to_owned())),
        First::Refused(fields) => Some(Fate::Unknown(format!("the test login was refused: {}", fields.message()))),
        First::Auth(_) => None,
    }
}

/// Looks at what took effect, on a connection that has logged in with [`options`].
pub async fn look(link: &mut Link<'_>, direct: bool, within: Duration) -> Result<StartupOptions, WireError> {
    let batch = Batch::new()
        .query("SELECT pg_catalog.current_setting('statement_timeout'), pg_catalog.current_setting('search_path')");
    let reply = link.wire.run(batch, within, "look at the startup options").await?;
    if let Some(error) = &reply.error {
        return Ok(StartupOptions::not_run(error.message()));
    }
    let options = match reply.value(0, 0) {
        Some("54321ms") => Fate::Honoured,
        Some(_) => Fate::Ignored,
        None => Fate::Unknown("the server did not tell".to_owned()),
    };
    let search_path = match reply.value(0, 1) {
        Some(path) if direct && path.contains("supascope_absent") => Fate::Honoured,
        Some(_) if direct => Fate::Ignored,
        _ => Fate::Unknown("not tried: it would open a pool of its own".to_owned()),
    };
    Ok(StartupOptions { options, search_path })
}
