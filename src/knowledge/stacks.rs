//! A stack: one driver, ORM or tool, and everything that a connection setting must respect to work with it.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};

use super::{Sources, VersionRange};
use crate::advice::Fit;
use crate::context::Workload;

/// The whole of one `stacks/<id>.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stack {
    /// Stable id; the file has the same name.
    pub id: String,
    /// The name in reports.
    pub name: String,
    /// The language it is used from.
    pub language: String,
    /// The versions that were read or run for this profile.
    pub versions: String,
    /// The packages whose version changes something, in lower case; a version without a package is that of the first.
    /// Empty when nothing depends on a version.
    #[serde(default)]
    pub packages: Vec<String>,
    /// Whether it checks chain and name also under `sslmode=prefer` and `require`, which libpq does not.
    #[serde(default)]
    pub require_verifies: bool,
    /// The documents and measurements behind the entries.
    pub sources: Sources,
    /// Which URLs and keys it takes.
    pub url: UrlProfile,
    /// Named prepared statements.
    pub statements: StatementProfile,
    /// The pool it brings, if any.
    pub pool: Option<PoolProfile>,
    /// How TLS is verified with Supabase's CA.
    pub tls: Remark,
    /// Where schema changes must go.
    pub migrations: Remark,
    /// Where versions differ.
    #[serde(default, rename = "version")]
    pub version_notes: Vec<VersionNote>,
    /// Everything that advice may tell to set, by key.
    pub settings: BTreeMap<String, Setting>,
    /// The cells: endpoint class by workload.
    pub advice: Vec<AdviceEntry>,
    /// The texts of its typical failures.
    #[serde(default, rename = "failure")]
    pub failures: Vec<Failure>,
}

/// A paragraph with its source.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Remark {
    /// The paragraph.
    pub text: String,
    /// Key into the sources.
    pub source: String,
    /// When it was read.
    pub as_of: String,
}

/// What becomes of a key in a URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyFate {
    /// Understood.
    Taken,
    /// The driver raises an error.
    Refused,
    /// Dropped without a word, or with a warning in a log.
    Ignored,
    /// Sent as a server setting: PostgreSQL and `PgBouncer` refuse unknown ones, Supavisor drops them.
    SentToServer,
    /// Not verified: nothing is said of it.
    Unknown,
}

/// Which URLs a stack takes.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UrlProfile {
    /// Schemes, without `://`; empty when it takes any, or no URL at all.
    pub schemes: Vec<String>,
    /// Whether it takes no URL, but keywords or options of its own.
    #[serde(default)]
    pub takes_no_url: bool,
    /// What it says of another scheme.
    pub scheme_error: Option<String>,
    /// What becomes of a key that is not listed.
    pub unknown_keys: KeyFate,
    /// What it says of one; `{key}` stands for the key.
    pub unknown_keys_error: Option<String>,
    /// Keys with a fate of their own.
    #[serde(default, rename = "key")]
    pub keys: Vec<UrlKey>,
    /// Key into the sources.
    pub source: String,
    /// When it was read.
    pub as_of: String,
    /// What to know about it.
    pub note: Option<String>,
}

/// Keys of a URL that share a fate.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UrlKey {
    /// The keys.
    pub names: Vec<String>,
    /// What becomes of them.
    pub fate: KeyFate,
    /// What the driver or the server says; `{key}` stands for the key.
    pub error: Option<String>,
    /// What to use in their place.
    pub instead: Option<String>,
    /// Key into the sources.
    pub source: String,
    /// When it was read.
    pub as_of: String,
}

/// Whether a stack gives names to its prepared statements, which is what breaks on an untracked transaction pooler.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NamedStatements {
    /// Unless told otherwise.
    ByDefault,
    /// Only when the application asks for it.
    OnRequest,
    /// Never.
    Never,
}

/// Named prepared statements.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatementProfile {
    /// Whether they are named.
    pub named: NamedStatements,
    /// How, in words.
    pub how: String,
    /// The setting (key of `settings`) that turns naming off.
    pub switch: Option<String>,
    /// The same as a URL key and value, where there is one.
    pub url_switch: Option<UrlSwitch>,
    /// The key of a setting that asks for names by a number above 0, where they are given on request.
    pub asked_by: Option<String>,
    /// Where it must be off.
    #[serde(default)]
    pub must_be_off: Vec<EndpointClass>,
    /// Key into the sources.
    pub source: String,
    /// When it was read.
    pub as_of: String,
}

/// A key and a value in the URL.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UrlSwitch {
    /// The key.
    pub key: String,
    /// The value.
    pub value: String,
    /// Other values that do as well.
    #[serde(default)]
    pub also: Vec<String>,
    /// Whether the application's code can say the same, so that its absence from the URL proves nothing.
    #[serde(default)]
    pub also_in_code: bool,
}

impl UrlSwitch {
    /// Whether this value of the key turns naming off.
    pub fn is_set_by(&self, value: &str) -> bool {
        self.value == value || self.also.iter().any(|also| also == value)
    }
}

/// The pool that a stack brings.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PoolProfile {
    /// What it is called.
    pub name: String,
    /// Whether it is there unless the application leaves it out.
    pub by_default: bool,
    /// Connections it keeps at most, by default; `None` when that depends on the machine or the application.
    pub default_size: Option<u32>,
    /// Connections it may open beyond that, by default.
    #[serde(default)]
    pub default_overflow: u32,
    /// Connections it opens at once when it starts, by default.
    #[serde(default)]
    pub opens_at_start: u32,
    /// Whether it has no upper limit by default.
    #[serde(default)]
    pub unbounded: bool,
    /// Whether a client waits for a connection for ever by default.
    #[serde(default)]
    pub waits_forever: bool,
    /// The key of the setting that says how many connections it keeps at most, where there is one.
    pub url_key: Option<String>,
    /// Key into the sources.
    pub source: String,
    /// When it was read.
    pub as_of: String,
    /// What to know about it.
    pub note: Option<String>,
}

/// What differs between versions.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VersionNote {
    /// Which versions (`asyncpg <0.31`).
    pub versions: VersionRange,
    /// Where it matters; everywhere when there is none.
    #[serde(default)]
    pub endpoints: Vec<EndpointClass>,
    /// What differs.
    pub what: String,
    /// Key into the sources.
    pub source: String,
    /// When it was read.
    pub as_of: String,
}

/// One thing to set. Names, values and reasons may hold `{pool}` and the other gaps that [`crate::advice`] fills.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    /// The option, as the stack spells it.
    pub name: String,
    /// Its value.
    pub value: String,
    /// Where it goes.
    #[serde(rename = "where")]
    pub place: String,
    /// Why.
    pub why: String,
    /// Only on Supabase's own hosts (its CA vouches for no other).
    #[serde(default)]
    pub hosted_only: bool,
    /// The versions it is for.
    pub versions: Option<VersionRange>,
    /// Key into the sources.
    pub source: String,
    /// When it was read.
    pub as_of: String,
}

/// What an endpoint is to a driver: its mode, and who keeps track of named statements there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EndpointClass {
    /// A session pooler.
    Session,
    /// Supavisor in transaction mode that passes statement names on as they are.
    TransactionUntracked,
    /// Supavisor in transaction mode that keeps track of named statements.
    TransactionTrackedSupavisor,
    /// `PgBouncer` in transaction mode that keeps track of named statements.
    TransactionTrackedPgbouncer,
    /// `PgBouncer` in transaction mode that does not: the dedicated pooler, until it is measured.
    Dedicated,
    /// A project's database itself.
    Direct,
    /// A database on this machine or in the docker stack, with no pooler in between.
    Local,
}

impl EndpointClass {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Session,
        Self::TransactionUntracked,
        Self::TransactionTrackedSupavisor,
        Self::TransactionTrackedPgbouncer,
        Self::Dedicated,
        Self::Direct,
        Self::Local,
    ];

    /// The name in profiles.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::TransactionUntracked => "transaction-untracked",
            Self::TransactionTrackedSupavisor => "transaction-tracked-supavisor",
            Self::TransactionTrackedPgbouncer => "transaction-tracked-pgbouncer",
            Self::Dedicated => "dedicated",
            Self::Direct => "direct",
            Self::Local => "local",
        }
    }

    /// Whether server connections change hands between transactions.
    pub const fn is_transaction(self) -> bool {
        matches!(
            self,
            Self::TransactionUntracked
                | Self::TransactionTrackedSupavisor
                | Self::TransactionTrackedPgbouncer
                | Self::Dedicated
        )
    }
}

/// One or several cells of advice.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdviceEntry {
    /// The endpoint classes it is for.
    pub endpoints: Vec<EndpointClass>,
    /// The workloads it is for.
    #[serde(deserialize_with = "workloads")]
    pub workloads: Vec<Workload>,
    /// The versions it is for. Each cell has one entry without versions, which counts when none is said.
    pub versions: Option<VersionRange>,
    /// Whether that is a good choice.
    #[serde(deserialize_with = "fit")]
    pub fit: Fit,
    /// The verdict in a sentence or two; with `avoid`, what to use instead.
    pub summary: String,
    /// Keys of `settings`, in the order of the report.
    pub settings: Vec<String>,
    /// Key into the sources.
    pub source: String,
    /// When it was read.
    pub as_of: String,
}

/// A failure that users of the stack see.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    /// Its text, or the fixed part of it.
    pub text: String,
    /// What it means.
    pub means: String,
    /// Key into the sources.
    pub source: String,
    /// When it was read.
    pub as_of: String,
}

fn workloads<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Workload>, D::Error> {
    let names = Vec::<String>::deserialize(deserializer)?;
    names.iter().map(|name| super::endpoints::find_named(name, &Workload::ALL, Workload::as_str)).collect()
}

fn fit<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Fit, D::Error> {
    let name = String::deserialize(deserializer)?;
    super::endpoints::find_named(&name, &[Fit::Fits, Fit::Works, Fit::Avoid], Fit::as_str)
}
