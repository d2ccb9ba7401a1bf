//! What a failure of the load means: its class, its cause in the catalogue of errors, and why the load ends.

use deadpool_postgres::{PoolError, TimeoutType, tokio_postgres};

use super::outcome::{End, Failed};
use crate::client::{ConnectError, server_error};
use crate::explain::explain;
use crate::knowledge::errors;
use crate::probe::Refusal;

impl Failed {
    /// A failure in words, explained by the catalogue.
    pub(super) fn new(refusal: Refusal, text: String) -> Self {
        let explanation = explain(&text);
        let by_text = explanation.matches.first().map(|found| (found.cause.id.as_str(), found.first()));
        let by_class =
            || cause_of(refusal).and_then(errors::cause).map(|cause| (cause.id.as_str(), cause.first.as_str()));
        let known = by_text.or_else(by_class);
        Self { cause: known.map(|known| known.0), refusal, first: known.map(|known| known.1), text, count: 1 }
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

/// The cause of what no server has words for.
const fn cause_of(refusal: Refusal) -> Option<&'static str> {
    Some(match refusal {
        Refusal::ConnectionRefused => "connection-refused",
        Refusal::Timeout => "network-timeout",
        Refusal::NameNotFound | Refusal::ResolverFailed => "dns-failure",
        Refusal::NoIpv6Route => "direct-ipv6-unreachable",
        Refusal::Unreachable => "host-unreachable",
        Refusal::TlsUntrusted => "tls-untrusted-ca",
        Refusal::Protocol => "connection-dropped",
        _ => return None,
    })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_has_its_cause_by_its_text_or_else_by_its_class() {
        let full =
            "FATAL: (EMAXCONNSESSION) max clients reached in session mode - max clients are limited to pool_size: 15";
        assert_eq!(Failed::new(Refusal::PoolFull, full.to_owned()).cause, Some("max-clients-session"));
        for refusal in [
            Refusal::ConnectionRefused,
            Refusal::Timeout,
            Refusal::NameNotFound,
            Refusal::NoIpv6Route,
            Refusal::Unreachable,
            Refusal::TlsUntrusted,
            Refusal::Protocol,
        ] {
            let failed = Failed::new(refusal, "something new".to_owned());
            assert_eq!(failed.cause, cause_of(refusal), "{refusal:?}");
            assert!(failed.first.is_some(), "{refusal:?}: the catalogue has no such cause");
        }
        assert_eq!(Failed::new(Refusal::Other, "something new".to_owned()).cause, None);
    }
}
