//! The names of what a probe creates: each carries a random nonce, so that no two probes and no application can meet.

/// The names of one probe.
#[derive(Debug, Clone)]
pub struct Names {
    /// The nonce: 64 random bits in hexadecimal.
    pub nonce: String,
    /// The prepared statement.
    pub statement: String,
    /// The placeholder parameter set for the session.
    pub session_parameter: String,
    /// The placeholder parameter set for one transaction.
    pub local_parameter: String,
    /// The channel of `LISTEN`.
    pub channel: String,
    /// The SQL-level prepared statement.
    pub sql_statement: String,
    /// The `WITH HOLD` cursor.
    pub cursor: String,
    /// The key of the advisory lock.
    pub lock_key: i64,
}

impl Names {
    /// Fresh names. `None` when the system gives no randomness: without a nonce nothing may be created.
    pub fn fresh() -> Option<Self> {
        let random = getrandom::u64().ok()?;
        let nonce = format!("{random:016x}");
        Some(Self {
            statement: format!("supascope_{nonce}"),
            session_parameter: format!("supascope.n_{nonce}"),
            local_parameter: format!("supascope.l_{nonce}"),
            channel: format!("supascope_{nonce}"),
            sql_statement: format!("supascope_p_{nonce}"),
            cursor: format!("supascope_c_{nonce}"),
            lock_key: random.cast_signed(),
            nonce,
        })
    }
}

/// `application_name` of every connection, so that a database's owner can tell who it is.
pub const APPLICATION_NAME: &str = concat!("supascope/", env!("CARGO_PKG_VERSION"));

/// Whether a name on the server shows that somebody renames statements; an unchanged one begins with `supascope_`.
pub fn is_tracked(server_name: &str) -> bool {
    !server_name.starts_with("supascope_")
}
