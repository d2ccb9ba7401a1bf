//! A server that does what a case says, and remembers everything that it was sent.

pub mod bytes;
mod peer;

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;

use self::peer::Peer;
use super::case::{Case, First, Step};
use super::certificates;

/// A server ends at the latest after this.
const LIFETIME: Duration = Duration::from_secs(120);
/// `SSLRequest`.
pub const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];

/// What a server was sent.
#[derive(Debug, Default)]
pub struct Record {
    /// Connections that came.
    pub connections: usize,
    /// What each sent, decrypted.
    pub received: Vec<Vec<u8>>,
    /// Answers that prove knowledge of the password.
    pub proofs: usize,
    /// What the client did that the script did not expect.
    pub surprises: Vec<String>,
}

/// A running server; dropping it stops it.
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    record: Arc<Mutex<Record>>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Server {
    /// Starts one at an address of its own, in a thread of its own.
    pub fn start(case: &Case) -> Self {
        let record = Arc::new(Mutex::new(Record::default()));
        let listener = listen();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let play = Arc::new(Play {
            case: case.clone(),
            acceptor: certificates::acceptor(case.certificate),
            record: Arc::clone(&record),
        });
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                tokio::select! {
                    () = play.accept(TcpListener::from_std(listener).unwrap()) => {}
                    _ = stopped => {}
                    () = tokio::time::sleep(LIFETIME) => {}
                }
            });
        });
        Self { address, record, stop: Some(stop), thread: Some(thread) }
    }

    /// Stops it and hands out what it was sent.
    pub fn stop(mut self) -> Record {
        self.end();
        std::mem::take(&mut *self.record.lock().unwrap_or_else(PoisonError::into_inner))
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

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}

/// On the transaction pooler's port, so that the setting is one of Supabase's; the laboratory stays below 127.254.
fn listen() -> std::net::TcpListener {
    loop {
        let [_, _, random @ ..] = getrandom::u32().unwrap().to_be_bytes();
        match std::net::TcpListener::bind(SocketAddr::from(([127, 254, random[0], random[1].clamp(1, 254)], 6543))) {
            Ok(listener) => {
                listener.set_nonblocking(true).unwrap();
                return listener;
            }
            Err(error) => assert_eq!(error.kind(), io::ErrorKind::AddrInUse),
        }
    }
}

struct Play {
    case: Case,
    acceptor: TlsAcceptor,
    record: Arc<Mutex<Record>>,
}

impl Play {
    async fn accept(self: Arc<Self>, listener: TcpListener) {
        while let Ok((stream, _)) = listener.accept().await {
            let number = self.note(|record| {
                record.connections += 1;
                record.received.push(Vec::new());
                record.connections
            });
            // An error here is the client's going away; what it must not do is in the record.
            tokio::spawn(Arc::clone(&self).serve(stream, number));
        }
    }

    fn note<T>(&self, note: impl FnOnce(&mut Record) -> T) -> T {
        note(&mut self.record.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn serve(self: Arc<Self>, stream: TcpStream, number: usize) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let mut peer = Peer::new(stream, Arc::clone(&self), number);
        let mut first = First::Connect;
        if self.script(First::Connect, number).is_none() {
            let head = peer.take(8).await?;
            first = match head.as_slice() {
                [b'G', b'E', b'T', b' ', ..] => First::Get,
                [0x16, 3, ..] => First::Direct,
                head if head == SSL_REQUEST => First::Ssl,
                _ => First::Plain,
            };
            peer.put_back(&head);
        }
        let Some(steps) = self.script(first, number) else { return Ok(()) };
        for step in steps {
            peer.run(step).await?;
        }
        peer.shut().await
    }

    fn script(&self, first: First, number: usize) -> Option<&[Step]> {
        let fits = |first: First, number: usize| {
            self.case.on.iter().rev().find(|on| on.first == first && number >= on.from.max(1))
        };
        fits(first, number).map(|on| on.steps.as_slice())
    }
}

/// What a connection runs over.
pub trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}
