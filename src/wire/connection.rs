//! One connection: a stream, its buffer, and a clock on every wait.

use std::future::Future;
use std::time::Duration;

use bytes::BytesMut;
use postgres_protocol::message::frontend;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};

use super::batch::{MAX_MESSAGES, MAX_REPLY_BYTES};
use super::{Batch, Message, Reply, WireError, frame, message};

/// What a connection runs over: TCP, or TLS over TCP.
pub trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// A connection to a server.
pub struct Connection {
    stream: Box<dyn Stream>,
    buffer: BytesMut,
}

impl Connection {
    /// Takes over a stream on which nothing has been read ahead.
    pub fn new(stream: impl Stream + 'static) -> Self {
        Self { stream: Box::new(stream), buffer: BytesMut::new() }
    }

    /// Sends `bytes` in one write.
    pub async fn send(&mut self, bytes: &[u8], operation: &'static str) -> Result<(), WireError> {
        let io = |source| WireError::Io { operation, source };
        self.stream.write_all(bytes).await.map_err(io)?;
        self.stream.flush().await.map_err(io)
    }

    /// Waits for the next message.
    pub async fn receive(&mut self, within: Duration, operation: &'static str) -> Result<Message, WireError> {
        let (stream, buffer) = (&mut self.stream, &mut self.buffer);
        let frame = bounded(within, operation, frame::read(stream, buffer, operation)).await?;
        message::parse(&frame, operation)
    }

    /// Sends a batch in one write and waits for the whole reply.
    pub async fn run(&mut self, batch: Batch, within: Duration, operation: &'static str) -> Result<Reply, WireError> {
        self.send(&batch.into_bytes()?, operation).await?;
        self.reply(within, operation).await
    }

    /// Waits for the rest of a reply; also after a [`WireError::Timeout`] of [`Connection::run`], when the answer may
    /// still come.
    pub async fn reply(&mut self, within: Duration, operation: &'static str) -> Result<Reply, WireError> {
        let mut reply = Reply::default();
        let mut taken = 0_usize;
        bounded(within, operation, async {
            for _ in 0..MAX_MESSAGES {
                let frame = match frame::read(&mut self.stream, &mut self.buffer, operation).await {
                    // A server that ends the connection behind a non-fatal error has answered all the same.
                    Err(error) if error.is_closed() && reply.error.is_some() => return Ok(()),
                    frame => frame?,
                };
                taken += frame.body.len();
                if taken > MAX_REPLY_BYTES {
                    return Err(WireError::Protocol { operation, what: "a longer answer than was asked for" });
                }
                if reply.take(message::parse(&frame, operation)?, operation)? {
                    return Ok(());
                }
            }
            Err(WireError::Protocol { operation, what: "an endless reply" })
        })
        .await?;
        Ok(reply)
    }

    /// Closes without a goodbye, in the middle of whatever the server is doing: it ends an open transaction then.
    pub async fn abandon(&mut self) {
        let shut =
            async { self.stream.shutdown().await.map_err(|source| WireError::Io { operation: "close", source }) };
        // The peer may be gone already, and there is nothing to be done about it.
        let _ = bounded(Duration::from_millis(200), "close", shut).await;
    }

    /// Says goodbye in a write of its own (behind another message it would cost the pooled backend) and closes.
    pub async fn terminate(mut self) {
        let mut bytes = BytesMut::new();
        frontend::terminate(&mut bytes);
        // The peer may be gone already, and there is nothing to be done about it.
        let _ = bounded(Duration::from_millis(200), "say goodbye", self.send(&bytes, "say goodbye")).await;
    }
}

/// Puts a bound on a wait.
pub async fn bounded<T>(
    within: Duration,
    operation: &'static str,
    work: impl Future<Output = Result<T, WireError>>,
) -> Result<T, WireError> {
    tokio::time::timeout(within, work).await.unwrap_or(Err(WireError::Timeout { operation, after: within }))
}
