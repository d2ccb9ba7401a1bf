//! A TCP relay in front of a server of the laboratory: it counts connections and bytes, and can stop the world after a
//! given number of bytes, so that a test acts on a probe at a point that it has chosen.

#![allow(dead_code, reason = "every test binary compiles this file and uses a part of it")]

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use crate::lab::{Endpoint, Lab};

/// A relay before the endpoint, at another address of the lab, and the setting that goes through it.
pub fn relayed(lab: &Lab, endpoint: &Endpoint, last_byte: u8) -> (Relay, String) {
    let address = format!("{}.{last_byte}", lab.block());
    let listen = format!("{address}:{}", endpoint.port).parse().unwrap();
    let server = format!("{}:{}", endpoint.hostaddr, endpoint.port).parse().unwrap();
    let uri = endpoint.uri("").replace(&format!("hostaddr={}&", endpoint.hostaddr), &format!("hostaddr={address}&"));
    (Relay::start(listen, server), uri)
}

/// A relay; it ends with the process.
pub struct Relay {
    shared: Arc<Shared>,
    reached: Receiver<()>,
}

struct Shared {
    state: Mutex<State>,
    moved: Condvar,
    reached: Sender<()>,
}

#[derive(Debug, Default, Clone, Copy)]
struct State {
    bytes: u64,
    /// Nothing passes beyond this many bytes.
    stop_at: Option<u64>,
    /// How long everything takes to pass.
    delay: Duration,
    open: u32,
    most_open: u32,
    opened: u32,
}

impl Relay {
    /// Listens, and connects each client to the server.
    pub fn start(listen: SocketAddr, server: SocketAddr) -> Self {
        let listener = TcpListener::bind(listen).unwrap();
        let (sender, reached) = channel();
        let shared = Arc::new(Shared { state: Mutex::default(), moved: Condvar::new(), reached: sender });
        let relay = Self { shared: Arc::clone(&shared), reached };
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                shared.opened();
                let shared = Arc::clone(&shared);
                std::thread::spawn(move || {
                    if let Ok(upstream) = TcpStream::connect(server) {
                        carry(&client, &upstream, &shared);
                    }
                    shared.state.lock().unwrap().open -= 1;
                });
            }
        });
        relay
    }

    /// From now on nothing passes beyond this many bytes, both directions of all connections together.
    pub fn stop_at(&self, bytes: Option<u64>) {
        while self.reached.try_recv().is_ok() {}
        let mut state = self.shared.state.lock().unwrap();
        *state = State { stop_at: bytes, bytes: 0, most_open: state.open, opened: 0, ..*state };
    }

    /// From now on everything takes as long to pass.
    pub fn delay(&self, delay: Duration) {
        self.shared.state.lock().unwrap().delay = delay;
    }

    /// Waits until as many have passed; `false` when that takes longer than any probe lasts.
    pub fn wait_for_stop(&self) -> bool {
        self.reached.recv_timeout(Duration::from_secs(60)).is_ok()
    }

    /// Lets everything pass again.
    pub fn go_on(&self) {
        self.shared.state.lock().unwrap().stop_at = None;
        self.shared.moved.notify_all();
    }

    /// Bytes that have passed.
    pub fn bytes(&self) -> u64 {
        self.shared.state.lock().unwrap().bytes
    }

    /// Connections opened, and most of them at one time.
    pub fn connections(&self) -> (u32, u32) {
        let state = self.shared.state.lock().unwrap();
        (state.opened, state.most_open)
    }
}

impl Shared {
    fn opened(&self) {
        let mut state = self.state.lock().unwrap();
        state.open += 1;
        state.opened += 1;
        state.most_open = state.most_open.max(state.open);
    }

    /// Counts bytes, up to those that may pass; returns how many do.
    fn count(&self, length: usize) -> usize {
        let mut state = self.state.lock().unwrap();
        loop {
            let left = state.stop_at.map_or(u64::MAX, |stop| stop.saturating_sub(state.bytes));
            if left > 0 {
                let passing = left.min(length as u64);
                state.bytes += passing;
                if state.stop_at == Some(state.bytes) {
                    self.reached.send(()).unwrap();
                }
                return usize::try_from(passing).unwrap();
            }
            state = self.moved.wait(state).unwrap();
        }
    }
}

fn carry(client: &TcpStream, upstream: &TcpStream, shared: &Shared) {
    let _ = client.set_nodelay(true);
    let _ = upstream.set_nodelay(true);
    std::thread::scope(|scope| {
        scope.spawn(|| one_way(client, upstream, shared));
        one_way(upstream, client, shared);
    });
}

/// Copies until an end; either end ends both, as a process that is killed does.
fn one_way(mut from: &TcpStream, mut to: &TcpStream, shared: &Shared) {
    let mut buffer = [0; 16 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        let delay = shared.state.lock().unwrap().delay;
        std::thread::sleep(delay);
        let mut rest = &buffer[..length];
        while !rest.is_empty() {
            let passing = shared.count(rest.len());
            if to.write_all(&rest[..passing]).is_err() {
                break;
            }
            rest = &rest[passing..];
        }
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}
