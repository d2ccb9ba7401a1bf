//! The results of a probe, as plain data.

use std::net::SocketAddr;
use std::time::Duration;

pub use crate::capacity::Fullness;
use crate::endpoint::Mode;
pub use crate::knowledge::errors::Refusal;

/// What became of one measurement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// It gave an answer that can be relied on.
    Measured,
    /// It ran, and proves nothing; the reason says why.
    Inconclusive,
    /// It did not run; the reason says why.
    Skipped,
    /// It ran and broke; the reason says how.
    Failed,
}

impl Status {
    /// The name in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Measured => "measured",
            Self::Inconclusive => "inconclusive",
            Self::Skipped => "skipped",
            Self::Failed => "failed",
        }
    }
}

/// One part of the result: its status, and its value as far as there is one.
#[derive(Debug, Clone, PartialEq)]
pub struct Part<T> {
    /// What became of it.
    pub status: Status,
    /// Why it is not measured; also a remark on a measured one.
    pub reason: Option<String>,
    /// How long it took.
    pub elapsed: Option<Duration>,
    /// What was learnt. An inconclusive part may hold what is known of it.
    pub value: Option<T>,
}

impl<T> Part<T> {
    /// A reliable answer.
    pub const fn measured(value: T, elapsed: Option<Duration>) -> Self {
        Self { status: Status::Measured, reason: None, elapsed, value: Some(value) }
    }

    /// It ran and proves nothing.
    pub fn inconclusive(value: Option<T>, reason: impl Into<String>) -> Self {
        Self { status: Status::Inconclusive, reason: Some(reason.into()), elapsed: None, value }
    }

    /// It did not run.
    pub fn skipped(reason: impl Into<String>) -> Self {
        Self { status: Status::Skipped, reason: Some(reason.into()), elapsed: None, value: None }
    }

    /// It ran and broke.
    pub fn failed(reason: impl Into<String>) -> Self {
        Self { status: Status::Failed, reason: Some(reason.into()), elapsed: None, value: None }
    }
}

/// The addresses of a host name, A and AAAA apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Resolve {
    /// IPv4 addresses, in the resolver's order.
    pub ipv4: Vec<String>,
    /// IPv6 addresses, in the resolver's order.
    pub ipv6: Vec<String>,
}

/// The TCP connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connect {
    /// Where it went.
    pub address: SocketAddr,
    /// Addresses that were tried before, with the reason each failed.
    pub tried: Vec<(SocketAddr, String)>,
}

/// An `ErrorResponse`, with what its shape tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerError {
    /// The SQLSTATE.
    pub sqlstate: String,
    /// The message, control characters and all: escape before showing.
    pub message: String,
    /// `FATAL`, `ERROR`, ...
    pub severity: String,
    /// The field codes in wire order, for example `CMS`.
    pub field_order: String,
    /// Detail, if any.
    pub detail: Option<String>,
    /// Hint, if any.
    pub hint: Option<String>,
}

/// How a probe failed to get further.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The class of the failure.
    pub refusal: Refusal,
    /// What happened, in words, with the address; no secret, control characters escaped.
    pub message: String,
    /// The server's own words, if it spoke.
    pub server: Option<ServerError>,
}

/// Whether a plaintext connection is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Plaintext {
    /// The server goes on to authentication without TLS.
    Accepted,
    /// It demands TLS first.
    Refused,
    /// Not known.
    #[default]
    Unknown,
}

impl Plaintext {
    /// The name in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::Unknown => "unknown",
        }
    }
}

/// What a certificate says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// Subject, as an RFC 4514 string.
    pub subject: String,
    /// Issuer, as an RFC 4514 string.
    pub issuer: String,
    /// Subject alternative names (DNS and IP), or the common name where there are none; at most 100.
    pub names: Vec<String>,
    /// First moment of validity, RFC 3339.
    pub not_before: String,
    /// Last moment of validity, RFC 3339.
    pub not_after: String,
    /// Whole days left; negative when expired.
    pub days_left: i64,
    /// SHA-256 of the DER form, lower-case hex.
    pub sha256: String,
}

/// The key of a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateKey {
    /// Kind and size: `RSA 2048`, `EC P-256`, `Ed25519`.
    pub name: String,
    /// The algorithm that the certificate was signed with, for example `sha256WithRSAEncryption`.
    pub signature_algorithm: String,
}

/// A certificate of the chain as the server sent it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentCertificate {
    /// Subject, as an RFC 4514 string.
    pub subject: String,
    /// Issuer, as an RFC 4514 string.
    pub issuer: String,
    /// Last moment of validity, RFC 3339.
    pub not_after: String,
    /// SHA-256 of the DER form, lower-case hex.
    pub sha256: String,
    /// The DER form.
    pub der: Vec<u8>,
}

/// What becomes of a driver's connection, as far as TLS decides it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ClientOutcome {
    /// Encrypted and verified.
    Verified,
    /// Encrypted, not verified.
    Unverified,
    /// Not encrypted.
    Plaintext,
    /// No connection.
    Fails,
    /// Not known.
    Unknown,
}

impl ClientOutcome {
    /// The name in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Unverified => "unverified",
            Self::Plaintext => "plaintext",
            Self::Fails => "fails",
            Self::Unknown => "unknown",
        }
    }
}

/// What one driver would do with the setting's sslmode at this server. Derived: from the driver's documented behaviour
/// (`tls-clients.toml`) and the measured chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientTls {
    /// Stable id.
    pub id: String,
    /// The name.
    pub name: String,
    /// The word that decides, as the setting has it; `None` when it has none that the driver reads.
    pub word: Option<String>,
    /// What becomes of the connection.
    pub outcome: ClientOutcome,
    /// What was verified, or why it fails.
    pub why: String,
}

/// What one sslmode comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SslmodeVerdict {
    /// It connects.
    Ok,
    /// It does not, and why.
    No(String),
    /// Not tested, and why.
    Unknown(String),
}

/// The sslmodes of libpq, each with its verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sslmodes {
    /// `require`
    pub require: SslmodeVerdict,
    /// `verify-ca`
    pub verify_ca: SslmodeVerdict,
    /// `verify-full`
    pub verify_full: SslmodeVerdict,
}

/// What was learnt about TLS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tls {
    /// Whether `SSLRequest` was answered with `S`.
    pub offered: bool,
    /// Whether plaintext is taken.
    pub plaintext: Plaintext,
    /// A TLS handshake without `SSLRequest` (`sslnegotiation=direct`) is taken; `None` when not known.
    pub direct: Option<bool>,
    /// `SCRAM-SHA-256-PLUS` is offered, which `channel_binding=require` needs; `None` when not known.
    pub channel_binding: Option<bool>,
    /// TLS 1.2 works; `None` when not tested.
    pub tls12: Option<bool>,
    /// TLS 1.3 works; `None` when not tested.
    pub tls13: Option<bool>,
    /// What each sslmode comes to with the given root certificates (`sslrootcert`, or libpq's default file).
    pub given_roots: Option<Sslmodes>,
    /// What each sslmode comes to with the system's trust store.
    pub system_roots: Option<Sslmodes>,
    /// The server's certificate.
    pub certificate: Option<Certificate>,
    /// The key of the server's certificate.
    pub key: Option<CertificateKey>,
    /// The certificates as sent, the server's first; at most 16, without those that cannot be read.
    pub chain: Vec<SentCertificate>,
    /// How many certificates the server sent.
    pub chain_length: usize,
    /// The known root that the chain ends in: an id of `endpoints.toml`, `public`, `other` or `unknown`.
    pub root: String,
    /// What drivers would do with the setting's sslmode here.
    pub clients: Vec<ClientTls>,
}

impl Tls {
    /// A server that answers `N` to `SSLRequest`.
    pub fn none(plaintext: Plaintext) -> Self {
        Self {
            offered: false,
            plaintext,
            direct: None,
            channel_binding: None,
            tls12: None,
            tls13: None,
            given_roots: None,
            system_roots: None,
            certificate: None,
            key: None,
            chain: Vec::new(),
            chain_length: 0,
            root: "unknown".to_owned(),
            clients: Vec::new(),
        }
    }
}

/// How the login went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Auth {
    /// What the server asked for: `scram-sha-256`, `scram-sha-256-plus`, `md5`, `cleartext`, `trust`.
    pub method: Option<String>,
    /// Whether it succeeded; `None` when no login was tried.
    pub ok: Option<bool>,
    /// What went wrong.
    pub failure: Option<Failure>,
}

/// The software that answers, told from the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Product {
    /// Supavisor.
    Supavisor,
    /// `PgBouncer`.
    PgBouncer,
    /// PostgreSQL itself.
    Postgres,
    /// Not known.
    Unknown,
}

impl Product {
    /// The name in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Supavisor => "supavisor",
            Self::PgBouncer => "pgbouncer",
            Self::Postgres => "postgres",
            Self::Unknown => "unknown",
        }
    }
}

/// The server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Which software.
    pub product: Product,
    /// Its version, when it tells (Supavisor's `x-app-version`).
    pub product_version: Option<String>,
    /// The database's version.
    pub server_version: Option<String>,
    /// `pg_is_in_recovery()`.
    pub in_recovery: Option<bool>,
    /// `transaction_read_only`.
    pub read_only: Option<bool>,
    /// The marks that the product was told by.
    pub evidence: Vec<String>,
}

/// The pool mode, measured by backend identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolMode {
    /// The mode.
    pub mode: Mode,
    /// What proves it.
    pub evidence: String,
}

/// Whether named statements outlive a change of backend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Named {
    /// They do.
    Survive,
    /// They do not.
    Break,
    /// Not known.
    Unknown,
}

impl Named {
    /// The name in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Survive => "survive",
            Self::Break => "break",
            Self::Unknown => "unknown",
        }
    }
}

/// Who keeps track of named statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tracking {
    /// Nobody: the name reaches the server as it is.
    None,
    /// `PgBouncer` renames and replays them.
    PgBouncer,
    /// Supavisor renames and replays them.
    Supavisor,
    /// The backend never changes.
    NotNeeded,
    /// Not known.
    Unknown,
}

impl Tracking {
    /// The name in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::PgBouncer => "pgbouncer",
            Self::Supavisor => "supavisor",
            Self::NotNeeded => "not-needed",
            Self::Unknown => "unknown",
        }
    }
}

/// Named prepared statements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreparedStatements {
    /// What becomes of them.
    pub named: Named,
    /// Who tracks them.
    pub tracking: Tracking,
    /// What proves it.
    pub evidence: String,
}

/// Whether an application may rely on a piece of session state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Safety {
    /// It may.
    Safe,
    /// It may not.
    Unsafe,
    /// Not known.
    Unknown,
}

impl Safety {
    /// The name in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::Unsafe => "unsafe",
            Self::Unknown => "unknown",
        }
    }
}

/// How a verdict on session state was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Basis {
    /// By trying it.
    Measured,
    /// From the measured mode.
    Derived,
}

impl Basis {
    /// The name in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Measured => "measured",
            Self::Derived => "derived",
        }
    }
}

/// One piece of session state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateVerdict {
    /// The verdict.
    pub verdict: Safety,
    /// How it was reached.
    pub basis: Basis,
    /// What it rests on.
    pub evidence: String,
}

/// The session-state matrix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionState {
    /// `SET LOCAL` inside a transaction.
    pub set_local: StateVerdict,
    /// `SET` for the session.
    pub session_set: StateVerdict,
    /// Settings in the startup message (`options`, or as parameters).
    pub startup_options: StateVerdict,
    /// `search_path` in the startup message.
    pub search_path: StateVerdict,
    /// `LISTEN` and `NOTIFY`.
    pub listen_notify: StateVerdict,
    /// Session advisory locks.
    pub advisory_lock: StateVerdict,
    /// Temporary tables across transactions.
    pub temp_table: StateVerdict,
    /// `WITH HOLD` cursors.
    pub with_hold_cursor: StateVerdict,
    /// SQL-level `PREPARE`.
    pub sql_prepare: StateVerdict,
}

/// How many connections one service holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceUse {
    /// The service, from `services.toml`, or `other`.
    pub service: String,
    /// The role.
    pub role: String,
    /// Connections.
    pub connections: u32,
}

/// Where the pool's size is known from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PoolSizeFrom {
    /// `--pool-size`.
    Flag,
    /// The tier's default.
    TierDefault,
    /// The number in an error text of the pooler.
    ErrorText,
    /// Nowhere.
    Unknown,
}

impl PoolSizeFrom {
    /// The name in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Flag => "flag",
            Self::TierDefault => "tier-default",
            Self::ErrorText => "error-text",
            Self::Unknown => "unknown",
        }
    }
}

/// The pooler's server connections against its pool size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolUse {
    /// The pool size; `None` when not known.
    pub size: Option<u32>,
    /// Where it is known from.
    pub size_from: PoolSizeFrom,
    /// Server connections that the pooler holds for this role and database; `None` when they cannot be told apart.
    pub backends: Option<u32>,
    /// `backends` in percent of `size`.
    pub used_percent: Option<u32>,
    /// 40 % of `max_connections`: the ceiling for the pool with a busy Data API (Supabase's rule of thumb).
    pub data_api_budget: Option<u32>,
    /// 80 % of `max_connections`: the ceiling without it.
    pub max_budget: Option<u32>,
}

/// A session that has a transaction open. Its query is not looked at: it may hold what is nobody's business.
#[derive(Debug, Clone, PartialEq, serde::Deserialize)]
pub struct Holder {
    /// The backend's process id.
    pub pid: i32,
    /// The role.
    pub role: String,
    /// The application's name.
    pub application: String,
    /// The client's address, as the server sees it; behind a pooler the pooler's.
    pub address: Option<String>,
    /// The state, for example `idle in transaction`.
    pub state: String,
    /// How long the transaction has been open, in seconds.
    pub transaction_s: f64,
    /// How long it has been idle in it, in seconds.
    pub idle_s: Option<f64>,
    /// It waits for a lock.
    pub blocked: bool,
}

/// What else may trouble a database.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Trouble {
    /// Sessions with an open transaction, the oldest first, at most ten.
    pub holders: Vec<Holder>,
    /// Sessions that wait for a lock.
    pub blocked: u32,
    /// Connections by application name, most first, at most twenty.
    pub by_application: Vec<(String, u32)>,
    /// The role's own connection limit, and how many connections it holds.
    pub role_limit: Option<(u32, u32)>,
    /// The role's timeouts, in milliseconds, by name; 0 is off.
    pub timeouts_ms: Vec<(String, u64)>,
}

/// How far from the limit.
#[derive(Debug, Clone, PartialEq)]
pub struct Headroom {
    /// `max_connections`.
    pub max_connections: u32,
    /// Slots kept for superusers and reserved roles.
    pub reserved: u32,
    /// Client backends, ours included.
    pub in_use: u32,
    /// Ours among them.
    pub own: u32,
    /// Slots an ordinary role can still take.
    pub free: u32,
    /// `in_use` less ours, in percent of the slots an ordinary role can take.
    pub used_percent: u32,
    /// By service and role, most first.
    pub by_service: Vec<ServiceUse>,
    /// By state, most first.
    pub by_state: Vec<(String, u32)>,
    /// Oldest open transaction that is idle, in seconds.
    pub oldest_idle_in_transaction_s: Option<f64>,
    /// Oldest transaction of any kind, in seconds.
    pub oldest_transaction_s: Option<f64>,
    /// Whether the role sees other roles' sessions (`pg_read_all_stats`).
    pub sees_all: bool,
    /// The tier given with `--tier`.
    pub tier: Option<String>,
    /// The tiers that `max_connections` is consistent with.
    pub consistent_with: Vec<String>,
    /// Who holds transactions open, and what else may trouble the database.
    pub trouble: Trouble,
    /// The pool.
    pub pool: PoolUse,
    /// The verdict.
    pub verdict: Fullness,
}

/// How long things take.
#[derive(Debug, Clone, PartialEq)]
pub struct Latency {
    /// From the first packet to the first ready-for-query, in milliseconds.
    pub connect_ms: f64,
    /// TCP connect alone, in milliseconds.
    pub tcp_ms: f64,
    /// `SSLRequest` and TLS handshake, in milliseconds.
    pub tls_ms: Option<f64>,
    /// Startup and authentication, in milliseconds.
    pub auth_ms: f64,
    /// Fastest trivial query, in milliseconds.
    pub query_min_ms: Option<f64>,
    /// Median of the trivial queries, in milliseconds.
    pub query_median_ms: Option<f64>,
}

impl ProbeReport {
    /// The report of a probe that did not run at all, with the reason.
    pub fn not_run(reason: &str) -> Self {
        Self {
            reached: false,
            connections_opened: 0,
            connections_at_once: 0,
            wall: Duration::ZERO,
            resolve: Part::skipped(reason),
            connect: Part::skipped(reason),
            tls: Part::skipped(reason),
            auth: Part::skipped(reason),
            server: Part::skipped(reason),
            mode: Part::skipped(reason),
            prepared_statements: Part::skipped(reason),
            session_state: Part::skipped(reason),
            headroom: Part::skipped(reason),
            latency: Part::skipped(reason),
            failure: None,
            left_behind: Vec::new(),
            trace: Vec::new(),
        }
    }
}

/// Everything a probe learnt.
#[derive(Debug, Clone, PartialEq)]
pub struct ProbeReport {
    /// Whether anything answered.
    pub reached: bool,
    /// Connections opened, of every kind.
    pub connections_opened: u32,
    /// Most connections open at one time.
    pub connections_at_once: u32,
    /// The whole probe.
    pub wall: Duration,
    /// Names and addresses.
    pub resolve: Part<Resolve>,
    /// TCP.
    pub connect: Part<Connect>,
    /// TLS.
    pub tls: Part<Tls>,
    /// The login.
    pub auth: Part<Auth>,
    /// The software.
    pub server: Part<Server>,
    /// The pool mode.
    pub mode: Part<PoolMode>,
    /// Named statements.
    pub prepared_statements: Part<PreparedStatements>,
    /// Session state.
    pub session_state: Part<SessionState>,
    /// Connections.
    pub headroom: Part<Headroom>,
    /// Times.
    pub latency: Part<Latency>,
    /// What stopped the probe, when something did. The probe rules judge by this.
    pub failure: Option<Failure>,
    /// What could not be cleaned up, in words; harmless, and told.
    pub left_behind: Vec<String>,
    /// What took how long.
    pub trace: Vec<super::trace::Step>,
}
