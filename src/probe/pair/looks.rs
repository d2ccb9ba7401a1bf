//! Two clients that take turns, each with a backend of its own if this is session mode or no pooler at all: what they
//! meet, and what becomes of the session state that the first one makes.
//!
//! Nothing is held here, so neither keeps the other on its own backend, and in session mode, where every connection takes
//! a slot, that is all it costs. B asks first: on a pool that is at rest it is given the backend that A has just left.

use std::time::Instant;

use super::{
    HEAD_START, HOLD_WITHIN, NOTIFY_HEAD_START, Pair, QUERY_WITHIN, ROUND_PAUSE, ROUNDS, SessionSet, Timed, timed,
};
use crate::endpoint::Mode;
use crate::probe::leftovers::Leftovers;
use crate::probe::names::Names;
use crate::probe::trial;
use crate::wire::{Batch, Connection, Reply, WireError};

const PID: &str = "SELECT pg_catalog.pg_backend_pid()";

impl Pair<'_, '_> {
    /// The cancel key of both connections is that of the backend: there is no pooler. One could be a coincidence.
    pub(super) async fn is_direct(&mut self) -> Result<bool, WireError> {
        let pid = self.look_for_the_state().await?;
        if pid.is_none() || pid != self.b.key_pid {
            return Ok(false);
        }
        self.out.mode = Mode::Direct;
        self.out.second_backend = true;
        self.out.mode_evidence =
            "on two connections the cancel key carries the backend's own process id, which no pooler passes on".into();
        Ok(true)
    }

    /// Where session mode is documented: as many looks as a proof of the contrary has ever needed, and no hold.
    pub(super) async fn looks(&mut self) -> Result<(), WireError> {
        let started = Instant::now();
        let first_b = match self.first_look().await? {
            Some(pid) if self.out.mode == Mode::Unknown => Some(pid),
            _ => return Ok(()),
        };
        let second_b = self.look_for_the_state().await?;
        if first_b != second_b {
            self.prove_transaction("one client was served by two backends in turn");
        }
        if self.out.mode == Mode::Unknown && started.elapsed() < ROUND_PAUSE * 2 {
            // A pooler that is still busy with the query before gives out another backend; a long way gives it time to rest.
            return self.rounds(second_b, "two looks in turn", ROUNDS).await;
        }
        if self.out.mode == Mode::Unknown && second_b.is_some() {
            self.out.mode = Mode::Session;
            self.out.mode_evidence =
                "two clients kept a backend each: the one through four queries, the other through two beside them"
                    .into();
        }
        Ok(())
    }

    /// B asks, and empties A's placeholder if it meets it; A makes session state, unless B was there.
    async fn first_look(&mut self) -> Result<Option<i32>, WireError> {
        let ask_b = Leftovers::clear_placeholder(
            Batch::new().query(&format!(
                "SELECT pg_catalog.pg_backend_pid(), pg_catalog.current_setting('{}',true)",
                self.names.session_parameter
            )),
            self.names,
        );
        let plant = trial::plant(Batch::new().query(PID), self.names, self.in_recovery);
        let (wire_a, wire_b) = (&mut *self.a.wire, &mut *self.b.wire);
        let (b, a) = tokio::join!(timed(wire_b.run(ask_b, HOLD_WITHIN, "ask for the backend")), async {
            tokio::time::sleep(HEAD_START).await;
            timed(wire_a.run(plant, QUERY_WITHIN, "try session state")).await
        });
        let (b, took) = match b {
            (Err(error), _) if error.is_timeout() => {
                self.note_planted(&a);
                self.without_a_second_backend(a).await?;
                return Ok(None);
            }
            (b, took) => (b?, took),
        };
        if let Some(error) = &b.error {
            self.out.mode_evidence = format!("the second connection got no backend: {}", error.message());
            self.note_planted(&a);
            return Ok(None);
        }
        self.out.samples.push(took);
        let pid = b.value(0, 0).and_then(|pid| pid.parse().ok());
        if pid.is_some() && pid == self.a_pid {
            self.prove_transaction("two clients, both connected, were served by the same backend");
        }
        if b.value(0, 1) == Some("1") {
            self.prove_transaction("a client saw a parameter that only the other one had set");
            self.out.session_set = SessionSet::Leaks;
            self.leftovers.placeholder = None;
        }
        self.note_planted(&a);
        let a_pid = a.0?.value(0, 0).and_then(|pid| pid.parse().ok());
        self.a_was_on(a_pid);
        self.out.second_backend |= pid.is_some() && pid != a_pid;
        Ok(pid)
    }

    /// A has made its session state if it was on the backend of its placeholder.
    fn note_planted(&mut self, (a, _): &Timed) {
        let pid = a.as_ref().ok().filter(|reply| reply.error.is_none()).and_then(|reply| reply.value(0, 0));
        let pid = pid.and_then(|pid| pid.parse().ok());
        self.leftovers.trial = pid.filter(|pid| self.leftovers.placeholder == Some(*pid));
    }

    pub(super) fn a_was_on(&mut self, pid: Option<i32>) {
        if self.a_pid.is_some() && pid.is_some() && pid != self.a_pid {
            self.out.second_backend = true;
            self.prove_transaction("one client was served by two backends in turn");
        }
        self.a_pid = pid.or(self.a_pid);
    }

    /// B tells the listener; A, a moment later, looks for its session state and takes it away. B's backend.
    pub(super) async fn look_for_the_state(&mut self) -> Result<Option<i32>, WireError> {
        let planted = self.leftovers.trial;
        if planted.is_none() {
            let (a, b) = (ask(self.a.wire), ask(self.b.wire));
            let (a, b) = tokio::join!(a, b);
            self.a_was_on(pid_in(&a?));
            return Ok(pid_in(&b?));
        }
        let ask_b = Batch::new().query(PID);
        let ask_b = if self.in_recovery { ask_b } else { trial::notify(ask_b, self.names) };
        let look = trial::look(Batch::new(), self.names);
        let (wire_a, wire_b) = (&mut *self.a.wire, &mut *self.b.wire);
        let started = Instant::now();
        let (b, a) = tokio::join!(wire_b.run(ask_b, HOLD_WITHIN, "notify"), async {
            tokio::time::sleep(NOTIFY_HEAD_START).await;
            wire_a.run(look, QUERY_WITHIN, "look for session state").await
        });
        self.out.samples.push(started.elapsed());
        let b = b?;
        if let Some((pid, found)) = trial::read(&a?, 0, self.names) {
            self.a_was_on(Some(pid));
            if planted == Some(pid) {
                self.leftovers.trial = None;
                self.out.trial = Some(found);
            }
        }
        Ok(pid_in(&b))
    }

    /// Session mode was proven another way: the state is tried now, when nobody else can meet it.
    pub(super) async fn try_session_state(&mut self) -> Result<(), WireError> {
        let plant = trial::plant(Batch::new().query(PID), self.names, self.in_recovery);
        let planted = timed(self.a.wire.run(plant, QUERY_WITHIN, "try session state")).await;
        self.note_planted(&planted);
        planted.0?;
        if self.leftovers.trial.is_some() {
            self.look_for_the_state().await?;
        }
        Ok(())
    }
}

async fn ask(wire: &mut Connection) -> Result<Reply, WireError> {
    wire.run(Batch::new().query(PID), HOLD_WITHIN, "ask for the backend").await
}

fn pid_in(reply: &Reply) -> Option<i32> {
    reply.value(0, 0)?.parse().ok()
}

/// What A does while B logs in.
#[derive(Debug, Clone, Copy, Default)]
pub struct Prelude {
    /// The backend that A was on.
    pub a_pid: Option<i32>,
    /// A has made session state there.
    pub planted: bool,
}

/// Runs it. Only where the cancel key is the backend's own is session state made already: a pooler sends another.
pub async fn prelude(wire: &mut Connection, names: &Names, is_backend: bool, in_recovery: bool) -> Prelude {
    let batch = Batch::new().query(PID);
    let batch = if is_backend { trial::plant(batch, names, in_recovery) } else { batch };
    let reply = wire.run(batch, QUERY_WITHIN, "ask while the second connection logs in").await;
    // Without an answer nothing is learnt; a connection that broke says so at the next step.
    reply.map_or_else(
        |_| Prelude::default(),
        |reply| Prelude { a_pid: pid_in(&reply), planted: is_backend && reply.error.is_none() },
    )
}
