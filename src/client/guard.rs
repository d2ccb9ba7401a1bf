//! A stream that watches what a server says to the driver above it.
//!
//! The driver answers whatever it is asked for. This stands below it and breaks the connection off where the project's
//! rules say no: a request for the password itself, MD5 without TLS, an absurd amount of hashing, a message or an answer
//! longer than any that is expected. It also keeps the error that ends a login, with the order of its fields, which tells
//! a pooler's own words from those it passes on.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::{Buf as _, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::wire::frame::{self, MAX_FRAME_BYTES};
use crate::wire::message::{self, Message};
use crate::wire::scram::check_server_first;
use crate::wire::{AuthRequest, ErrorFields, Stream, WireError};

/// Most bytes that a server may send without being written to. The longest answer that is asked for is one row of a
/// monitoring query, some hundred kilobytes.
const MAX_ANSWER_BYTES: usize = 8 << 20;
/// Most messages of a login. Supavisor sends at most 32 parameters; PostgreSQL and PgBouncer fewer.
const MAX_LOGIN_MESSAGES: usize = 256;
const OPERATION: &str = "log in";

/// What a login showed.
#[derive(Debug, Default, Clone)]
pub(super) struct Seen {
    /// The error that ended it.
    pub(super) error: Option<ErrorFields>,
    /// Why it was broken off on this side, for good.
    pub(super) unsafe_request: Option<&'static str>,
    /// The server broke the protocol.
    pub(super) broken: Option<Arc<WireError>>,
}

/// See the module.
pub(super) struct Guard {
    stream: Box<dyn Stream>,
    encrypted: bool,
    seen: Arc<Mutex<Seen>>,
    /// Bytes of the login that are not a whole message yet; of a header, after it.
    pending: BytesMut,
    login: Option<usize>,
    /// Bytes of the current message that are still to come, after the login.
    to_come: usize,
    unanswered: usize,
}

impl Guard {
    pub(super) fn new(stream: Box<dyn Stream>, encrypted: bool) -> (Self, Arc<Mutex<Seen>>) {
        let seen = Arc::new(Mutex::new(Seen::default()));
        let guard = Self {
            stream,
            encrypted,
            seen: Arc::clone(&seen),
            pending: BytesMut::new(),
            login: Some(0),
            to_come: 0,
            unanswered: 0,
        };
        (guard, seen)
    }

    fn look(&mut self, mut fresh: &[u8]) -> io::Result<()> {
        self.unanswered = self.unanswered.saturating_add(fresh.len());
        if self.unanswered > MAX_ANSWER_BYTES {
            return Err(io::Error::other("the server sends more than was asked for"));
        }
        if self.login.is_some() {
            self.pending.extend_from_slice(fresh);
            fresh = &[];
            if let Err(error) = self.look_at_login() {
                return Err(self.break_off(error));
            }
        }
        if self.login.is_none() { self.look_at_lengths(fresh) } else { Ok(()) }
    }

    fn look_at_login(&mut self) -> Result<(), Refused> {
        while let Some(count) = self.login {
            let Some(frame) = frame::take(&mut self.pending, OPERATION)? else { return Ok(()) };
            if count >= MAX_LOGIN_MESSAGES {
                return Err(WireError::Protocol { operation: OPERATION, what: "an endless greeting" }.into());
            }
            self.login = Some(count + 1);
            match message::parse(&frame, OPERATION)? {
                Message::Auth(AuthRequest::Cleartext) => {
                    return Err(Refused::Unsafe(
                        "the server asks for the password itself, which supascope never sends (Supabase asks so for temporary access)",
                    ));
                }
                Message::Auth(AuthRequest::Md5(_)) if !self.encrypted => {
                    return Err(Refused::Unsafe("the server asks for an MD5 hash without TLS, which is not answered"));
                }
                Message::Auth(AuthRequest::Other(_)) => {
                    return Err(Refused::Unsafe(
                        "the server asks for an authentication method that is not for passwords",
                    ));
                }
                Message::Auth(AuthRequest::SaslContinue(first)) => check_server_first(&first)?,
                Message::Error(fields) => {
                    self.seen.lock().unwrap_or_else(PoisonError::into_inner).error.get_or_insert(fields);
                }
                Message::Ready(_) => self.login = None,
                _ => {}
            }
        }
        Ok(())
    }

    /// After the login only lengths are looked at: a peer's length field is never trusted.
    fn look_at_lengths(&mut self, mut fresh: &[u8]) -> io::Result<()> {
        loop {
            let body = self.to_come.min(fresh.len());
            self.to_come -= body;
            fresh = &fresh[body..];
            if self.to_come > 0 || (fresh.is_empty() && self.pending.len() < 5) {
                return Ok(());
            }
            let missing = 5_usize.saturating_sub(self.pending.len()).min(fresh.len());
            self.pending.extend_from_slice(&fresh[..missing]);
            fresh = &fresh[missing..];
            if self.pending.len() < 5 {
                return Ok(());
            }
            let length = (&self.pending[1..5]).get_u32();
            if !(4..=MAX_FRAME_BYTES).contains(&length) {
                return Err(io::Error::other("the server announced a message of a length that cannot be"));
            }
            self.pending.advance(5);
            self.to_come = length as usize - 4;
            // What was read ahead during the login belongs to this message first.
            let ahead = self.to_come.min(self.pending.len());
            self.pending.advance(ahead);
            self.to_come -= ahead;
        }
    }

    fn break_off(&self, refused: Refused) -> io::Error {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        match refused {
            Refused::Unsafe(why) => {
                seen.unsafe_request = Some(why);
                io::Error::other(why)
            }
            Refused::Wire(error) => {
                let text = error.to_string();
                seen.broken = Some(Arc::new(error));
                io::Error::other(text)
            }
        }
    }
}

enum Refused {
    Unsafe(&'static str),
    Wire(WireError),
}

impl From<WireError> for Refused {
    fn from(error: WireError) -> Self {
        Self::Wire(error)
    }
}

impl AsyncRead for Guard {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buf))?;
        if let Err(error) = self.look(&buf.filled()[before..]) {
            // The driver must not see what it would answer.
            buf.set_filled(before);
            return Poll::Ready(Err(error));
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Guard {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.unanswered = 0;
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    const OK_AND_READY: &[u8] = b"R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I";

    /// What a reader above the guard gets when a server says this.
    async fn read(encrypted: bool, said: &[u8]) -> (io::Result<Vec<u8>>, Seen) {
        let (ours, mut theirs) = tokio::io::duplex(64);
        let (mut guard, seen) = Guard::new(Box::new(ours), encrypted);
        let said = said.to_vec();
        let speak = tokio::spawn(async move {
            let _ = theirs.write_all(&said).await;
        });
        let mut heard = Vec::new();
        let result = guard.read_to_end(&mut heard).await.map(|_| heard);
        drop(guard);
        speak.await.unwrap();
        let seen = seen.lock().unwrap().clone();
        (result, seen)
    }

    #[tokio::test]
    async fn a_request_for_the_password_itself_never_reaches_the_driver() {
        let (heard, seen) = read(true, b"R\0\0\0\x08\0\0\0\x03").await;
        assert!(heard.is_err());
        assert!(seen.unsafe_request.unwrap().contains("never sends"));
    }

    #[tokio::test]
    async fn md5_is_for_encrypted_links_only() {
        let request = b"R\0\0\0\x0c\0\0\0\x05salt";
        assert!(read(true, request).await.0.is_ok());
        assert!(read(false, request).await.0.is_err());
    }

    #[tokio::test]
    async fn absurd_hashing_is_not_begun() {
        let (heard, seen) = read(true, b"R\0\0\0\x21\0\0\0\x0br=abc,s=QUFB,i=4000000000").await;
        assert!(heard.is_err());
        assert!(seen.broken.unwrap().to_string().contains("absurd"));
    }

    #[tokio::test]
    async fn the_error_that_ends_a_login_keeps_the_order_of_its_fields() {
        let (_, seen) = read(true, b"E\0\0\0\x17C28P01\0Mno\0SFATAL\0\0").await;
        assert_eq!(seen.error.unwrap().order(), "CMS");
    }

    #[tokio::test]
    async fn after_the_login_ordinary_messages_pass_in_any_pieces_and_absurd_lengths_do_not() {
        let mut said = OK_AND_READY.to_vec();
        for length in [0_u32, 1, 300, 70_000] {
            said.push(b'D');
            said.extend_from_slice(&(length + 4).to_be_bytes());
            said.resize(said.len() + length as usize, b'x');
        }
        assert_eq!(read(true, &said).await.0.unwrap(), said);
        said.extend_from_slice(b"D\x7f\xff\xff\xff");
        assert!(read(true, &said).await.0.is_err());
    }

    #[tokio::test]
    async fn an_endless_answer_is_broken_off() {
        let mut said = OK_AND_READY.to_vec();
        for _ in 0..=MAX_ANSWER_BYTES / 65_536 {
            said.extend_from_slice(b"D\0\x01\0\0");
            said.resize(said.len() + 65_532, 0);
        }
        assert!(read(true, &said).await.0.is_err());
    }
}
