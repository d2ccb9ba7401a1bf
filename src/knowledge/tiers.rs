//! Compute sizes and the limits that come with them.

use serde::Deserialize;

use super::Sources;

/// The whole of `tiers.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tiers {
    /// The documents behind the entries.
    pub sources: Sources,
    /// What ordinary roles cannot have.
    pub reserved: Reserved,
    /// What Supabase's services hold.
    pub services: ServiceConnections,
    /// The rule of thumb for the poolers' share.
    pub budgets: Budgets,
    /// Why a measured `max_connections` proves no tier.
    pub max_connections_note: Note,
    /// The tiers, smallest first.
    #[serde(rename = "tier")]
    pub tiers: Vec<Tier>,
    /// An older table that is still passed around.
    pub sizing_guide: SizingGuide,
}

/// A remark with its source.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Note {
    /// The remark.
    pub text: String,
    /// Key into the sources.
    pub source: String,
    /// When it was read.
    pub as_of: String,
}

/// Slots that `PostgreSQL` keeps from ordinary roles, where they cannot be asked for.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reserved {
    /// Slots for superusers.
    pub superuser_reserved_connections: u32,
    /// Slots for members of `pg_use_reserved_connections` (`PostgreSQL` 16 and later).
    pub reserved_connections: u32,
    /// Key into the sources.
    pub source: String,
    /// When it was read.
    pub as_of: String,
    /// What to know about it.
    pub note: String,
}

impl Reserved {
    /// Slots that an ordinary role cannot have.
    pub const fn total(&self) -> u32 {
        self.superuser_reserved_connections.saturating_add(self.reserved_connections)
    }
}

/// Connections that Supabase's services hold while nothing happens.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceConnections {
    /// At least.
    pub idle_min: u32,
    /// At most.
    pub idle_max: u32,
    /// Key into the sources.
    pub source: String,
    /// When it was read.
    pub as_of: String,
    /// What to know about it.
    pub note: String,
}

/// Supabase's rule of thumb for the poolers' share of `max_connections`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Budgets {
    /// With a busy Data API, in percent.
    pub data_api_percent: u32,
    /// Without it, in percent.
    pub max_percent: u32,
    /// Key into the sources.
    pub source: String,
    /// When it was read.
    pub as_of: String,
    /// What to know about it.
    pub note: String,
}

/// One compute size. A figure that no source gives is `None`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tier {
    /// The id on supascope's command line, for example `small`.
    pub id: String,
    /// The name in Supabase's documentation.
    pub name: String,
    /// The ids of the Management API, for example `ci_small`.
    pub api_ids: Vec<String>,
    /// The CPU in words.
    pub cpu: Option<String>,
    /// Cores.
    pub cpu_cores: Option<u32>,
    /// Whether the cores are its own.
    pub cpu_dedicated: Option<bool>,
    /// Memory, in MiB.
    pub ram_mb: Option<u32>,
    /// Largest database that Supabase recommends for the size, in GB.
    pub recommended_database_gb: Option<f64>,
    /// `PostgreSQL`'s `max_connections`, as recommended; it can be overridden.
    pub max_connections: Option<u32>,
    /// Most clients of a pooler in transaction mode.
    pub pooler_max_clients: Option<u32>,
    /// The pool size until someone changes it.
    pub default_pool_size: Option<u32>,
    /// 40 % of `max_connections`.
    pub data_api_budget: Option<u32>,
    /// 80 % of `max_connections`.
    pub max_budget: Option<u32>,
    /// Replication slots.
    pub replication_slots: Option<u32>,
    /// WAL senders.
    pub wal_senders: Option<u32>,
    /// Key into the sources.
    pub source: String,
    /// When it was read.
    pub as_of: String,
    /// What to know about it.
    pub note: Option<String>,
}

/// The older sizing table, shown beside the documented figures.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SizingGuide {
    /// Its name.
    pub title: String,
    /// Where and why it differs.
    pub note: String,
    /// Key into the sources.
    pub source: String,
    /// When it was read.
    pub as_of: String,
    /// Its rows, smallest first.
    #[serde(rename = "row")]
    pub rows: Vec<SizingRow>,
}

/// One row of the older table; every figure is approximate.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SizingRow {
    /// The tier's id.
    pub tier: String,
    /// `max_connections`.
    pub max_connections: u32,
    /// The pool size that the table recommends.
    pub pool: u32,
    /// What it leaves for everything else.
    pub reserved: u32,
}

impl Tiers {
    /// The tier with this id or Management API id, in any case (`2XL`, `ci_2xlarge`).
    pub fn find(&self, id: &str) -> Option<&Tier> {
        let same = |other: &str| other.eq_ignore_ascii_case(id.trim());
        self.tiers.iter().find(|tier| same(&tier.id) || tier.api_ids.iter().any(|api_id| same(api_id)))
    }

    /// The ids, smallest tier first.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.tiers.iter().map(|tier| tier.id.as_str())
    }
}
