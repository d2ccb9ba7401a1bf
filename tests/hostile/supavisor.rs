//! A Supavisor for the tests: its handshake, pools, limits, texts and quirks in front of a real PostgreSQL.
//!
//! What it does was observed on Supavisor 2.8.8 and 2.9.7 in November 2026. The quirks are enforced as rules: a probe that
//! splits a `StartupMessage`, begins a write with `Sync`, puts a query behind its SCRAM proof or sends a second batch
//! before the first one is answered loses answers on the real one; here it is written down as a [`broken
//! rule`](Supavisor::stop) besides.

use std::collections::{HashMap, HashSet, VecDeque};
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sha2::{Digest, Sha256};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio_rustls::TlsAcceptor;

use super::backend::{Backend, Frame, Wire};
use super::case::{Certificate, Product};
use super::certificates;
use super::play::PASSWORD;
use super::scram::{Exchange, base64};
use super::server::{SSL_REQUEST, auth, fields, greeting};

/// A server ends at the latest after this.
const LIFETIME: Duration = Duration::from_secs(120);
/// The longest wait for a backend; the product's default is 60 s.
const CHECKOUT_TIMEOUT: Duration = Duration::from_secs(5);

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

    /// From the `StartupMessage` to the greeting. False: refused.
    async fn log_in(&self, wire: &mut Wire) -> io::Result<bool> {
        let Some(startup) = self.startup(wire).await? else { return Ok(false) };
        if let Some(options) = startup.get("options") {
            lock(&self.seen).options.push(options.clone());
        }
        let user = startup.get("user").map_or("", String::as_str);
        let role = user.split_once('.').map(|(role, _)| role);
        if role != Some(&self.upstream.role) {
            let new = "(ENOIDENTIFIER) no tenant identifier provided (external_id or sni_hostname required)";
            wire.send(&self.error("XX000", new, "Tenant or user not found")).await?;
            return Ok(false);
        }
        if self.full() {
            return self.refuse_full(wire).await;
        }
        wire.send(&auth(10, b"SCRAM-SHA-256\0\0")).await?;
        let initial = wire.frame().await?.body().to_vec();
        let at = initial.windows(3).position(|part| part == b"n,,").unwrap_or_default();
        let exchange = Exchange::new(&String::from_utf8_lossy(&initial[at..]), PASSWORD);
        wire.send(&auth(11, exchange.server_first().as_bytes())).await?;
        let last = wire.frame().await?;
        if !wire.inbox.is_empty() {
            self.broken("a query was sent behind the SCRAM proof: it is dropped");
            wire.inbox.clear();
        }
        let Some(proof) = exchange.finish(&String::from_utf8_lossy(last.body())) else {
            tokio::time::sleep(Duration::from_millis(if self.setup.version == Version::New { 500 } else { 0 })).await;
            let text = format!("password authentication failed for user \"{}\"", self.upstream.role);
            wire.send(&self.error("28P01", &text, &text)).await?;
            return Ok(false);
        };
        if self.full() {
            return self.refuse_full(wire).await;
        }
        self.clients.fetch_add(1, Ordering::Relaxed);
        let key = self.keys.fetch_add(97, Ordering::Relaxed);
        let all = [auth(12, proof.as_bytes()), auth(0, b""), greeting(Product::Supavisor, key)].concat();
        wire.send(&all).await?;
        Ok(true)
    }

    fn full(&self) -> bool {
        self.setup.port == Port::Session && self.clients.load(Ordering::Relaxed) >= self.setup.pool_size
    }

    async fn refuse_full(&self, wire: &mut Wire) -> io::Result<bool> {
        let limited = "max clients are limited to pool_size";
        let size = self.setup.pool_size;
        let new = format!("(EMAXCONNSESSION) max clients reached in session mode - {limited}: {size}");
        let old = format!("MaxClientsInSessionMode: max clients reached - in Session mode {limited}");
        wire.send(&self.error("XX000", &new, &old)).await?;
        Ok(false)
    }

    /// The parameters of the `StartupMessage`, of which everything must be there already.
    async fn startup(&self, wire: &mut Wire) -> io::Result<Option<HashMap<String, String>>> {
        let packet = std::mem::take(&mut wire.inbox);
        let announced = packet.first_chunk::<4>().map_or(0, |length| u32::from_be_bytes(*length) as usize);
        if packet.len() != announced || packet.get(4..8) != Some(&[0, 3, 0, 0]) {
            self.broken("the StartupMessage did not come in one piece, or is not of protocol 3.0");
            if self.setup.version == Version::New {
                wire.send(&self.error("XX000", "(ENOIDENTIFIER) no tenant identifier provided", "")).await?;
            }
            return Ok(None);
        }
        let texts: Vec<String> =
            packet[8..].split(|byte| *byte == 0).map(|text| String::from_utf8_lossy(text).into_owned()).collect();
        Ok(Some(texts.chunks(2).filter(|pair| pair.len() == 2).map(|p| (p[0].clone(), p[1].clone())).collect()))
    }

    async fn serve_queries(&self, wire: &mut Wire, session: &mut Session) -> io::Result<()> {
        session.status = b'I';
        while let Some(batch) = self.batch(wire, session.held.is_some()).await? {
            if session.held.is_none() {
                let Some(held) = self.check_out().await? else {
                    let new = "(ECHECKOUTTIMEOUT) unable to check out connection from the pool after 5000ms in \
                               Transaction mode";
                    let old = "Unable to check out connection from the pool due to timeout";
                    return wire.send(&self.error("XX000", new, old)).await;
                };
                session.held = Some(held);
            }
            match self.run(wire, session, &batch).await? {
                Ok(()) => {}
                Err(fatal) => return wire.send(&fatal).await,
            }
            if session.status == b'T' && self.setup.lie == Lie::KillHolder {
                session.held = None;
                let text = "terminating connection due to administrator command";
                return wire.send(&self.error("57P01", text, text)).await;
            }
            if session.status == b'I' && self.setup.port == Port::Transaction {
                lock(&self.idle).extend(session.held.take().map(|held| held.backend));
            }
        }
        Ok(())
    }

    /// The messages up to `Sync`; `None` when the client says goodbye.
    async fn batch(&self, wire: &mut Wire, holds: bool) -> io::Result<Option<Vec<Frame>>> {
        let mut batch = Vec::new();
        loop {
            let frame = wire.frame().await?;
            match frame.tag() {
                b'X' => return Ok(None),
                b'S' if batch.is_empty() && self.setup.port == Port::Transaction && !holds => {
                    self.broken("a write began with Sync: the rest of it is swallowed");
                    wire.inbox.clear();
                    wire.send(&[b'Z', 0, 0, 0, 5, b'I']).await?;
                }
                b'S' | b'Q' => {
                    batch.push(frame);
                    if !wire.inbox.is_empty() && wire.inbox[0] != b'X' {
                        self.broken("more than one batch was sent in one write");
                    }
                    return Ok(Some(batch));
                }
                _ => batch.push(frame),
            }
        }
    }

    async fn check_out(&self) -> io::Result<Option<Held>> {
        let Ok(room) = tokio::time::timeout(CHECKOUT_TIMEOUT, Arc::clone(&self.room).acquire_owned()).await else {
            return Ok(None);
        };
        let room = room.map_err(io::Error::other)?;
        let idle = lock(&self.idle).pop();
        let backend = match idle {
            Some(backend) => backend,
            None => Backend::connect(&self.upstream).await?,
        };
        Ok(Some(Held { backend, _room: room }))
    }

    /// Runs one batch on the held backend and passes the answers on. The inner error ends the connection.
    async fn run(&self, wire: &mut Wire, session: &mut Session, batch: &[Frame]) -> io::Result<Result<(), Vec<u8>>> {
        let Session { held, statements, status } = session;
        let backend = &mut held.as_mut().expect("checked out above").backend;
        let mut parses = VecDeque::new();
        let mut out = Vec::new();
        for frame in batch {
            self.note_parameters(frame.body());
            if let Err(fatal) = self.translate(frame, statements, backend, &mut parses, &mut out) {
                return Ok(Err(fatal));
            }
        }
        backend.wire.send(&out).await?;
        let mut answer = Vec::new();
        loop {
            let frame = tokio::select! {
                frame = backend.wire.frame() => frame?,
                more = wire.read_once() => {
                    more?;
                    self.broken("something was sent before the batch before it was answered");
                    continue;
                }
            };
            match frame.tag() {
                b'1' if parses.pop_front() == Some(Injected(true)) => {}
                b'D' => answer.extend(self.lie_about_pids(&frame, backend.pid)),
                _ => answer.extend_from_slice(&frame.bytes),
            }
            if frame.tag() == b'Z' {
                *status = frame.bytes[5];
                wire.send(&answer).await?;
                return Ok(Ok(()));
            }
        }
    }

    /// With tracking on: `sv_` names for the client's, and a Parse before a Bind where the backend has none.
    fn translate(
        &self,
        frame: &Frame,
        statements: &mut HashMap<String, (String, Vec<u8>)>,
        backend: &mut Backend,
        parses: &mut VecDeque<Injected>,
        out: &mut Vec<u8>,
    ) -> Result<(), Vec<u8>> {
        let tracked = self.setup.tracking && self.setup.port == Port::Transaction;
        if frame.tag() == b'P' {
            parses.push_back(Injected(false));
        }
        let (before, name, after) = frame.statement();
        if !tracked || name.is_empty() {
            out.extend_from_slice(&frame.bytes);
            return Ok(());
        }
        let client_name = String::from_utf8_lossy(name).into_owned();
        if frame.tag() == b'P' {
            let server_name = format!("sv_{}", base64(&Sha256::digest(after)).trim_end_matches('='));
            let parse = Frame::new(b'P', &[server_name.as_bytes(), b"\0", after].concat());
            let known = statements.insert(client_name.clone(), (server_name.clone(), parse.bytes.clone()));
            if known.is_some() {
                let text = format!("prepared statement \"{client_name}\" already exists");
                return Err(self.error("42P05", &format!("(EPREPAREDDUP) {text}"), &text));
            }
            backend.known.insert(server_name);
            out.extend(parse.bytes);
            return Ok(());
        }
        let Some((server_name, parse)) = statements.get(&client_name).cloned() else {
            if frame.tag() == b'C' {
                out.extend_from_slice(&frame.bytes);
                return Ok(());
            }
            let text = format!("prepared statement \"{client_name}\" does not exist");
            return Err(self.error("26000", &format!("(EPREPAREDNOTFOUND) {text}"), &text));
        };
        match frame.tag() {
            // Describe is not replayed: on a backend without the statement it fails (measured).
            b'B' if backend.known.insert(server_name.clone()) => {
                parses.push_back(Injected(true));
                out.extend(parse);
            }
            b'C' => {
                statements.remove(&client_name);
                backend.known.remove(&server_name);
            }
            _ => {}
        }
        out.extend(Frame::new(frame.tag(), &[before, server_name.as_bytes(), b"\0", after].concat()).bytes);
        Ok(())
    }

    fn note_parameters(&self, body: &[u8]) {
        let text = String::from_utf8_lossy(body);
        for (at, _) in text.match_indices("supascope.") {
            let name = text[at..].chars().take_while(|c| c.is_ascii_alphanumeric() || "._".contains(*c));
            lock(&self.parameters).insert(name.collect());
        }
    }

    /// A row, with the backend's process id replaced by the lie.
    fn lie_about_pids(&self, row: &Frame, pid: i32) -> Vec<u8> {
        let lie = match self.setup.lie {
            Lie::SamePid => "4242".to_owned(),
            Lie::NewPids => self.pids.fetch_add(1, Ordering::Relaxed).to_string(),
            _ => return row.bytes.clone(),
        };
        let body = row.body();
        let mut lied = body[..2].to_vec();
        let mut rest = &body[2..];
        while let Some((length, columns)) = rest.split_first_chunk::<4>() {
            let count = usize::try_from(i32::from_be_bytes(*length)).unwrap_or_default();
            let value =
                if columns[..count] == *pid.to_string().as_bytes() { lie.as_bytes() } else { &columns[..count] };
            let announced =
                if *length == [0xff; 4] { *length } else { u32::try_from(value.len()).unwrap().to_be_bytes() };
            lied.extend_from_slice(&announced);
            lied.extend_from_slice(value);
            rest = &columns[count..];
        }
        Frame::new(b'D', &lied).bytes
    }

    /// Asks every idle backend for what a probe may have left there.
    async fn look_what_is_left(&self) {
        // The last client's goodbye may still be on its way.
        tokio::time::sleep(Duration::from_millis(50)).await;
        let backends = std::mem::take(&mut *lock(&self.idle));
        let parameters: Vec<String> = lock(&self.parameters).iter().cloned().collect();
        for mut backend in backends {
            let mut asked = vec!["SELECT name FROM pg_prepared_statements".to_owned()];
            asked.extend(
                parameters
                    .iter()
                    .map(|name| format!("SELECT '{name}' WHERE coalesce(current_setting('{name}', true), '') <> ''")),
            );
            asked.push("SELECT 'a lock' FROM pg_locks WHERE locktype='advisory' AND pid=pg_backend_pid()".to_owned());
            asked.push("SELECT 'listens' FROM pg_listening_channels()".to_owned());
            for sql in asked {
                let found = backend.simple(&sql).await.unwrap_or_default();
                lock(&self.seen).left.extend(found);
            }
        }
    }
}

/// Whether a Parse was put in by the pooler: its answer is not the client's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Injected(bool);
