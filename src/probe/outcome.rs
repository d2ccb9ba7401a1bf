//! The results of a probe, as plain data.

mod headroom;
mod session;
mod tls;

use std::net::SocketAddr;
use std::time::Duration;

pub use crate::capacity::Fullness;

pub use crate::knowledge::errors::Refusal;
pub use headroom::*;
pub use session::*;
pub use tls::*;

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
    /// Where `default_transaction_read_only` is set (`pg_settings.source`), when transactions are read-only by it.
    pub read_only_source: Option<String>,
    /// Whether the process id of the cancel key is that of the backend, as only PostgreSQL itself sends it.
    pub key_is_backend: Option<bool>,
    /// The parameters of the greeting, in wire order.
    pub parameters: Vec<(String, String)>,
    /// The marks that the product was told by.
    pub evidence: Vec<String>,
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
