//! One connection from the first packet to the greeting: the only place that walks through its states.
//!
//! TCP, `SSLRequest`, TLS, `StartupMessage`, first answer, SCRAM. Each step is a method, so that the plan can stop
//! after any of them: most faults show before a password is asked for, and a login may be parked after the server's
//! first SCRAM message (harmless on every server measured) until another connection has proven the password right.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use postgres_protocol::authentication::md5_hash;
use postgres_protocol::message::frontend;
use tokio::net::TcpStream;

use super::budget::Grant;
use crate::secret::Secret;
use crate::wire::tls::{self, Peer, TlsError, Versions};
use crate::wire::{
    AuthRequest, Connection, ErrorFields, Keyring, Message, Proof, Scram, SslAnswer, WireError, request_tls,
    startup_message,
};

/// How long a login may take after the first answer. Supavisor gives up on an unreachable database after exactly 10 s
/// (measured), and its answer is worth having.
pub const LOGIN_TIMEOUT: Duration = Duration::from_secs(13);

/// Why a step failed.
#[derive(Debug)]
pub enum LinkError {
    /// The wire.
    Wire(WireError),
    /// The TLS handshake.
    Tls(TlsError),
    /// The server refused, in its own words.
    Server(ErrorFields),
    /// The server has no TLS.
    NoTls,
    /// The server asks for something that supascope does not do; why.
    Unsafe(&'static str),
    /// A slot is left to others; why.
    Spared(String),
}

impl From<WireError> for LinkError {
    fn from(error: WireError) -> Self {
        Self::Wire(error)
    }
}

/// How long each step took.
#[derive(Debug, Clone, Copy, Default)]
pub struct Times {
    /// TCP connect.
    pub tcp: Duration,
    /// `SSLRequest` and TLS handshake.
    pub tls: Duration,
    /// `StartupMessage` to first answer.
    pub startup: Duration,
    /// Authentication and greeting.
    pub auth: Duration,
}

/// The first answer to a `StartupMessage`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum First {
    /// The server asks for authentication, or waives it.
    Auth(AuthRequest),
    /// It refuses.
    Refused(ErrorFields),
}

/// What a server says between authentication and readiness.
#[derive(Debug, Clone, Default)]
pub struct Greeting {
    /// Parameters, in wire order: the order tells the product.
    pub parameters: Vec<(String, String)>,
    /// The process id of the cancel key.
    pub key_pid: Option<i32>,
}

/// A TCP connection that has a grant.
pub struct Socket<'a> {
    stream: TcpStream,
    grant: Grant<'a>,
    tcp: Duration,
}

/// A connection on which a `StartupMessage` may be sent.
pub struct Link<'a> {
    /// The wire.
    pub wire: Connection,
    /// What the TLS handshake showed; `None` on plaintext.
    pub peer: Option<Peer>,
    /// How long the steps took.
    pub times: Times,
    /// For waits before the login.
    timeout: Duration,
    _grant: Grant<'a>,
}

impl<'a> Socket<'a> {
    /// Connects, with Nagle's algorithm off.
    pub async fn connect(address: SocketAddr, timeout: Duration, grant: Grant<'a>) -> Result<Self, WireError> {
        const OPERATION: &str = "connect";
        let started = Instant::now();
        let connecting = TcpStream::connect(address);
        let stream = tokio::time::timeout(timeout, connecting)
            .await
            .map_err(|_| WireError::Timeout { operation: OPERATION, after: timeout })?
            .map_err(|source| WireError::Io { operation: OPERATION, source })?;
        // Without it a small write may wait for the peer's delayed acknowledgement; failing to set it is harmless.
        let _ = stream.set_nodelay(true);
        Ok(Self { stream, grant, tcp: started.elapsed() })
    }

    /// How long the connect took.
    pub const fn tcp(&self) -> Duration {
        self.tcp
    }

    /// Goes on without TLS.
    pub fn plaintext(self, timeout: Duration) -> Link<'a> {
        let times = Times { tcp: self.tcp, ..Times::default() };
        Link { wire: Connection::new(self.stream), peer: None, times, timeout, _grant: self.grant }
    }

    /// The bare stream, for the fingerprint that is no Postgres message.
    pub fn into_stream(self) -> (TcpStream, Grant<'a>) {
        (self.stream, self.grant)
    }

    /// Asks for TLS and shakes hands. The chain is recorded, not judged: that is the plan's to do before a password.
    pub async fn secure(mut self, host: &str, versions: Versions, timeout: Duration) -> Result<Link<'a>, LinkError> {
        let started = Instant::now();
        let asked = tokio::time::timeout(timeout, request_tls(&mut self.stream)).await;
        match asked.unwrap_or(Err(WireError::Timeout { operation: "ask for TLS", after: timeout }))? {
            SslAnswer::Yes => {}
            SslAnswer::No => return Err(LinkError::NoTls),
            SslAnswer::Error(fields) => return Err(LinkError::Server(fields)),
        }
        let shaken = tokio::time::timeout(timeout, Box::pin(tls::handshake(self.stream, host, versions))).await;
        let (stream, peer) = match shaken {
            Ok(result) => result.map_err(LinkError::Tls)?,
            Err(_) => return Err(WireError::Timeout { operation: "shake hands over TLS", after: timeout }.into()),
        };
        let times = Times { tcp: self.tcp, tls: started.elapsed(), ..Times::default() };
        Ok(Link { wire: Connection::new(stream), peer: Some(peer), times, timeout, _grant: self.grant })
    }
}

impl Link<'_> {
    /// Sends the `StartupMessage` in one write and reads the first answer. No password is involved: on Supavisor this
    /// alone shows a wrong tenant, a ban, TLS enforcement, address restrictions, a full pool and a tripped breaker.
    pub async fn start(&mut self, parameters: &[(&str, &str)], user: &str, database: &str) -> Result<First, WireError> {
        const OPERATION: &str = "start the session";
        let started = Instant::now();
        let packet = startup_message(parameters, user, database);
        self.wire.send(&packet, OPERATION).await?;
        for _ in 0..16 {
            match self.wire.receive(self.timeout, OPERATION).await? {
                Message::Auth(request) => {
                    self.times.startup = started.elapsed();
                    return Ok(First::Auth(request));
                }
                Message::Error(fields) => {
                    self.times.startup = started.elapsed();
                    return Ok(First::Refused(fields));
                }
                Message::Notice(_) | Message::NegotiateVersion => {}
                _ => {
                    return Err(WireError::Protocol {
                        operation: OPERATION,
                        what: "something else than an authentication request",
                    });
                }
            }
        }
        Err(WireError::Protocol { operation: OPERATION, what: "an endless first answer" })
    }

    /// Begins a SCRAM exchange and stops when the server's first message is there and the proof ready to be sent.
    pub async fn offer_scram(&mut self, password: &Secret, keyring: &Keyring) -> Result<Proof, LinkError> {
        const OPERATION: &str = "authenticate";
        let started = Instant::now();
        let scram = Scram::begin()?;
        let mut packet = BytesMut::new();
        frontend::sasl_initial_response(Scram::MECHANISM, scram.client_first().as_bytes(), &mut packet)
            .map_err(|_| WireError::Scram("the client's first message cannot be built"))?;
        self.wire.send(&packet, OPERATION).await?;
        match self.authentication(OPERATION).await? {
            AuthRequest::SaslContinue(first) => {
                let proof = scram.prove(&first, password, keyring)?;
                self.times.auth += started.elapsed();
                Ok(proof)
            }
            _ => Err(WireError::Protocol { operation: OPERATION, what: "not the next SCRAM message" }.into()),
        }
    }

    /// Sends the proof, checks the server's, and reads the greeting.
    pub async fn finish_scram(&mut self, proof: &Proof) -> Result<Greeting, LinkError> {
        const OPERATION: &str = "authenticate";
        let started = Instant::now();
        let mut packet = BytesMut::new();
        frontend::sasl_response(proof.client_final(), &mut packet)
            .map_err(|_| WireError::Scram("the client's proof cannot be built"))?;
        self.wire.send(&packet, OPERATION).await?;
        match self.authentication(OPERATION).await? {
            AuthRequest::SaslFinal(last) => proof.check(&last)?,
            // A server that skips its proof may not know the password at all.
            _ => return Err(WireError::Scram("the server did not prove that it knows the password").into()),
        }
        match self.authentication(OPERATION).await? {
            AuthRequest::Ok => {}
            _ => return Err(WireError::Protocol { operation: OPERATION, what: "not the end of authentication" }.into()),
        }
        let greeting = self.greeting().await?;
        self.times.auth += started.elapsed();
        Ok(greeting)
    }

    /// Answers an MD5 request; the caller has made sure that the link is encrypted.
    pub async fn answer_md5(&mut self, user: &str, password: &Secret, salt: [u8; 4]) -> Result<Greeting, LinkError> {
        const OPERATION: &str = "authenticate";
        let started = Instant::now();
        let hash = md5_hash(user.as_bytes(), password.reveal().as_bytes(), salt);
        let mut packet = BytesMut::new();
        frontend::password_message(hash.as_bytes(), &mut packet)
            .map_err(|_| WireError::Protocol { operation: OPERATION, what: "a text that cannot be sent" })?;
        self.wire.send(&packet, OPERATION).await?;
        match self.authentication(OPERATION).await? {
            AuthRequest::Ok => {}
            _ => return Err(WireError::Protocol { operation: OPERATION, what: "not the end of authentication" }.into()),
        }
        let greeting = self.greeting().await?;
        self.times.auth += started.elapsed();
        Ok(greeting)
    }

    /// Reads from `AuthenticationOk` to `ReadyForQuery`.
    pub async fn greeting(&mut self) -> Result<Greeting, LinkError> {
        const OPERATION: &str = "wait for the session";
        let mut greeting = Greeting::default();
        // Supavisor sends at most 32 parameters; PostgreSQL and PgBouncer fewer.
        for _ in 0..256 {
            match self.wire.receive(LOGIN_TIMEOUT, OPERATION).await? {
                Message::Parameter(key, value) => greeting.parameters.push((key, value)),
                Message::BackendKey(pid, _) => greeting.key_pid = Some(pid),
                Message::Ready(_) => return Ok(greeting),
                Message::Error(fields) => return Err(LinkError::Server(fields)),
                Message::Notice(_) | Message::NegotiateVersion => {}
                _ => return Err(WireError::Protocol { operation: OPERATION, what: "an unexpected message" }.into()),
            }
        }
        Err(WireError::Protocol { operation: OPERATION, what: "an endless greeting" }.into())
    }

    /// Says goodbye.
    pub async fn leave(self) {
        self.wire.terminate().await;
    }

    async fn authentication(&mut self, operation: &'static str) -> Result<AuthRequest, LinkError> {
        for _ in 0..16 {
            match self.wire.receive(LOGIN_TIMEOUT, operation).await? {
                Message::Auth(request) => return Ok(request),
                Message::Error(fields) => return Err(LinkError::Server(fields)),
                Message::Notice(_) => {}
                _ => return Err(WireError::Protocol { operation, what: "not an authentication message" }.into()),
            }
        }
        Err(WireError::Protocol { operation, what: "endless notices" }.into())
    }
}
