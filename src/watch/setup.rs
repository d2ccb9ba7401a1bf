//! What is known before the first look.

use serde::{Deserialize, Serialize};

use super::alert::Alert;
use crate::endpoint::{Endpoint, Mode, Pooler};
use crate::knowledge;

/// Whether waiting clients can be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Admin {
    /// There is no pooler.
    NoPooler,
    /// Supavisor has no admin console: its `SHOW` commands go to PostgreSQL.
    NotInSupavisor,
    /// `PgBouncer` has one; `--admin` was not given.
    NotAsked,
    /// It is asked.
    Asked,
}

/// What is known before the first look, and stands at the head of a recording.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Setup {
    /// The address and the database, without a secret.
    pub label: String,
    /// The kind of endpoint, in the contract's words.
    pub endpoint: String,
    /// The mode that is documented for it.
    pub mode: String,
    /// The pool's size, from `--pool-size` or the tier.
    pub pool_size: Option<u32>,
    /// Where that is known from.
    pub pool_size_from: Option<String>,
    /// Whether waiting clients can be seen.
    pub admin: Admin,
    /// From one look to the next.
    pub interval_ms: u64,
    /// From here on an idle session counts as unused (`--leak-after`).
    pub leak_after_ms: u64,
    /// `--alert`: not part of a recording; who replays it says his own.
    #[serde(skip)]
    pub alerts: Vec<Alert>,
}

impl Setup {
    /// Of an endpoint.
    pub fn new(label: String, endpoint: &Endpoint, interval_ms: u64) -> Self {
        let admin = match endpoint.pooler {
            Pooler::None => Admin::NoPooler,
            Pooler::Supavisor => Admin::NotInSupavisor,
            Pooler::PgBouncer | Pooler::Unknown => Admin::NotAsked,
        };
        Self {
            label,
            endpoint: endpoint.kind.as_str().to_owned(),
            mode: endpoint.mode.as_str().to_owned(),
            pool_size: None,
            pool_size_from: None,
            admin,
            interval_ms,
            leak_after_ms: 60_000,
            alerts: Vec::new(),
        }
    }

    /// The pool's size: said, or the tier's default.
    #[must_use]
    pub fn with_pool(mut self, said: Option<u32>, tier: Option<&str>) -> Self {
        let default = || tier.and_then(|id| knowledge::tiers().find(id)).and_then(|tier| tier.default_pool_size);
        (self.pool_size, self.pool_size_from) = match (said, default()) {
            (Some(size), _) => (Some(size), Some("--pool-size".to_owned())),
            (None, Some(size)) => (Some(size), Some("the tier's default".to_owned())),
            (None, None) => (None, None),
        };
        self
    }

    /// Whether the way goes through a pooler in session mode.
    pub fn is_session(&self) -> bool {
        self.mode == Mode::Session.as_str()
    }

    /// Whether the way goes through a pooler.
    pub fn is_pooled(&self) -> bool {
        self.is_session() || self.mode == Mode::Transaction.as_str()
    }
}
