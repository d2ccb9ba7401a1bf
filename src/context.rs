//! What the user says about the application, the same for all targets of a run.

use std::collections::BTreeMap;

use crate::knowledge::Versions;

/// How the application runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Workload {
    /// A long-running process with a pool.
    Persistent,
    /// Many short-lived processes.
    Serverless,
    /// Schema changes, dumps, administration.
    Migrations,
}

impl Workload {
    /// All of them, in the order of reports.
    pub const ALL: [Self; 3] = [Self::Persistent, Self::Serverless, Self::Migrations];

    /// The name in reports and on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Persistent => "persistent",
            Self::Serverless => "serverless",
            Self::Migrations => "migrations",
        }
    }
}

/// What the user said about the application, the same for all targets of a run.
#[derive(Debug, Clone, Default)]
pub struct Context {
    /// `--stack`, in order.
    pub stacks: Vec<String>,
    /// The versions that were said with a stack (`--stack asyncpg@0.30`), by its id.
    pub versions: BTreeMap<String, Versions>,
    /// `--workload`.
    pub workload: Option<Workload>,
    /// `--tier`, a tier's id.
    pub tier: Option<String>,
    /// `--pool-size`: the pooler's, from the dashboard.
    pub pool_size: Option<u32>,
    /// `--sslrootcert`.
    pub ssl_root_cert: Option<String>,
    /// From which figures on the rules of a measurement speak.
    pub thresholds: Thresholds,
}

/// From which figures on the rules of a measurement speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Thresholds {
    /// Of the usable connection slots, or of the pool, in percent.
    pub used_percent: u32,
    /// A transaction that does nothing, in seconds.
    pub idle_in_transaction_s: u32,
    /// A transaction of any kind, in seconds.
    pub transaction_s: u32,
    /// A trivial query, in milliseconds.
    pub query_ms: u32,
    /// Days until a certificate runs out.
    pub certificate_days: u32,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self { used_percent: 70, idle_in_transaction_s: 30, transaction_s: 300, query_ms: 200, certificate_days: 30 }
    }
}

impl Context {
    /// The versions that were said of a stack, by its id.
    pub fn versions_of(&self, stack: &str) -> Versions {
        self.versions.get(stack).cloned().unwrap_or_default()
    }
}
