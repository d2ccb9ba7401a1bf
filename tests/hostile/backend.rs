//! Frames, and a connection of the test's pooler to the real PostgreSQL.

use std::collections::HashSet;
use std::io;

use bytes::BytesMut;
use postgres_protocol::authentication::sasl::{ChannelBinding, ScramSha256};
use postgres_protocol::message::frontend;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::server::Stream;
use super::supavisor::Upstream;

/// A message with a tag.
pub struct Frame {
    /// All of it.
    pub bytes: Vec<u8>,
}

impl Frame {
    /// A message of that tag and body.
    pub fn new(tag: u8, body: &[u8]) -> Self {
        Self { bytes: super::server::bytes::frame(tag, body) }
    }

    /// Its tag.
    pub fn tag(&self) -> u8 {
        self.bytes[0]
    }

    /// Its body.
    pub fn body(&self) -> &[u8] {
        &self.bytes[5..]
    }

    /// The name of the prepared statement in it, and what stands before and behind it (the NUL left out); an empty name
    /// when there is none.
    pub fn statement(&self) -> (&[u8], &[u8], &[u8]) {
        let body = self.body();
        let start = match self.tag() {
            b'P' => 0,
            b'B' => body.iter().position(|byte| *byte == 0).map_or(0, |end| end + 1),
            b'D' | b'C' if body.first() == Some(&b'S') => 1,
            _ => return (body, b"", b""),
        };
        let end = body[start..].iter().position(|byte| *byte == 0).map_or(body.len(), |end| start + end);
        (&body[..start], &body[start..end], body.get(end + 1..).unwrap_or_default())
    }
}

/// One end of a connection.
pub struct Wire {
    stream: Box<dyn Stream>,
    /// What was read and not taken yet.
    pub inbox: Vec<u8>,
    /// Everything that was read.
    pub seen: Vec<u8>,
}

impl Wire {
    /// Over that stream.
    pub fn new(stream: impl Stream + 'static) -> Self {
        Self { stream: Box::new(stream), inbox: Vec::new(), seen: Vec::new() }
    }

    /// The stream, for a handshake over it.
    pub fn into_stream(self) -> Box<dyn Stream> {
        self.stream
    }

    /// Reads once, whatever comes.
    pub async fn read_once(&mut self) -> io::Result<()> {
        let mut bytes = vec![0_u8; 16 * 1024];
        let count = self.stream.read(&mut bytes).await?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.inbox.extend_from_slice(&bytes[..count]);
        self.seen.extend_from_slice(&bytes[..count]);
        Ok(())
    }

    /// The next message. Nothing is lost when the wait is given up.
    pub async fn frame(&mut self) -> io::Result<Frame> {
        loop {
            if let Some(head) = self.inbox.first_chunk::<5>() {
                let whole = u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize + 1;
                if self.inbox.len() >= whole {
                    return Ok(Frame { bytes: self.inbox.drain(..whole).collect() });
                }
            }
            self.read_once().await?;
        }
    }

    /// Sends.
    pub async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes).await?;
        self.stream.flush().await
    }

    /// Closes.
    pub async fn shut(&mut self) -> io::Result<()> {
        self.stream.shutdown().await
    }
}

/// A backend.
pub struct Backend {
    /// The connection to it.
    pub wire: Wire,
    /// Its process id.
    pub pid: i32,
    /// The `sv_` statements that it has.
    pub known: HashSet<String>,
}

impl Backend {
    /// Logs in as the pooler does.
    pub async fn connect(upstream: &Upstream) -> io::Result<Self> {
        let stream = TcpStream::connect(upstream.address).await?;
        stream.set_nodelay(true)?;
        let mut wire = Wire::new(stream);
        let mut out = BytesMut::new();
        let parameters =
            [("user", upstream.role.as_str()), ("database", "postgres"), ("application_name", "Supavisor")];
        frontend::startup_message(parameters, &mut out)?;
        wire.send(&out).await?;
        wire.frame().await?;
        let mut scram = ScramSha256::new(upstream.password.as_bytes(), ChannelBinding::unsupported());
        out.clear();
        frontend::sasl_initial_response("SCRAM-SHA-256", scram.message(), &mut out)?;
        wire.send(&out).await?;
        scram.update(&wire.frame().await?.body()[4..])?;
        out.clear();
        frontend::sasl_response(scram.message(), &mut out)?;
        wire.send(&out).await?;
        let mut pid = 0;
        loop {
            let frame = wire.frame().await?;
            match (frame.tag(), frame.body()) {
                (b'K', [a, b, c, d, ..]) => pid = i32::from_be_bytes([*a, *b, *c, *d]),
                (b'E', text) => return Err(io::Error::other(String::from_utf8_lossy(text).into_owned())),
                (b'Z', _) => return Ok(Self { wire, pid, known: HashSet::new() }),
                _ => {}
            }
        }
    }

    /// Runs a simple query; the first column of its rows.
    pub async fn simple(&mut self, sql: &str) -> io::Result<Vec<String>> {
        let mut out = BytesMut::new();
        frontend::query(sql, &mut out)?;
        self.wire.send(&out).await?;
        let mut rows = Vec::new();
        loop {
            let frame = self.wire.frame().await?;
            match frame.tag() {
                b'D' => rows.push(String::from_utf8_lossy(&frame.body()[6..]).into_owned()),
                b'Z' => return Ok(rows),
                _ => {}
            }
        }
    }
}
