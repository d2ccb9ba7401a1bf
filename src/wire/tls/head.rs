//! A stream that remembers the first bytes it read, and stops reading at a limit.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// How many bytes are remembered: enough for a Postgres error or the head of an HTTP answer.
const REMEMBERED: usize = 512;

/// The first bytes that a peer sent. A handshake that fails takes the stream with it, this stays.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen(Arc<Mutex<Vec<u8>>>);

impl Seen {
    /// A copy of what was seen so far, at most [`REMEMBERED`] bytes.
    pub(super) fn bytes(&self) -> Vec<u8> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A stream that remembers the first bytes it read (to name a peer that does not speak TLS) and reads no more than a limit
/// during the handshake.
#[derive(Debug)]
pub struct Head<S> {
    inner: S,
    seen: Seen,
    full: bool,
    left: Option<usize>,
}

impl<S> Head<S> {
    /// Wrap a stream; after `limit` bytes reads fail until [`Head::lift_limit`] is called.
    pub(super) fn new(inner: S, limit: usize) -> Self {
        Self { inner, seen: Seen::default(), full: false, left: Some(limit) }
    }

    /// A handle on what is seen.
    pub(super) fn seen(&mut self) -> Seen {
        self.seen.clone()
    }

    /// The handshake is over.
    pub(super) fn lift_limit(&mut self) {
        self.left = None;
    }

    /// The stream inside.
    pub fn get_ref(&self) -> &S {
        &self.inner
    }

    fn record(&mut self, read: &[u8]) -> io::Result<()> {
        if !self.full {
            let mut seen = self.seen.0.lock().unwrap_or_else(PoisonError::into_inner);
            let room = REMEMBERED.saturating_sub(seen.len());
            seen.extend_from_slice(&read[..read.len().min(room)]);
            self.full = seen.len() >= REMEMBERED;
        }
        if let Some(left) = &mut self.left {
            *left = left
                .checked_sub(read.len())
                .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "the peer sent too much for a handshake"))?;
        }
        Ok(())
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Head<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        match Pin::new(&mut self.inner).poll_read(cx, buf) {
            Poll::Ready(Ok(())) => {
                let read = buf.filled().get(before..).unwrap_or_default();
                Poll::Ready(self.record(read))
            }
            other => other,
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Head<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }
}
