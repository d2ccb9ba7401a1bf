//! What can go wrong on the wire.

use std::time::Duration;

/// A failure of the wire, with the operation that failed. The text quotes nothing that the peer sent but names that
/// supascope itself recognised.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// The socket failed.
    #[error("{operation}: {source}")]
    Io {
        /// What was being done.
        operation: &'static str,
        /// The system's error.
        source: std::io::Error,
    },
    /// The peer closed the connection.
    #[error("{operation}: the server closed the connection without a message")]
    Closed {
        /// What was being done.
        operation: &'static str,
    },
    /// No answer in time.
    #[error("{operation}: no answer within {} ms", after.as_millis())]
    Timeout {
        /// What was being done.
        operation: &'static str,
        /// How long was waited.
        after: Duration,
    },
    /// The peer claims a message longer than any that is expected here.
    #[error("{operation}: the server announced a message of {length} bytes, more than {limit}")]
    TooLong {
        /// What was being done.
        operation: &'static str,
        /// The claimed length in bytes.
        length: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// The peer does not speak the Postgres protocol.
    #[error("{operation}: {what}")]
    NotPostgres {
        /// What was being done.
        operation: &'static str,
        /// What answers instead, as far as it can be told.
        what: &'static str,
    },
    /// The peer speaks the protocol wrongly.
    #[error("{operation}: {what}")]
    Protocol {
        /// What was being done.
        operation: &'static str,
        /// What is wrong.
        what: &'static str,
    },
    /// The SCRAM exchange failed on the client's side: a wrong proof, a bad nonce, an absurd iteration count.
    #[error("the SCRAM exchange: {0}")]
    Scram(&'static str),
}

impl WireError {
    /// Whether this is a wait that ran out.
    pub const fn is_timeout(&self) -> bool {
        matches!(self, Self::Timeout { .. })
    }

    /// Whether the peer went away.
    pub fn is_closed(&self) -> bool {
        match self {
            Self::Closed { .. } => true,
            Self::Io { source, .. } => matches!(
                source.kind(),
                std::io::ErrorKind::ConnectionReset
                    | std::io::ErrorKind::BrokenPipe
                    | std::io::ErrorKind::UnexpectedEof
                    | std::io::ErrorKind::ConnectionAborted
            ),
            _ => false,
        }
    }
}
