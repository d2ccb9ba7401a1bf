//! Whether the server takes a TLS handshake that no `SSLRequest` came before (`sslnegotiation=direct`): PostgreSQL does
//! from version 17 on, `PgBouncer` from 1.25.0. The others take the first bytes for the length of a packet and hang up, say
//! an error, or wait for the rest (measured on Supavisor 2.8.8 and 2.9.7, `PgBouncer` 1.18 and 1.24, PostgreSQL 15,
//! November 2026).

use std::net::SocketAddr;
use std::time::Duration;

use super::budget::Budget;
use super::fingerprint::ANSWER_WITHIN;
use super::link::Socket;
use crate::wire::tls::{self, TlsError};

/// Asks; `None` when there was no answer, or none that tells.
pub async fn ask(address: SocketAddr, host: &str, timeout: Duration, budget: &Budget) -> Option<bool> {
    let grant = budget.grant().await?;
    let socket = Socket::connect(address, timeout, grant).await.ok()?;
    // A server that knows it answers in one round trip. PgBouncer 1.24 waits for the rest of what it takes for a packet.
    let within = ANSWER_WITHIN.max(socket.tcp() * 3).min(timeout);
    let (stream, _grant) = socket.into_stream();
    let shaken = tokio::time::timeout(within, Box::pin(tls::handshake_direct(stream, host))).await;
    judge(&shaken.ok()?)
}

/// What the answer says. A handshake without ALPN counts as a no, as it does for libpq; an alert shows that TLS is
/// understood, and not whether it would have been taken.
fn judge(shaken: &Result<bool, TlsError>) -> Option<bool> {
    match shaken {
        Ok(is_postgresql) => Some(*is_postgresql),
        Err(TlsError::NotTls { .. } | TlsError::Closed) => Some(false),
        Err(TlsError::Io(kind)) => {
            use std::io::ErrorKind as E;
            matches!(kind, E::ConnectionReset | E::ConnectionAborted | E::BrokenPipe).then_some(false)
        }
        Err(TlsError::Alert(name)) if name == "no_application_protocol" => Some(false),
        Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_handshake_that_names_postgresql_is_a_yes() {
        assert_eq!(judge(&Ok(true)), Some(true));
        assert_eq!(judge(&Ok(false)), Some(false), "some TLS server, and not PostgreSQL");
        assert_eq!(judge(&Err(TlsError::Closed)), Some(false));
        assert_eq!(judge(&Err(TlsError::Alert("no_application_protocol".into()))), Some(false));
        assert_eq!(judge(&Err(TlsError::Alert("internal_error".into()))), None, "an alert tells nothing");
    }
}
