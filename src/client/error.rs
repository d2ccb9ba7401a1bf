//! What can go wrong with a session, and whether a retry may be tried.

use std::error::Error as StdError;

use tokio_postgres::error::DbError;

use crate::knowledge::errors;
use crate::probe::{Failure, Refusal, ServerError};

/// Whether a caller may try again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Retry {
    /// After a pause: nothing was refused that another try could make worse.
    Later,
    /// Not without a change of the setting: the server refused the login, or what answers must not have the password.
    /// Supabase bans an address after two or three refused logins.
    Never,
}

/// A session that could not be had. The text carries the operation and the address, and never a secret.
#[derive(Debug, Clone, thiserror::Error)]
#[error("failed to {operation}: {}", failure.message)]
pub struct ConnectError {
    /// What was being done: `resolve the name`, `connect`, `log in`, ...
    pub operation: &'static str,
    /// What happened, classified. The server's own words in it are untrusted: escape before showing.
    pub failure: Box<Failure>,
    /// Whether another try is harmless.
    pub retry: Retry,
}

impl ConnectError {
    /// A failure; what it is decides whether another try may be made.
    pub(super) fn new(operation: &'static str, failure: Failure) -> Self {
        let retry = retry(failure.refusal);
        Self { operation, failure: Box::new(failure), retry }
    }

    /// A failure without a server's words.
    pub(super) fn plain(operation: &'static str, refusal: Refusal, message: String) -> Self {
        Self::new(operation, Failure { refusal, message, server: None })
    }

    /// A login that was broken off because the server asked for what is never given: it would ask again.
    pub(super) fn never(operation: &'static str, failure: Failure) -> Self {
        Self { operation, failure: Box::new(failure), retry: Retry::Never }
    }

    /// The typed error inside one of the driver's, where the driver only passed it on.
    pub fn of(error: &tokio_postgres::Error) -> Option<&Self> {
        let mut next: Option<&(dyn StdError + 'static)> = error.source();
        while let Some(cause) = next {
            if let Some(found) = cause.downcast_ref::<Self>() {
                return Some(found);
            }
            // An `io::Error` shows its payload's source, not the payload.
            let inner = cause.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
            if let Some(found) = inner.and_then(|inner| inner.downcast_ref::<Self>()) {
                return Some(found);
            }
            next = cause.source();
        }
        None
    }
}

/// Whether a failure of this class may be met again: not where a login was refused, and not where the answer would be
/// the same.
const fn retry(refusal: Refusal) -> Retry {
    use Refusal as R;
    match refusal {
        R::NameNotFound
        | R::ResolverFailed
        | R::NoIpv6Route
        | R::ConnectionRefused
        | R::Timeout
        | R::Unreachable
        | R::TlsFailed
        | R::DatabaseUnreachable
        | R::PoolFull
        | R::NoSlots
        | R::Protocol
        | R::Other => Retry::Later,
        R::TlsRefused
        | R::TlsUntrusted
        | R::TlsNameMismatch
        | R::TlsExpired
        | R::TlsRequired
        | R::AuthFailed
        | R::NoPassword
        | R::TenantNotFound
        | R::TenantMissing
        | R::TenantBanned
        | R::RoleNotFound
        | R::DatabaseNotFound
        | R::PoolerCredentialsStale
        | R::AuthBlocked
        | R::AddressNotAllowed
        | R::NotPostgres => Retry::Never,
    }
}

/// The server's words in a query's error, with what their shape tells of who wrote them.
pub fn server_error(error: &tokio_postgres::Error) -> Option<(Refusal, ServerError)> {
    let error = error.as_db_error()?;
    let server = ServerError {
        sqlstate: error.code().code().to_owned(),
        message: error.message().to_owned(),
        severity: error.severity().to_owned(),
        field_order: field_order(error).to_owned(),
        detail: error.detail().map(str::to_owned),
        hint: error.hint().map(str::to_owned),
    };
    Some((errors::refusal(&server.sqlstate, &server.message, &server.field_order), server))
}

/// The driver does not keep the order of the fields. Whether there is a source file tells a pooler from PostgreSQL.
fn field_order(error: &DbError) -> &'static str {
    if error.file().is_some() || error.routine().is_some() { "SVCMFLR" } else { "SCM" }
}

/// Whether a query's error means that the session is gone.
pub fn is_lost(error: &tokio_postgres::Error) -> bool {
    let fatal = error.as_db_error().is_some_and(|error| matches!(error.severity(), "FATAL" | "PANIC"));
    let io = error.source().is_some_and(<dyn StdError>::is::<std::io::Error>);
    fatal || io || error.is_closed()
}
