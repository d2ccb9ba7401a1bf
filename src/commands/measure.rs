//! Measures many targets side by side, politely: one probe at a time for each host, so that two probes of one pooler do
//! not count each other as load and no pooler sees more than the budget of one.

use std::collections::{HashSet, VecDeque};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::task::{JoinSet, LocalSet};
use tokio::time::Instant;

use super::interrupt::{Interrupted, Interrupts};
use super::pipeline::Known;
use crate::cli::NetworkArgs;
use crate::probe::budget::{LINGER, MAX_HOLD};
use crate::probe::door::{Door, Limits};
use crate::probe::{ProbeReport, plan};

/// Targets that wait for their turn. A host that is busy holds up the ones behind it only when all of these are its own.
const WAITING: usize = 1024;

impl From<&NetworkArgs> for Limits {
    fn from(args: &NetworkArgs) -> Self {
        Self {
            connect_timeout: Duration::from_secs(args.connect_timeout),
            deadline: Duration::from_secs(args.deadline),
            retries: args.retries,
        }
    }
}

/// What a probe that has begun is given to take away what it has put on a server, when the run is interrupted: the
/// longest that it holds a backend.
const LAST_WORDS: Duration = MAX_HOLD;

/// A target with its place in the order of the run.
struct Turn {
    index: usize,
    known: Known,
    host: Option<String>,
}

/// What a task gives back; it takes nothing with it that others need.
struct Done {
    turn: Turn,
    probe: Option<ProbeReport>,
}

/// Measures targets as they come, at most `concurrency` at a time, and hands each to `each` as soon as it is done, with
/// its place in the order. What cannot be read is handed on unmeasured: its findings say why.
pub fn run(
    targets: &mut dyn Iterator<Item = Result<Known>>,
    concurrency: usize,
    limits: Limits,
    each: &mut dyn FnMut(usize, Known, Option<ProbeReport>) -> Result<()>,
) -> Result<()> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().context("failed to start the network")?;
    let outcome = LocalSet::new().block_on(&runtime, Queue::default().work(targets, concurrency, limits, each));
    // A name lookup that hangs must not hold the exit beyond the deadline.
    runtime.shutdown_background();
    outcome
}

/// Measures all of a few targets; the result is in their order.
pub fn all(known: Vec<Known>, concurrency: usize, limits: Limits) -> Result<Vec<(Known, Option<ProbeReport>)>> {
    let mut done: Vec<Option<(Known, Option<ProbeReport>)>> = known.iter().map(|_| None).collect();
    run(&mut known.into_iter().map(Ok), concurrency, limits, &mut |index, known, probe| {
        done[index] = Some((known, probe));
        Ok(())
    })?;
    Ok(done.into_iter().flatten().collect())
}

/// The state of a run.
#[derive(Default)]
struct Queue {
    waiting: VecDeque<Turn>,
    busy: HashSet<String>,
    /// Hosts that were busy until just now, and until when their connections may still be closing.
    left: VecDeque<(Instant, String)>,
    /// Endpoints that have refused a login, hashed: there may be very many.
    refused: HashSet<u64>,
    taken: usize,
}

impl Queue {
    async fn work(
        mut self,
        targets: &mut dyn Iterator<Item = Result<Known>>,
        concurrency: usize,
        limits: Limits,
        each: &mut dyn FnMut(usize, Known, Option<ProbeReport>) -> Result<()>,
    ) -> Result<()> {
        let mut running = JoinSet::new();
        let mut source_error = None;
        let mut open = true;
        // Not before there is something to wait for: until then a signal ends the process as it ends any other.
        let mut interrupts = None;
        let mut interrupted: Option<(Interrupted, Instant)> = None;
        loop {
            while open && self.waiting.len() < WAITING {
                match targets.next() {
                    Some(Ok(known)) => self.push(known),
                    // What was begun is finished and told before the error.
                    Some(Err(error)) => (open, source_error) = (false, Some(error)),
                    None => open = false,
                }
            }
            while interrupted.is_none()
                && running.len() < concurrency
                && let Some((turn, after)) = self.next()
            {
                let refused = self.refused.contains(&guard(&turn.known));
                running.spawn_local(async move {
                    tokio::time::sleep_until(after).await;
                    let probe = measure_one(&turn.known, limits, refused).await;
                    Done { turn, probe }
                });
            }
            let interrupts = match &mut interrupts {
                Some(interrupts) => interrupts,
                none => none.insert(Interrupts::listen().context("failed to listen for signals")?),
            };
            let joined = tokio::select! {
                biased;
                joined = running.join_next() => joined,
                which = interrupts.next() => {
                    if let Some((first, _)) = interrupted {
                        return Err(first.into());
                    }
                    // What has begun may end, since it takes its traces away then; nothing new begins.
                    (interrupted, open) = (Some((which, Instant::now() + LAST_WORDS)), false);
                    continue;
                }
                () = until(interrupted.map(|(_, end)| end)) => None,
            };
            let Some(done) = joined else { break };
            let Done { turn, probe } = done.context("failed to measure a target")?;
            if let Some(host) = &turn.host {
                self.busy.remove(host);
                self.left.push_back((Instant::now() + LINGER, host.clone()));
            }
            let auth = probe.as_ref().and_then(|probe| probe.auth.value.as_ref());
            if auth.is_some_and(|auth| auth.ok == Some(false)) {
                self.refused.insert(guard(&turn.known));
            }
            each(turn.index, turn.known, probe)?;
        }
        match interrupted {
            Some((which, _)) => Err(which.into()),
            None => source_error.map_or(Ok(()), Err),
        }
    }

    fn push(&mut self, known: Known) {
        let host = host(&known);
        self.waiting.push_back(Turn { index: self.taken, known, host });
        self.taken += 1;
    }

    /// The first that waits and whose host is free, and when it may begin: it must not meet the connections that the
    /// probe before it is closing.
    fn next(&mut self) -> Option<(Turn, Instant)> {
        let free = |turn: &Turn| turn.host.as_ref().is_none_or(|host| !self.busy.contains(host));
        let turn = self.waiting.iter().position(free).and_then(|at| self.waiting.remove(at))?;
        self.busy.extend(turn.host.clone());
        let now = Instant::now();
        self.left.retain(|(end, _)| *end > now);
        let closing = self.left.iter().rev().find(|(_, host)| Some(host) == turn.host.as_ref());
        let after = closing.map_or(now, |(end, _)| *end);
        Some((turn, after))
    }
}

/// Sleeps until then, or for ever.
async fn until(end: Option<Instant>) {
    match end {
        Some(end) => tokio::time::sleep_until(end).await,
        None => std::future::pending().await,
    }
}

/// Measures one target; `None` when it cannot be read. After a refusal at its endpoint the password is kept back:
/// Supabase bans an address that fails repeatedly.
async fn measure_one(known: &Known, limits: Limits, refused: bool) -> Option<ProbeReport> {
    let mut door = match Door::new(known.reading.conninfo()?, &known.endpoint) {
        Ok(door) => door,
        Err(reason) => return Some(ProbeReport::not_run(reason)),
    };
    if refused {
        door.password = None;
        door.no_password = "this endpoint has refused a login of this run, and another try could ban this address";
    }
    Some(plan::run(&door, &known.context, limits).await)
}

/// The host that a target connects to, in lower case.
fn host(known: &Known) -> Option<String> {
    let host = known.reading.conninfo()?.first_host()?;
    let name = host.name().or(host.hostaddr.as_ref().map(|addr| addr.value.as_str()))?;
    Some(name.to_ascii_lowercase())
}

/// Who counts failed logins: on the shared pooler each project by itself, elsewhere the host (Supavisor counts by tenant
/// and address, measured November 2026; direct hosts ban the address, Supabase documentation, "Network bans", 2026).
fn guard(known: &Known) -> u64 {
    let mut hasher = DefaultHasher::new();
    host(known).hash(&mut hasher);
    if known.endpoint.kind.is_shared() {
        known.endpoint.project_ref.hash(&mut hasher);
    }
    hasher.finish()
}
