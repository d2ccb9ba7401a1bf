//! Queries: the pool, and what a tracking pooler makes of named statements.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::super::backend::{Backend, Frame, Wire};
use super::super::scram::base64;
use super::{Held, Lie, Pooler, Port, Session, lock};

/// The longest wait for a backend; the product's default is 60 s.
const CHECKOUT_TIMEOUT: Duration = Duration::from_secs(5);

impl Pooler {
    /// Serves a client until it goes away.
    pub(super) async fn serve_queries(&self, wire: &mut Wire, session: &mut Session) -> io::Result<()> {
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
    pub(super) async fn look_what_is_left(&self) {
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
