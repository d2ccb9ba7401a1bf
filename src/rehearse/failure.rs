//! What a failure of the load means: its class, its cause in the catalogue of errors, and why the load ends.

use deadpool_postgres::{PoolError, TimeoutType, tokio_postgres};

use super::outcome::{End, Failed};
use crate::client::{ConnectError, server_error};
use crate::explain::explain;
use crate::probe::Refusal;

impl Failed {
    /// A failure in words, explained by the catalogue.
    pub(super) fn new(refusal: Refusal, text: String) -> Self {
        let explanation = explain(&text);
        let known = explanation.matches.first();
        Self {
            cause: known.map(|found| found.cause.id.as_str()),
            refusal,
            first: known.map(|found| found.first()),
            text,
            count: 1,
        }
    }

    /// A connection that could not be had.
    pub(super) fn of_connect(error: &ConnectError) -> Self {
        Self::new(error.failure.refusal, error.to_string())
    }

    /// A connection or a query of the driver that failed.
    pub(super) fn of_postgres(error: &tokio_postgres::Error) -> Self {
        if let Some(connect) = ConnectError::of(error) {
            return Self::of_connect(connect);
        }
        match server_error(error) {
            Some((refusal, server)) => Self::new(refusal, format!("{}: {}", server.severity, server.message)),
            None => Self::new(Refusal::Protocol, error.to_string()),
        }
    }

    /// Adds it to those that were met before.
    pub(super) fn count_in(self, failed: &mut Vec<Self>) {
        match failed.iter_mut().find(|known| known.text == self.text) {
            Some(known) => known.count += 1,
            None => failed.push(self),
        }
        failed.sort_by_key(|failed| std::cmp::Reverse(failed.count));
    }
}

/// A request of the load that came to nothing.
#[derive(Debug)]
pub(super) enum Trouble {
    /// Somebody said no, or nobody is there any more.
    Failed(Failed),
    /// No connection of the application's own pool in time.
    NoCheckout,
    /// No answer in time.
    Stalled,
}

impl Trouble {
    /// Of a query.
    pub(super) fn of_query(error: &tokio_postgres::Error) -> Self {
        Self::Failed(Failed::of_postgres(error))
    }

    /// Of a checkout; `None` when the pool was closed, which is the end of a load and no failure.
    pub(super) fn of_checkout(error: &PoolError) -> Option<Self> {
        match error {
            PoolError::Timeout(TimeoutType::Wait | TimeoutType::Recycle) => Some(Self::NoCheckout),
            PoolError::Timeout(TimeoutType::Create) => Some(Self::Stalled),
            PoolError::Backend(error) => Some(Self::of_query(error)),
            PoolError::Closed | PoolError::NoRuntimeSpecified | PoolError::PostCreateHook(_) => None,
        }
    }

    /// Why the load ends with it.
    pub(super) fn end(&self) -> End {
        const STALLED: &str =
            "a transaction got no answer for seconds, where the same load had been served a moment before";
        match self {
            Self::Failed(failed) if failed.is_capacity() => End::Refused,
            Self::Failed(failed) => End::Lost(failed.text.clone()),
            Self::NoCheckout => End::CheckoutTimeout,
            Self::Stalled => End::OthersWait(STALLED.to_owned()),
        }
    }
}
