//! Two connections against each other: which backends they meet, whether a named statement follows its client, and
//! whether a session's settings reach a stranger.
//!
//! The steps are those of the validated procedure: B holds a backend in a transaction, A runs elsewhere, B lets go. A
//! verdict rests on backend identity alone. Two transactions that met the same backend prove nothing about a change of
//! backend, and a pool that gave no second backend says so.

use std::time::{Duration, Instant};

use super::first_batch::{DEAD_MAN, FirstBatch};
use super::names::{Names, is_tracked};
use super::traces::Traces;
use crate::endpoint::Mode;
use crate::wire::{Batch, Connection, Reply, WireError};

/// A query that is expected at once.
const QUERY_WITHIN: Duration = Duration::from_secs(1);
/// The hold: a busy pool may let a client wait.
const HOLD_WITHIN: Duration = Duration::from_secs(2);
/// How long the steps are repeated on a busy pool.
const REPEAT_FOR: Duration = Duration::from_secs(3);
const MAX_ATTEMPTS: u32 = 12;
/// No transaction pool needed a third round in 300 runs; session pools never shared.
const ROUNDS: u32 = 3;
const ROUND_PAUSE: Duration = Duration::from_millis(20);
/// How long what was left is looked for on a busy pool.
const CLEAN_FOR: Duration = Duration::from_secs(2);
const MAX_CLEANING_TURNS: u32 = 20;
/// What one client's batch is given to arrive before the other's.
const HEAD_START: Duration = Duration::from_millis(3);

/// One end of the pair.
pub struct End<'a> {
    /// The wire.
    pub wire: &'a mut Connection,
    /// The process id of its cancel key.
    pub key_pid: Option<i32>,
}

/// What became of a statement that was executed after the other client took the backend away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Follow {
    /// It ran on another backend.
    Survived,
    /// `26000`: that backend did not know it.
    Lost,
    /// Nothing was learnt, and why.
    Unproven(&'static str),
}

/// What became of a parameter set for the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionSet {
    /// Another client saw it.
    Leaks,
    /// The pooler had reset it before another client got the backend.
    Reset,
    /// Its own client found itself on a backend without it.
    Lost,
    /// Nothing was learnt.
    Unknown,
}

/// What the pair showed.
#[derive(Debug, Clone)]
pub struct PairOutcome {
    /// The mode; `Unknown` when nothing is proven.
    pub mode: Mode,
    /// What proves it, or why nothing does.
    pub mode_evidence: String,
    /// Two different backends were seen serving these two clients.
    pub second_backend: bool,
    /// The prepared statement (only looked at when it is tracked).
    pub follow: Follow,
    /// The session's parameter.
    pub session_set: SessionSet,
    /// Durations of the trivial round trips.
    pub samples: Vec<Duration>,
    /// What could not be removed.
    pub left_behind: Vec<String>,
    /// The wire broke on the way, and how; what was learnt before stands.
    pub broke: Option<String>,
}

struct Pair<'a, 'n> {
    a: End<'a>,
    b: End<'a>,
    names: &'n Names,
    tracked: bool,
    /// The backend that A met last.
    a_pid: Option<i32>,
    /// What is on which backend, to be removed.
    traces: Traces,
    out: PairOutcome,
}

/// Runs the pair.
pub async fn run(a: End<'_>, b: End<'_>, first: &FirstBatch, names: &Names) -> PairOutcome {
    let tracked = first.statement_name.as_deref().is_some_and(is_tracked);
    let mut pair = Pair {
        a,
        b,
        names,
        tracked,
        a_pid: first.backend_pid,
        traces: Traces {
            placeholder: first.backend_pid.filter(|_| first.session_set),
            statement: first.backend_pid.filter(|_| tracked).into_iter().collect(),
            open_statement: tracked,
        },
        out: PairOutcome {
            mode: Mode::Unknown,
            mode_evidence: String::new(),
            second_backend: false,
            follow: Follow::Unproven("the pool gave no second backend"),
            session_set: SessionSet::Unknown,
            samples: Vec::new(),
            left_behind: Vec::new(),
            broke: None,
        },
    };
    let maybe_direct = pair.a.key_pid.is_some() && pair.a.key_pid == first.backend_pid;
    let measured = pair.all(maybe_direct).await;
    pair.out.broke = measured.err().map(|error| error.to_string());
    pair.finish().await;
    pair.out
}

impl Pair<'_, '_> {
    async fn all(&mut self, maybe_direct: bool) -> Result<(), WireError> {
        if maybe_direct && self.is_direct().await? {
            return Ok(());
        }
        self.measure().await
    }

    /// The cancel key of both connections is that of the backend: there is no pooler. One could be a coincidence.
    async fn is_direct(&mut self) -> Result<bool, WireError> {
        let pid = self.ask_b().await?;
        if pid.is_none() || pid != self.b.key_pid {
            return Ok(false);
        }
        self.out.mode = Mode::Direct;
        self.out.second_backend = true;
        self.out.mode_evidence =
            "on two connections the cancel key carries the backend's own process id, which no pooler passes on".into();
        Ok(true)
    }

    async fn measure(&mut self) -> Result<(), WireError> {
        let until = Instant::now() + REPEAT_FOR;
        for attempt in 0..MAX_ATTEMPTS {
            match self.hold().await? {
                Hold::Held(backend) => self.step_two(backend).await?,
                Hold::Statement => return Ok(()),
                Hold::Refused(why) => {
                    self.out.mode_evidence = why;
                    return Ok(());
                }
                Hold::NoAnswer => return self.without_a_second_backend().await,
            }
            if attempt == 0 && self.out.mode == Mode::Unknown {
                self.rounds().await?;
            }
            if self.out.mode != Mode::Transaction || self.learnt() || Instant::now() >= until {
                break;
            }
        }
        Ok(())
    }

    /// Whether a further attempt could not add anything.
    fn learnt(&self) -> bool {
        let statement = !self.tracked || !matches!(self.out.follow, Follow::Unproven(_));
        statement && self.out.session_set != SessionSet::Unknown && self.out.second_backend
            || self.out.follow == Follow::Unproven(ONE_BACKEND)
    }

    /// B takes a backend and keeps it inside a transaction.
    async fn hold(&mut self) -> Result<Hold, WireError> {
        let batch = Batch::new().query("BEGIN").query(&format!(
            "SELECT pg_catalog.pg_backend_pid(), pg_catalog.current_setting('{}',true), {DEAD_MAN}",
            self.names.session_parameter
        ));
        let started = Instant::now();
        let reply = match self.b.wire.run(batch, HOLD_WITHIN, "hold a backend").await {
            Ok(reply) => reply,
            Err(error) if error.is_timeout() => return Ok(Hold::NoAnswer),
            Err(error) => return Err(error),
        };
        if let Some(error) = &reply.error {
            if error.message().contains("statement pooling mode") {
                self.out.mode = Mode::Statement;
                self.out.mode_evidence = format!("BEGIN is refused: {}", error.message());
                return Ok(Hold::Statement);
            }
            return Ok(Hold::Refused(format!(
                "the second connection could not start a transaction: {}",
                error.message()
            )));
        }
        self.out.samples.push(started.elapsed());
        let pid = reply.value(1, 0).and_then(|pid| pid.parse().ok());
        let value = reply.value(1, 1).unwrap_or_default();
        if pid.is_some() && pid == self.a_pid {
            self.prove_transaction("two clients, both connected, were served by the same backend");
        }
        if value == "1" {
            // Seen by a client that did not set it.
            self.prove_transaction("a client saw a parameter that only the other one had set");
            self.out.session_set = SessionSet::Leaks;
        } else if pid.is_some() && pid == self.traces.placeholder {
            self.out.session_set = SessionSet::Reset;
            self.traces.placeholder = None;
        }
        Ok(Hold::Held(pid))
    }

    /// While B holds, A runs: on another backend, or not at all.
    async fn step_two(&mut self, held: Option<i32>) -> Result<(), WireError> {
        let mut batch = Batch::new();
        if self.tracked {
            batch = batch.run_prepared(&self.names.statement);
        }
        batch = batch.query(&format!(
            "SELECT pg_catalog.pg_backend_pid(), pg_catalog.current_setting('{}',true)",
            self.names.session_parameter
        ));
        let started = Instant::now();
        let reply = match self.a.wire.run(batch, QUERY_WITHIN, "run beside the hold").await {
            Ok(reply) => reply,
            Err(error) if error.is_timeout() => return self.a_waits_for_b().await,
            Err(error) => return Err(error),
        };
        self.out.samples.push(started.elapsed());
        self.judge_step_two(&reply, held);
        if self.out.mode == Mode::Transaction && self.learnt() {
            return self.clean_both().await;
        }
        self.release().await
    }

    fn judge_step_two(&mut self, reply: &Reply, held: Option<i32>) {
        if let Some(error) = &reply.error {
            if self.tracked && error.sqlstate() == "26000" {
                self.prove_transaction(
                    "a prepared statement was not known on the backend that the same client got next",
                );
                self.out.follow = Follow::Lost;
                self.out.second_backend = true;
            }
            return;
        }
        let statements = usize::from(self.tracked);
        let Some(pid) = reply.value(statements, 0).and_then(|pid| pid.parse::<i32>().ok()) else { return };
        let before = self.a_pid.replace(pid);
        if self.tracked {
            self.traces.statement.insert(pid);
        }
        if held.is_some_and(|held| held != pid) {
            self.out.second_backend = true;
        }
        if before.is_some_and(|before| before != pid) {
            self.prove_transaction("one client was served by two backends in turn");
            if self.tracked && reply.value(0, 0) == Some(pid.to_string().as_str()) {
                self.out.follow = Follow::Survived;
            }
            let value = reply.value(statements, 1).unwrap_or_default();
            if self.out.session_set == SessionSet::Unknown && value.is_empty() && self.traces.placeholder != Some(pid) {
                self.out.session_set = SessionSet::Lost;
            }
        } else if self.tracked && matches!(self.out.follow, Follow::Unproven(_)) {
            self.out.follow = Follow::Unproven("both executions met the same backend");
        }
    }

    /// A got no answer while B held: B lets go at once, and if A is answered then, they share one backend.
    async fn a_waits_for_b(&mut self) -> Result<(), WireError> {
        self.release().await?;
        let reply = self.a.wire.reply(HOLD_WITHIN, "run after the hold").await?;
        let statements = usize::from(self.tracked);
        self.a_pid = reply.value(statements, 0).and_then(|pid| pid.parse().ok()).or(self.a_pid);
        self.prove_transaction(
            "a client waited while the other one held a transaction open, and was answered as soon as it ended",
        );
        self.out.follow = Follow::Unproven(ONE_BACKEND);
        Ok(())
    }

    /// B ends its transaction.
    async fn release(&mut self) -> Result<(), WireError> {
        let started = Instant::now();
        self.b.wire.run(Batch::new().query("COMMIT"), HOLD_WITHIN, "let go of the backend").await?;
        self.out.samples.push(started.elapsed());
        Ok(())
    }

    /// B still holds a backend: A cleans another one, and B its own with the end of its transaction.
    async fn clean_both(&mut self) -> Result<(), WireError> {
        let names = self.names;
        let batch_a = Traces::clean(self.close(), names);
        let batch_b = Traces::clean(Batch::new(), names).query("COMMIT");
        let (wire_a, wire_b) = (&mut *self.a.wire, &mut *self.b.wire);
        let (a, b) = tokio::join!(wire_a.run(batch_a, QUERY_WITHIN, "clean up"), async {
            // A's batch has to reach the pooler first, or it might be given the backend that B lets go of.
            tokio::time::sleep(HEAD_START).await;
            wire_b.run(batch_b, HOLD_WITHIN, "clean up and let go").await
        });
        let (a, b) = (a?, b?);
        self.traces.open_statement = false;
        self.traces.note(&a, 0);
        self.traces.note(&b, 0);
        Ok(())
    }

    /// A forgets its statement; closing an unknown name is no error.
    fn close(&self) -> Batch {
        if self.tracked { Batch::new().close(&self.names.statement) } else { Batch::new() }
    }

    /// A cleans the backend that it happens to get.
    async fn clean_a(&mut self) -> Result<(), WireError> {
        let batch = Traces::clean(self.close(), self.names);
        let reply = self.a.wire.run(batch, QUERY_WITHIN, "clean up").await?;
        self.traces.open_statement = false;
        self.traces.note(&reply, 0);
        Ok(())
    }

    /// B takes a backend, so that A gets another one, and both clean.
    async fn clean_beside_a_hold(&mut self) -> Result<(), WireError> {
        let batch = Batch::new().query("BEGIN").query(&format!("SELECT {DEAD_MAN}"));
        let held = self.b.wire.run(batch, HOLD_WITHIN, "hold a backend").await?;
        if held.error.is_some() {
            return Ok(());
        }
        self.clean_both().await
    }

    /// Both clients ask at the same moment, outside any transaction: in transaction mode they sooner or later meet the
    /// other's backend, in session mode never. Holding alone is no basis for "session": a held backend keeps the other
    /// client on its own one (98 % wrong on a pool that takes turns, measured).
    async fn rounds(&mut self) -> Result<(), WireError> {
        let mut last_b = None;
        for round in 0..=ROUNDS {
            if round > 1 {
                tokio::time::sleep(ROUND_PAUSE).await;
            }
            let started = Instant::now();
            let (a, b) = tokio::join!(ask_pid(self.a.wire), ask_pid(self.b.wire));
            self.out.samples.push(started.elapsed());
            let (Some(a), Some(b)) = (a?, b?) else { return Ok(()) };
            let a_moved = self.a_pid.is_some_and(|before| before != a);
            let b_moved = last_b.is_some_and(|before| before != b);
            self.a_pid = Some(a);
            last_b = Some(b);
            self.out.second_backend |= a != b;
            if a == b || a_moved || b_moved {
                self.prove_transaction("two clients that asked at the same moment changed or shared backends");
                return Ok(());
            }
        }
        self.out.mode = Mode::Session;
        self.out.mode_evidence =
            format!("two clients kept a backend each through a hold and {ROUNDS} simultaneous rounds");
        Ok(())
    }

    /// B got nothing in time and A is idle: a session pool without a free slot, or a transaction pool that is busy.
    async fn without_a_second_backend(&mut self) -> Result<(), WireError> {
        let before = self.a_pid;
        for _ in 0..2 {
            let pid = ask_pid(self.a.wire).await?;
            if pid.is_some() && before.is_some() && pid != before {
                self.prove_transaction("one client was served by two backends in turn");
                return Ok(());
            }
        }
        self.out.mode_evidence = "the second connection got no backend within 2 s, while the first kept its own: most \
                                  likely session mode with no slot free, or a saturated pool"
            .into();
        Ok(())
    }

    /// Removes what is left: the statement by name, its copies and the placeholder wherever they are.
    async fn finish(&mut self) {
        if matches!(self.out.mode, Mode::Session | Mode::Direct) {
            // Session poolers run DISCARD ALL before the next client, and a direct backend ends with it.
            return;
        }
        let until = Instant::now() + CLEAN_FOR;
        for turn in 0..MAX_CLEANING_TURNS {
            if self.traces.is_empty() || Instant::now() >= until {
                break;
            }
            let alone = turn % 2 == 0 || self.out.mode == Mode::Statement || !self.out.second_backend;
            let cleaned = if alone { self.clean_a().await } else { self.clean_beside_a_hold().await };
            if cleaned.is_err() {
                break;
            }
        }
        self.out.left_behind = self.traces.left_behind(self.names);
    }

    fn prove_transaction(&mut self, evidence: &str) {
        if self.out.mode == Mode::Unknown {
            self.out.mode = Mode::Transaction;
            self.out.mode_evidence = evidence.to_owned();
        }
    }

    async fn ask_b(&mut self) -> Result<Option<i32>, WireError> {
        let started = Instant::now();
        let pid = ask_pid(self.b.wire).await?;
        self.out.samples.push(started.elapsed());
        Ok(pid)
    }
}

const ONE_BACKEND: &str =
    "the pool gave no second backend while one was held: it has a single one, or no other is free";

enum Hold {
    Held(Option<i32>),
    Statement,
    Refused(String),
    NoAnswer,
}

async fn ask_pid(wire: &mut Connection) -> Result<Option<i32>, WireError> {
    let reply =
        wire.run(Batch::new().query("SELECT pg_catalog.pg_backend_pid()"), HOLD_WITHIN, "ask for the backend").await?;
    Ok(reply.value(0, 0).and_then(|pid| pid.parse().ok()))
}
