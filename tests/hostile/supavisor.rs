//! A Supavisor for the tests: its handshake, pools, limits, texts and quirks in front of a real PostgreSQL.
//!
//! What it does was observed on Supavisor 2.8.8 and 2.9.7 in November 2026. The quirks are enforced as rules: a probe that
//! splits a `StartupMessage`, begins a write with `Sync`, puts a query behind its SCRAM proof or sends a second batch
//! before the first one is answered loses answers on the real one; here it is written down as a [`broken
//! rule`](Supavisor::stop) besides.

mod login;
mod queries;

use std::collections::{HashMap, HashSet};
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio_rustls::TlsAcceptor;

use super::backend::{Backend, Wire};
use super::case::Certificate;
use super::certificates;
use super::server::SSL_REQUEST;
use super::server::bytes::fields;

/// A server ends at the latest after this.
const LIFETIME: Duration = Duration::from_secs(120);

/// Which family of texts it speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// 2.9.7: `(ECODE) text`, fields `C`, `M`, `S`.
    New,
    /// 2.8.8: bare texts, fields `S`, `V`, `C`, `M`.
    Old,
}

/// The port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Port {
    /// Transaction mode: one backend more than the pool's size.
    Transaction,
    /// Session mode.
    Session,
}

/// What it does that no Supavisor does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lie {
    /// Nothing.
    None,
    /// Every backend says that it has the same process id.
    SamePid,
    /// Every process id is another one.
    NewPids,
    /// A client that holds a backend in a transaction is thrown out.
    KillHolder,
    /// Only the first connection is served; all others are accepted and left waiting.
    FirstOnly,
    /// `GET` and plaintext clients are accepted and left waiting.
    StallExtras,
}

/// How it is set up.
#[derive(Debug, Clone, Copy)]
pub struct Setup {
    /// The version.
    pub version: Version,
    /// The port.
    pub port: Port,
    /// `named_prepared_statements`.
    pub tracking: bool,
    /// `pool_size`.
    pub pool_size: usize,
    /// Clients that are there already (they hold nothing in transaction mode).
    pub taken: usize,
    /// See [`Lie`].
    pub lie: Lie,
}

/// The database behind it.
#[derive(Debug, Clone)]
pub struct Upstream {
    /// PostgreSQL.
    pub address: SocketAddr,
    /// The role.
    pub role: String,
    /// Its password. The clients' is that of all cases.
    pub password: String,
}

/// A running Supavisor; dropping it stops it.
pub struct Supavisor {
    /// Where it listens.
    pub address: SocketAddr,
    pooler: Arc<Pooler>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

/// What it saw.
#[derive(Debug, Default, Clone)]
pub struct Seen {
    /// Rules that the client broke.
    pub broken_rules: Vec<String>,
    /// What is left on idle backends: parameters with a value, and prepared statements.
    pub left: Vec<String>,
    /// Everything that clients sent, decrypted.
    pub received: Vec<u8>,
    /// Most clients that were logged in at a time, those that were there already among them.
    pub most_clients: usize,
    /// `search_path` and other options in startup messages, as sent.
    pub options: Vec<String>,
}

impl Supavisor {
    /// Starts one at a free port of `ip`.
    pub fn start(ip: &str, setup: Setup, upstream: Upstream) -> Self {
        let listener = std::net::TcpListener::bind((ip, 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let backends = if setup.port == Port::Transaction { setup.pool_size + 1 } else { setup.pool_size };
        let pooler = Arc::new(Pooler {
            setup,
            upstream,
            acceptor: certificates::acceptor(Certificate::Good),
            room: Arc::new(Semaphore::new(backends)),
            idle: Mutex::default(),
            clients: AtomicUsize::new(setup.taken),
            connections: AtomicUsize::new(0),
            keys: AtomicI32::new(17),
            pids: AtomicI32::new(100_000),
            parameters: Mutex::default(),
            seen: Mutex::default(),
        });
        let (stop, stopped) = oneshot::channel();
        let served = Arc::clone(&pooler);
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                tokio::select! {
                    () = Arc::clone(&served).accept(TcpListener::from_std(listener).unwrap()) => {}
                    _ = stopped => served.look_what_is_left().await,
                    () = tokio::time::sleep(LIFETIME) => {}
                }
            });
        });
        Self { address, pooler, stop: Some(stop), thread: Some(thread) }
    }

    /// Stops it; what it saw.
    pub fn stop(mut self) -> Seen {
        self.end();
        lock(&self.pooler.seen).clone()
    }

    fn end(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Supavisor {
    fn drop(&mut self) {
        self.end();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Pooler {
    setup: Setup,
    upstream: Upstream,
    acceptor: TlsAcceptor,
    room: Arc<Semaphore>,
    /// Last in, first out, as its pool does.
    idle: Mutex<Vec<Backend>>,
    clients: AtomicUsize,
    connections: AtomicUsize,
    keys: AtomicI32,
    pids: AtomicI32,
    /// Placeholders that clients have named.
    parameters: Mutex<HashSet<String>>,
    seen: Mutex<Seen>,
}

/// A backend and the right to have it.
struct Held {
    backend: Backend,
    _room: OwnedSemaphorePermit,
}

/// One client after its login.
#[derive(Default)]
struct Session {
    held: Option<Held>,
    /// Statements: the client's name, the server's, and the Parse message as the server gets it.
    statements: HashMap<String, (String, Vec<u8>)>,
    status: u8,
}

impl Pooler {
    fn broken(&self, rule: &str) {
        lock(&self.seen).broken_rules.push(rule.to_owned());
    }

    /// An error of its own.
    fn error(&self, sqlstate: &str, new: &str, old: &str) -> Vec<u8> {
        let texts: &[String] = &match self.setup.version {
            Version::New => vec![format!("C{sqlstate}"), format!("M{new}"), "SFATAL".to_owned()],
            Version::Old => {
                vec!["SFATAL".to_owned(), "VFATAL".to_owned(), format!("C{sqlstate}"), format!("M{old}")]
            }
        };
        fields(b'E', texts)
    }

    async fn accept(self: Arc<Self>, listener: TcpListener) {
        while let Ok((stream, _)) = listener.accept().await {
            // An error is the client's going away.
            tokio::spawn(Arc::clone(&self).serve(stream));
        }
    }

    async fn serve(self: Arc<Self>, stream: TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let mut wire = Wire::new(stream);
        if self.connections.fetch_add(1, Ordering::Relaxed) > 0 && self.setup.lie == Lie::FirstOnly {
            loop {
                wire.read_once().await?;
            }
        }
        // What arrives in one read is taken for the whole packet.
        wire.read_once().await?;
        if self.setup.lie == Lie::StallExtras && !wire.inbox.starts_with(&SSL_REQUEST) {
            loop {
                wire.read_once().await?;
            }
        }
        if wire.inbox.starts_with(b"GET ") {
            let version = if self.setup.version == Version::New { "2.9.7" } else { "2.8.8" };
            wire.send(format!("HTTP/1.1 204 OK\r\nx-app-version: {version}\r\n\r\n").as_bytes()).await?;
            return wire.shut().await;
        }
        // A TLS handshake without SSLRequest: an error, or the end (observed on 2.9.7 and 2.8.8).
        if wire.inbox.starts_with(&[0x16, 3]) {
            if self.setup.version == Version::New {
                let text = "(ESTARTUPMESSAGE) Invalid startup message: :bad_startup_payload";
                wire.send(&self.error("08P01", text, text)).await?;
            }
            return wire.shut().await;
        }
        if wire.inbox.starts_with(&SSL_REQUEST) {
            if wire.inbox.len() > SSL_REQUEST.len() {
                self.broken("something was sent behind SSLRequest");
            }
            wire.inbox.clear();
            wire.send(b"S").await?;
            wire = Wire::new(self.acceptor.accept(wire.into_stream()).await?);
            wire.read_once().await?;
        }
        let logged_in = self.log_in(&mut wire).await;
        let seen = std::mem::take(&mut wire.seen);
        lock(&self.seen).received.extend(seen);
        if !logged_in? {
            return wire.shut().await;
        }
        let mut session = Session::default();
        let served = self.serve_queries(&mut wire, &mut session).await;
        lock(&self.seen).received.extend(std::mem::take(&mut wire.seen));
        self.clients.fetch_sub(1, Ordering::Relaxed);
        if let Some(mut held) = session.held.take() {
            // A client that leaves inside a transaction takes the backend with it; the next session gets a clean one.
            if session.status == b'I' && held.backend.simple("DISCARD ALL").await.is_ok() {
                lock(&self.idle).push(held.backend);
            }
        }
        served?;
        wire.shut().await
    }
}
