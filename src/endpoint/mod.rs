//! Which door a setting knocks on: decided by host and port together, never by the port alone.
//!
//! 6543 is Supavisor on `*.pooler.supabase.com` and `PgBouncer` on `db.<ref>.supabase.co` (Supabase documentation,
//! "Connect to your database", September 2026), and the two differ in nearly everything a client can notice.

mod classify;
mod host;
pub(crate) mod placeholder;

pub use classify::classify;
pub(crate) use classify::{Tenant, options_reference, split_user};
pub(crate) use host::{Shape, is_ref, shape};

/// The contract's kinds of endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EndpointKind {
    /// The shared pooler on 5432 or without a port.
    SharedSession,
    /// The shared pooler on 6543.
    SharedTransaction,
    /// `db.<ref>.supabase.co:6543`.
    Dedicated,
    /// `db.<ref>.supabase.co` on 5432 or without a port.
    Direct,
    /// The Supabase CLI's stack.
    Local,
    /// Supavisor or the database of the docker stack.
    SelfHosted,
    /// Certainly not a Supabase Postgres setting.
    Other,
    /// Not decidable from the setting.
    Ambiguous,
}

impl EndpointKind {
    /// The shared pooler, in either mode.
    pub const fn is_shared(self) -> bool {
        matches!(self, Self::SharedSession | Self::SharedTransaction)
    }

    /// `db.<ref>.supabase.co`, on either port.
    pub const fn is_db_host(self) -> bool {
        matches!(self, Self::Direct | Self::Dedicated)
    }

    /// One of the hosted platform's doors.
    pub const fn is_hosted(self) -> bool {
        self.is_shared() || self.is_db_host()
    }

    /// The name in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SharedSession => "shared-session",
            Self::SharedTransaction => "shared-transaction",
            Self::Dedicated => "dedicated",
            Self::Direct => "direct",
            Self::Local => "local",
            Self::SelfHosted => "self-hosted",
            Self::Other => "other",
            Self::Ambiguous => "ambiguous",
        }
    }
}

/// How server connections are shared among clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mode {
    /// One client holds one server connection until it leaves.
    Session,
    /// A server connection goes back to the pool at the end of each transaction.
    Transaction,
    /// `PgBouncer`'s statement mode: no transaction blocks at all.
    Statement,
    /// No pooler in between.
    Direct,
    /// Not known.
    Unknown,
}

impl Mode {
    /// The name in reports. Statement mode is reported as `transaction`, the contract's nearest value: nothing that
    /// transaction mode loses is kept there either.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Transaction | Self::Statement => "transaction",
            Self::Direct => "direct",
            Self::Unknown => "unknown",
        }
    }
}

/// The software in front of the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Pooler {
    /// Supabase's shared pooler.
    Supavisor,
    /// The dedicated pooler.
    PgBouncer,
    /// None: the database itself.
    None,
    /// Not known.
    Unknown,
}

impl Pooler {
    /// The name in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Supavisor => "supavisor",
            Self::PgBouncer => "pgbouncer",
            Self::None => "none",
            Self::Unknown => "unknown",
        }
    }
}

/// The verdict on one setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Which door.
    pub kind: EndpointKind,
    /// The pool mode that door is documented to have.
    pub mode: Mode,
    /// The software behind it, as documented.
    pub pooler: Pooler,
    /// The project ref, from the host or the user.
    pub project_ref: Option<String>,
    /// The region in the host name.
    pub region: Option<String>,
    /// The pooler cluster in the host name, for example `aws-0`.
    pub cluster: Option<String>,
    /// What the verdict rests on, in plain words.
    pub evidence: Vec<String>,
}
