//! The words of the contract for what an endpoint is; the profiles are written in them.

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
