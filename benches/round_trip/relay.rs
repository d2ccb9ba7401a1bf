//! A TCP relay that makes loopback feel like a network: it adds a round-trip time and limits nothing else.
//!
//! Every chunk is stamped when it is read and written half a round trip later, so throughput stays what it was. Connecting
//! is charged as one round trip: on loopback the client believes at once that it is connected, so what it sends in the
//! first round trip is treated as sent at its end.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

/// A relay that runs until the process ends.
#[derive(Debug)]
pub struct Relay {
    counts: Arc<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    opened: AtomicUsize,
    open: AtomicUsize,
    most_open: AtomicUsize,
}

impl Relay {
    /// Listens on `listen` and connects each client to `server`, `round_trip` away.
    pub fn start(listen: SocketAddr, server: SocketAddr, round_trip: Duration) -> io::Result<Self> {
        let listener = TcpListener::bind(listen)?;
        let counts = Arc::new(Counts::default());
        let shared = Arc::clone(&counts);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let counts = Arc::clone(&shared);
                counts.opened.fetch_add(1, Ordering::Relaxed);
                let now_open = counts.open.fetch_add(1, Ordering::Relaxed) + 1;
                counts.most_open.fetch_max(now_open, Ordering::Relaxed);
                thread::spawn(move || {
                    // A failure ends this connection, which the client sees; there is no one else to tell.
                    let _ = carry(&client, server, round_trip, &counts.open);
                });
            }
        });
        Ok(Self { counts })
    }

    /// Connections opened since the last call, and how many of them were open at one time.
    pub fn take_counts(&self) -> (usize, usize) {
        let still_open = self.counts.open.load(Ordering::Relaxed);
        (self.counts.opened.swap(0, Ordering::Relaxed), self.counts.most_open.swap(still_open, Ordering::Relaxed))
    }
}

/// Carries one connection until both directions have ended.
fn carry(client: &TcpStream, server: SocketAddr, round_trip: Duration, open: &AtomicUsize) -> io::Result<()> {
    let accepted = Instant::now();
    let upstream = TcpStream::connect(server);
    if upstream.is_err() {
        open.fetch_sub(1, Ordering::Relaxed);
    }
    let upstream = upstream?;
    client.set_nodelay(true)?;
    upstream.set_nodelay(true)?;
    let half = round_trip / 2;
    thread::scope(|scope| {
        scope.spawn(|| {
            one_way(client, &upstream, accepted + round_trip, half, || {
                open.fetch_sub(1, Ordering::Relaxed); // the client has closed its side
            });
        });
        scope.spawn(|| one_way(&upstream, client, accepted, half, || ()));
    });
    Ok(())
}

/// Copies `from` to `to`, each chunk `delay` after it was read, or after `not_before` if that is later; calls `ended` when
/// `from` has said its last.
fn one_way(mut from: &TcpStream, mut to: &TcpStream, not_before: Instant, delay: Duration, ended: impl FnOnce()) {
    let (sender, chunks) = channel::<(Instant, Vec<u8>)>();
    thread::scope(|scope| {
        scope.spawn(move || {
            for (due, chunk) in chunks {
                thread::sleep(due.saturating_duration_since(Instant::now()));
                if chunk.is_empty() {
                    let _ = to.shutdown(Shutdown::Write);
                    return;
                }
                if to.write_all(&chunk).is_err() {
                    return;
                }
            }
        });
        read_all(&mut from, &sender, not_before, delay);
        ended();
    });
}

/// Sends every chunk with the time it is due, and an empty one at the end.
fn read_all(from: &mut impl Read, sender: &Sender<(Instant, Vec<u8>)>, not_before: Instant, delay: Duration) {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let length = from.read(&mut buffer).unwrap_or(0);
        let due = Instant::now().max(not_before) + delay;
        if sender.send((due, buffer[..length].to_vec())).is_err() || length == 0 {
            return;
        }
    }
}
