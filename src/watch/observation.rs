//! What the sampler tells: a look at the database, or why there is none.

use serde::{Deserialize, Serialize};

use super::Sample;
use crate::explain::explain;
use crate::knowledge::errors;

/// What the sampler tells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Observation {
    /// It looked.
    Sample(Box<Sample>),
    /// It could not.
    Failure(Trouble),
}

/// What has no room for another connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Full {
    /// The database: no slot is free.
    Slots,
    /// The pooler: no client or server connection is free.
    Pool,
}

/// Why there is no look.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trouble {
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// What happened, with the operation and the address. The server's words in it are untrusted.
    pub message: String,
    /// The cause, as `explain` names it.
    pub cause: Option<String>,
    /// The cause in words.
    pub title: Option<String>,
    /// What has no room.
    pub full: Option<Full>,
    /// The session is gone (else only this query failed).
    pub lost: bool,
    /// How long until the next try, in milliseconds; `None` when there is none: another login might ban this address.
    pub next_try_ms: Option<u64>,
}

impl Trouble {
    /// A failure, with what the catalogue of errors knows about its text.
    pub fn new(at_ms: i64, message: String, full: Option<Full>, lost: bool) -> Self {
        let explanation = explain(&message);
        let known = explanation.matches.first();
        Self {
            at_ms,
            message,
            cause: known.map(|known| known.cause.id.clone()),
            title: known.map(|known| known.cause.title.clone()),
            full,
            lost,
            next_try_ms: None,
        }
    }
}

impl Trouble {
    /// The same, with a cause that is known from elsewhere than its text, where the text says none.
    #[must_use]
    pub fn or_cause(mut self, id: Option<&str>) -> Self {
        if self.cause.is_none()
            && let Some(known) = id.and_then(errors::cause)
        {
            self.cause = Some(known.id.clone());
            self.title = Some(known.title.clone());
        }
        self
    }
}

impl Observation {
    /// When it was.
    pub fn at_ms(&self) -> i64 {
        match self {
            Self::Sample(sample) => sample.at_ms,
            Self::Failure(trouble) => trouble.at_ms,
        }
    }
}
