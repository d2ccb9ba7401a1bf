//! Two connections against each other: which backends they meet, whether a named statement follows its client, and
//! whether a session's settings reach a stranger.
//!
//! The steps are those of the validated procedure: B holds a backend in a transaction, A runs elsewhere, B lets go. A
//! verdict rests on backend identity alone. Two transactions that met the same backend prove nothing about a change of
//! backend, and a pool that gave no second backend says so.

mod clean;
mod hold;
mod looks;
mod rounds;

pub use looks::{Prelude, prelude};

use std::future::Future;
use std::time::{Duration, Instant};

use crate::endpoint::Mode;
use crate::probe::budget::{Budget, Hold as Held, MAX_ROUND_TRIP_TO_HOLD};
use crate::probe::first_batch::FirstBatch;
use crate::probe::leftovers::Leftovers;
use crate::probe::names::{Names, is_tracked};
use crate::probe::trace::Trace;
use crate::probe::trial::Trial;
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
/// What a notification is given to arrive before its listener stops listening.
const NOTIFY_HEAD_START: Duration = Duration::from_millis(6);
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
    /// What was tried out of session state, where the client has a backend of its own.
    pub trial: Option<Trial>,
    /// Durations of the trivial round trips.
    pub samples: Vec<Duration>,
    /// What could not be removed.
    pub left_behind: Vec<String>,
    /// The wire broke on the way, and how; what was learnt before stands.
    pub broke: Option<String>,
}

#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own, and none follows from another")]
struct Pair<'a, 'n> {
    trace: &'n Trace,
    a: End<'a>,
    b: End<'a>,
    /// B was closed on the way.
    b_is_gone: bool,
    names: &'n Names,
    tracked: bool,
    /// The backend that A met last.
    a_pid: Option<i32>,
    /// What is on which backend, to be removed.
    leftovers: Leftovers,
    /// LISTEN is not allowed.
    in_recovery: bool,
    /// Too far away to give a backend back in time.
    is_far: bool,
    budget: &'n Budget,
    /// The right to hold a backend, while B does.
    holding: Option<Held<'n>>,
    out: PairOutcome,
}

/// What the pair starts from.
pub struct Start<'n> {
    /// The first batch.
    pub first: &'n FirstBatch,
    /// What A did while B logged in.
    pub prelude: Prelude,
    /// The names.
    pub names: &'n Names,
    /// The mode that is documented for the endpoint.
    pub documented: Mode,
    /// How long the way to the server and back takes.
    pub round_trip: Duration,
    /// The database is a standby.
    pub in_recovery: bool,
    /// What may be held.
    pub budget: &'n Budget,
    /// The recorder.
    pub trace: &'n Trace,
}

/// Runs the pair.
pub async fn run(a: End<'_>, b: End<'_>, start: Start<'_>) -> PairOutcome {
    let Start { first, prelude, names, documented, round_trip, in_recovery, budget, trace } = start;
    let tracked = first.statement_name.as_deref().is_some_and(is_tracked);
    let maybe_direct = a.key_pid.is_some() && a.key_pid == first.backend_pid;
    let mut pair = Pair {
        trace,
        a,
        b,
        b_is_gone: false,
        names,
        tracked,
        a_pid: first.backend_pid,
        leftovers: Leftovers {
            placeholder: first.backend_pid.filter(|_| first.session_set),
            statement: first.backend_pid.filter(|_| tracked).into_iter().collect(),
            open_statement: tracked,
            trial: prelude.a_pid.filter(|_| prelude.planted),
        },
        in_recovery,
        is_far: round_trip > MAX_ROUND_TRIP_TO_HOLD,
        budget,
        holding: None,
        out: PairOutcome {
            mode: Mode::Unknown,
            mode_evidence: String::new(),
            second_backend: false,
            follow: Follow::Unproven("the pool gave no second backend"),
            session_set: SessionSet::Unknown,
            trial: None,
            samples: Vec::new(),
            left_behind: Vec::new(),
            broke: None,
        },
    };
    pair.a_was_on(prelude.a_pid);
    let measured = pair.all(maybe_direct, documented).await;
    pair.out.broke = measured.err().map(|error| error.to_string());
    trace.step('A', "clean", pair.finish()).await;
    pair.out
}

impl Pair<'_, '_> {
    async fn all(&mut self, maybe_direct: bool, documented: Mode) -> Result<(), WireError> {
        if maybe_direct && self.trace.step('B', "confirm", self.is_direct()).await? {
            return Ok(());
        }
        if documented == Mode::Session && self.out.mode == Mode::Unknown {
            self.trace.step('B', "looks", self.looks()).await?;
            let settled = self.out.mode == Mode::Session || !self.out.mode_evidence.is_empty();
            if self.b_is_gone || settled && self.out.mode != Mode::Transaction {
                return Ok(());
            }
        }
        self.measure().await?;
        if self.out.mode == Mode::Session && self.out.trial.is_none() {
            self.trace.step('A', "session state", self.try_session_state()).await?;
        }
        Ok(())
    }

    async fn measure(&mut self) -> Result<(), WireError> {
        if self.is_far {
            "a round trip takes more than 750 ms: a backend that is held could not be given back in time"
                .clone_into(&mut self.out.mode_evidence);
            return Ok(());
        }
        let until = Instant::now() + REPEAT_FOR;
        for attempt in 0..MAX_ATTEMPTS {
            let (hold, beside) = self.trace.step('B', "hold, A beside", self.hold_and_run_beside()).await;
            let held = match self.judge_hold(hold)? {
                Hold::Held(backend) => backend,
                Hold::Statement => return Ok(()),
                Hold::Refused(why) => {
                    self.out.mode_evidence = why;
                    return Ok(());
                }
                Hold::NoAnswer => return self.without_a_second_backend(beside).await,
            };
            self.trace.step('B', "let go, clean", self.after_the_hold(beside, held)).await?;
            if attempt == 0 && self.out.mode == Mode::Unknown {
                self.trace.step('A', "rounds", self.rounds(held, "a hold", ROUNDS)).await?;
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

    fn prove_transaction(&mut self, evidence: &str) {
        if self.out.mode == Mode::Unknown {
            self.out.mode = Mode::Transaction;
            evidence.clone_into(&mut self.out.mode_evidence);
        }
    }
}

const ONE_BACKEND: &str =
    "the pool gave no second backend while one was held: it has a single one, or no other is free";

/// The outcome of a batch, and how long it took.
type Timed = (Result<Reply, WireError>, Duration);

async fn timed(work: impl Future<Output = Result<Reply, WireError>>) -> Timed {
    let started = Instant::now();
    let result = work.await;
    (result, started.elapsed())
}

#[derive(PartialEq, Eq)]
enum Beside {
    Answered,
    NoAnswer,
}

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
