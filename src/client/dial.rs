//! From a door to a session: name, TCP, TLS, judgement of the certificate, login.

use std::net::SocketAddr;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_postgres::config::SslMode;
use tokio_postgres::{Client, Config, NoTls};

use super::error::ConnectError;
use super::guard::{Guard, Seen};
use crate::probe::door::Door;
use crate::probe::draft::{Trusted, chain_fault};
use crate::probe::link::{LOGIN_TIMEOUT, LinkError};
use crate::probe::names::APPLICATION_NAME;
use crate::probe::tls::Sslmode;
use crate::probe::{Failure, Refusal, refusal, resolve};
use crate::wire::tls::{self, Versions};
use crate::wire::{SslAnswer, Stream, WireError, request_tls};

/// Most addresses of a name that are tried, as the probe does.
const MAX_ADDRESSES: usize = 4;

/// Opens sessions at one door. Cheap to share behind an [`Arc`].
pub struct Dialer {
    door: Door,
    config: Config,
    trusted: Arc<Trusted>,
    timeout: Duration,
}

/// A session. Dropping `client` ends it.
pub struct Session {
    /// The driver's handle.
    pub client: Client,
    /// Where it goes.
    pub address: SocketAddr,
    /// Whether it runs over TLS.
    pub encrypted: bool,
    /// `server_version`, as the greeting says it.
    pub server_version: Option<String>,
    /// The task that moves the bytes. It ends with the session; its error says why, where no query was waiting to hear it.
    pub task: JoinHandle<Result<(), tokio_postgres::Error>>,
}

impl Dialer {
    /// Reads the trust stores. `ssl_root_cert` (`--sslrootcert`) wins over the setting's own; `timeout` is for each step
    /// before the login.
    pub async fn new(door: Door, ssl_root_cert: Option<&str>, timeout: Duration) -> Result<Self, ConnectError> {
        const OPERATION: &str = "prepare the login";
        let refuse = |refusal, why: &str| Err(ConnectError::plain(OPERATION, refusal, format!("{}: {why}", door.host)));
        let Some(user) = &door.user else { return refuse(Refusal::Other, "the setting names no user") };
        let mut config = Config::new();
        config.user(user).dbname(&door.database).application_name(APPLICATION_NAME).ssl_mode(SslMode::Disable);
        if let Some(password) = &door.password {
            config.password(password.reveal());
        }
        let given = ssl_root_cert.map(str::to_owned).or_else(|| door.ssl_root_cert.clone());
        let loaded = tokio::task::spawn_blocking(move || Trusted::load(given.as_deref())).await;
        let Ok(trusted) = loaded else { return refuse(Refusal::TlsFailed, "the trust stores could not be read") };
        Ok(Self { door, config, trusted: Arc::new(trusted), timeout })
    }

    /// The door.
    pub const fn door(&self) -> &Door {
        &self.door
    }

    /// Opens one session: one login, never a second. The name is resolved anew, as applications do, so that a failover
    /// by DNS is followed.
    pub async fn connect(&self) -> Result<Session, ConnectError> {
        let (stream, address) = self.reach().await?;
        let (stream, encrypted) = self.secure(stream, address).await?;
        self.log_in(stream, address, encrypted).await
    }

    async fn reach(&self) -> Result<(TcpStream, SocketAddr), ConnectError> {
        let door = &self.door;
        let resolved = resolve::run(&door.host, door.hostaddr.as_deref(), door.port, self.timeout).await;
        if let Some(failure) = resolved.failure {
            return Err(ConnectError::new("resolve the name", failure));
        }
        let mut last = None;
        for address in resolved.addresses.into_iter().take(MAX_ADDRESSES) {
            match self.tcp(address).await {
                Ok(stream) => return Ok((stream, address)),
                Err(error) => last = Some(refusal::from_wire(&error, address)),
            }
        }
        let none = || Failure { refusal: Refusal::NameNotFound, message: "no address".to_owned(), server: None };
        Err(ConnectError::new("connect", last.unwrap_or_else(none)))
    }

    async fn tcp(&self, address: SocketAddr) -> Result<TcpStream, WireError> {
        const OPERATION: &str = "connect";
        let stream = tokio::time::timeout(self.timeout, TcpStream::connect(address))
            .await
            .map_err(|_| WireError::Timeout { operation: OPERATION, after: self.timeout })?
            .map_err(|source| WireError::Io { operation: OPERATION, source })?;
        // A small write would wait for the peer's delayed acknowledgement; failing to set it is harmless.
        let _ = stream.set_nodelay(true);
        Ok(stream)
    }

    /// Asks for TLS, shakes hands, judges. Without TLS only where the setting says `sslmode=disable`, or on a stack that
    /// runs on one's own machine: a server that suddenly has none may be somebody on the way.
    async fn secure(
        &self,
        mut stream: TcpStream,
        address: SocketAddr,
    ) -> Result<(Box<dyn Stream>, bool), ConnectError> {
        const OPERATION: &str = "set up TLS";
        let failed = |error: &LinkError| ConnectError::new(OPERATION, refusal::from_link(error, address));
        let timed_out = |operation| LinkError::Wire(WireError::Timeout { operation, after: self.timeout });
        if self.door.sslmode == Sslmode::Disable {
            return Ok((Box::new(stream), false));
        }
        match tokio::time::timeout(self.timeout, request_tls(&mut stream)).await {
            Err(_) => return Err(failed(&timed_out("ask for TLS"))),
            Ok(Err(error)) => return Err(failed(&LinkError::Wire(error))),
            Ok(Ok(SslAnswer::Error(fields))) => return Err(failed(&LinkError::Server(fields))),
            Ok(Ok(SslAnswer::No)) if self.door.plaintext_login && !self.door.sslmode.demands_tls() => {
                return Ok((Box::new(stream), false));
            }
            Ok(Ok(SslAnswer::No)) => return Err(failed(&LinkError::NoTls)),
            Ok(Ok(SslAnswer::Yes)) => {}
        }
        let shaking = Box::pin(tls::handshake(stream, &self.door.host, Versions::Any));
        let (stream, peer) = match tokio::time::timeout(self.timeout, shaking).await {
            Err(_) => return Err(failed(&timed_out("shake hands over TLS"))),
            Ok(Err(error)) => return Err(failed(&LinkError::Tls(error))),
            Ok(Ok(secured)) => secured,
        };
        if let Some((refusal, why)) = chain_fault(&peer, Some(&self.trusted), &self.door) {
            return Err(ConnectError::plain("verify the certificate", refusal, format!("{address}: {why}")));
        }
        Ok((Box::new(stream), true))
    }

    async fn log_in(
        &self,
        stream: Box<dyn Stream>,
        address: SocketAddr,
        encrypted: bool,
    ) -> Result<Session, ConnectError> {
        let (guard, seen) = Guard::new(stream, encrypted);
        let logging_in = Box::pin(self.config.connect_raw(guard, NoTls));
        let within = LOGIN_TIMEOUT.max(self.timeout);
        let answered = tokio::time::timeout(within, logging_in).await;
        let seen = seen.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (client, connection) = match answered {
            Ok(Ok(session)) => session,
            Ok(Err(error)) => return Err(self.refused(&error, &seen, address)),
            Err(_) => {
                let error = WireError::Timeout { operation: "log in", after: within };
                return Err(ConnectError::new("log in", refusal::from_wire(&error, address)));
            }
        };
        let server_version = connection.parameter("server_version").map(str::to_owned);
        Ok(Session { client, address, encrypted, server_version, task: tokio::spawn(connection) })
    }

    /// Why the login did not succeed. The driver's error knows the server's words, the guard in which order they came.
    fn refused(&self, error: &tokio_postgres::Error, seen: &Seen, address: SocketAddr) -> ConnectError {
        const OPERATION: &str = "log in";
        let failure = |refusal, why: &dyn std::fmt::Display| Failure {
            refusal,
            message: format!("{address}: {why}"),
            server: None,
        };
        if let Some(why) = seen.unsafe_request {
            return ConnectError::never(OPERATION, failure(Refusal::Protocol, &why));
        }
        if let Some(fields) = &seen.error {
            return ConnectError::new(OPERATION, refusal::from_server(fields, address));
        }
        if let Some(broken) = &seen.broken {
            return ConnectError::never(OPERATION, refusal::from_wire(broken, address));
        }
        if self.door.password.is_none() && !error.is_closed() {
            return ConnectError::new(OPERATION, failure(Refusal::NoPassword, &self.door.no_password));
        }
        let io = std::error::Error::source(error).and_then(|cause| cause.downcast_ref::<std::io::Error>());
        if io.is_some() || error.is_closed() {
            return ConnectError::new(
                OPERATION,
                refusal::from_wire(&WireError::Closed { operation: OPERATION }, address),
            );
        }
        // What is left are faults of the exchange itself: the server could not prove that it knows the password, or broke
        // the protocol. Neither gets a second try.
        ConnectError::never(OPERATION, failure(Refusal::Protocol, &error))
    }
}

impl Session {
    /// Says goodbye, and waits for a moment that it goes out.
    pub async fn leave(self) {
        drop(self.client);
        let _ = tokio::time::timeout(Duration::from_millis(200), self.task).await;
    }
}
