//! For pools: their managers want the driver's own error.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::{Config, NoTls};

use super::ConnectError;

impl ConnectError {
    /// The same failure as an error of the driver, from which [`ConnectError::of`] takes it again. The driver's error has
    /// no public constructor; a stream that fails with ours makes it.
    pub async fn into_postgres(self) -> tokio_postgres::Error {
        let connecting = Config::new().user("none").connect_raw(Failing(self), NoTls).await;
        match connecting {
            Err(error) => error,
            Ok(_) => unreachable!("a login over a stream that only fails"),
        }
    }
}

/// A stream that only fails.
struct Failing(ConnectError);

impl Failing {
    fn error<T>(&self) -> Poll<io::Result<T>> {
        Poll::Ready(Err(io::Error::other(self.0.clone())))
    }
}

impl AsyncRead for Failing {
    fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, _: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.error()
    }
}

impl AsyncWrite for Failing {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, _: &[u8]) -> Poll<io::Result<usize>> {
        self.error()
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.error()
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.error()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::Retry;
    use crate::probe::Refusal;

    #[tokio::test]
    async fn a_failure_survives_the_way_through_the_driver() {
        let failure = ConnectError::plain("log in", Refusal::AuthFailed, "127.0.0.1:1: no".to_owned());
        let error = failure.into_postgres().await;
        let found = ConnectError::of(&error).unwrap();
        assert_eq!((found.failure.refusal, found.retry), (Refusal::AuthFailed, Retry::Never));
        assert_eq!(found.to_string(), "failed to log in: 127.0.0.1:1: no");
    }
}
