//! Runs one load, step by step.
//!
//! Each step begins with a volley: so many connections as the step needs ask for a server connection at the same moment,
//! and how many different ones answer is counted. Only when all were served does the load of the step follow, so that a
//! full pool is met for the length of one volley, and not longer.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::application::Offered;
use super::failure::Trouble;
use super::histogram::Histogram;
use super::knee::{self, Wall};
use super::links::Links;
use super::load::{Pools, Statements, Step};
use super::outcome::{End, Load, StepResult, Volley};
use super::pools::{Fleet, Patience};
use super::stop::Stop;
use crate::capacity::Demand;

/// How long a volley holds its server connections on a short way: time for a pooler to open another one.
const LEAST_HOLD: Duration = Duration::from_millis(150);
/// A first look that took longer was slow for another reason than the way.
const MOST_ROUND_TRIP: Duration = Duration::from_millis(500);
/// A volley in which some had to wait is repeated once: the first one may have been faster than the pooler could open
/// server connections.
const VOLLEYS: u32 = 2;
/// How long a load waits for a transaction beyond what its query takes.
const STALLED: Duration = Duration::from_secs(2);
/// Most requests of an open load that wait at a time.
const MOST_WAITING: usize = 1000;

/// What all loads of a rehearsal share.
pub(super) struct Stage {
    pub(super) links: Arc<Links>,
    pub(super) stop: Arc<Stop>,
    pub(super) query: Duration,
    pub(super) statements: Statements,
    /// The statements of a volley, and how long it holds.
    pub(super) hold: Duration,
    pub(super) holding: Statements,
    pub(super) patience: Patience,
    /// The server connection of the connection that looks, where it keeps one.
    pub(super) looks_on: Option<i32>,
}

/// How long a volley holds.
pub(super) fn hold(round_trip: Duration) -> Duration {
    LEAST_HOLD + round_trip.min(MOST_ROUND_TRIP) * 2
}

/// Times of a part of a load, and what ended it.
#[derive(Default)]
struct Times {
    checkout: Histogram,
    query: Histogram,
    not_started: u64,
    trouble: Option<Trouble>,
}

impl Times {
    fn merge(&mut self, other: Self) {
        self.checkout.merge(&other.checkout);
        self.query.merge(&other.query);
        self.not_started += other.not_started;
        self.trouble = self.trouble.take().or(other.trouble);
    }
}

/// Runs the steps over pools that are built for it, and closed after it.
pub(super) async fn run(stage: &Arc<Stage>, demand: Demand, pools: Pools, steps: &[Step]) -> Load {
    let mut load =
        Load { demand, steps: Vec::new(), knee: None, failed: Vec::new(), most_open: 0, end: End::Finished, pools };
    let Some(fleet) = Fleet::build(&load.pools, &stage.links, stage.patience) else { return load };
    let fleet = Arc::new(fleet);
    let mut wall = None;
    for step in steps {
        if !run_step(stage, &fleet, step, &mut load, &mut wall).await {
            break;
        }
        // Waiting for the application's own pool harms nobody else.
        if knee::queue(&load.steps).is_some() {
            stage.stop.set(End::Knee);
            break;
        }
    }
    load.knee = knee::find(&load.steps, load.pools.connections(), wall);
    load.end = stage.stop.get().unwrap_or(End::Finished);
    fleet.close();
    drop(fleet);
    // The connection that looks stays.
    stage.links.drain(1).await;
    load
}

/// One step; whether the next may follow.
async fn run_step(
    stage: &Arc<Stage>,
    fleet: &Arc<Fleet>,
    step: &Step,
    load: &mut Load,
    wall: &mut Option<Wall>,
) -> bool {
    let asked = needed(step, stage.query).min(load.pools.connections());
    let volley = match volley(stage, fleet, asked).await {
        Some(Ok(volley)) => volley,
        Some(Err(trouble)) => {
            note(trouble, stage, fleet, load, wall);
            return false;
        }
        None => return false,
    };
    load.most_open = load.most_open.max(fleet.connections() + 1);
    let started = Instant::now();
    let times = if volley.served == volley.asked { offer(stage, fleet, step).await } else { Times::default() };
    let Times { checkout, query, not_started, trouble } = times;
    load.steps.push(StepResult {
        offered: step.offered,
        connections: fleet.connections(),
        volley,
        elapsed: started.elapsed(),
        checkout,
        query,
        not_started,
    });
    load.most_open = load.most_open.max(fleet.connections() + 1);
    if let Some(trouble) = trouble {
        note(trouble, stage, fleet, load, wall);
    }
    !stage.stop.is_set()
}

/// Ends the load, and keeps what failed and how many connections stood then.
fn note(trouble: Trouble, stage: &Stage, fleet: &Fleet, load: &mut Load, wall: &mut Option<Wall>) {
    stage.stop.set(trouble.end());
    let stood = fleet.connections() + 1;
    load.most_open = load.most_open.max(stood);
    if let Trouble::Failed(failed) = trouble {
        if failed.is_capacity() {
            *wall = Some(Wall { stood });
        }
        failed.count_in(&mut load.failed);
    }
}

/// Connections that a step needs at once: one for each client, or by Little's law, with one to spare.
fn needed(step: &Step, query: Duration) -> u32 {
    match step.offered {
        Offered::Clients(clients) => clients,
        Offered::PerSecond(rate) => {
            let busy = (rate * query.as_secs_f64()).ceil();
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "saturates, and is not negative"
            )]
            let busy = busy as u32;
            busy.saturating_add(1)
        }
    }
}

/// Checks out so many connections, one after the other, then holds a transaction on all of them at the same moment.
/// `None` when everything is to end.
async fn volley(stage: &Arc<Stage>, fleet: &Arc<Fleet>, asked: u32) -> Option<Result<Volley, Trouble>> {
    let mut best = Volley::default();
    for _ in 0..VOLLEYS {
        match stage.stop.unless(volley_once(stage, fleet, asked)).await? {
            Ok((volley, is_certain)) => {
                best = if volley.served >= best.served { volley } else { best };
                if is_certain {
                    break;
                }
            }
            Err(Some(trouble)) => return Some(Err(trouble)),
            Err(None) => return None,
        }
    }
    Some(Ok(best))
}

/// One volley, and whether it is certain: all were served, or some got nothing for so long that a pooler would have opened
/// another server connection.
async fn volley_once(stage: &Arc<Stage>, fleet: &Arc<Fleet>, asked: u32) -> Result<(Volley, bool), Option<Trouble>> {
    let mut checkouts = VecDeque::new();
    for client in 0..asked {
        checkouts.push_back(fleet.checkout(client as usize).await?);
    }
    // Who has to wait gets the server connection of one who was served, after one hold; in session mode never.
    let within = stage.hold * 4;
    let transactions = checkouts.into_iter().map(|checkout| checkout.run(&stage.holding, within));
    let done = join_all(transactions).await;
    let mut backends = BTreeSet::new();
    let mut stalled = false;
    for done in done {
        match done {
            Ok(done) => drop(backends.insert(done.backend)),
            // Who got no server connection while the others held theirs is not counted.
            Err(Trouble::Stalled) => stalled = true,
            Err(trouble) => return Err(Some(trouble)),
        }
    }
    let served = count(backends.len());
    backends.extend(stage.looks_on);
    Ok((Volley { asked, served, backends: count(backends.len()) }, stalled || served == asked))
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// Waits for all, side by side.
async fn join_all<T>(futures: impl Iterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let mut pending: Vec<_> = futures.map(|future| (Box::pin(future), None)).collect();
    std::future::poll_fn(|context| {
        let mut all = true;
        for (future, done) in &mut pending {
            if done.is_none() {
                match future.as_mut().poll(context) {
                    std::task::Poll::Ready(value) => *done = Some(value),
                    std::task::Poll::Pending => all = false,
                }
            }
        }
        if all { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    pending.into_iter().filter_map(|(_, done)| done).collect()
}

/// Offers the load of one step for its time.
async fn offer(stage: &Arc<Stage>, fleet: &Arc<Fleet>, step: &Step) -> Times {
    let until = Instant::now() + step.lasts;
    match step.offered {
        Offered::Clients(clients) => {
            let mut tasks = JoinSet::new();
            for client in 0..clients {
                let (stage, fleet) = (Arc::clone(stage), Arc::clone(fleet));
                tasks.spawn(async move { client_loop(&stage, &fleet, client as usize, until).await });
            }
            gather(tasks).await
        }
        Offered::PerSecond(rate) => arrivals(stage, fleet, rate, until).await,
    }
}

async fn gather(mut tasks: JoinSet<Times>) -> Times {
    let mut all = Times::default();
    while let Some(done) = tasks.join_next().await {
        if let Ok(times) = done {
            all.merge(times);
        }
    }
    all
}

/// A client that sends one request after the other.
async fn client_loop(stage: &Stage, fleet: &Fleet, client: usize, until: Instant) -> Times {
    let mut times = Times::default();
    while Instant::now() < until && times.trouble.is_none() {
        // What is under way when everything ends is given up, and its connection closed.
        let Some(()) = stage.stop.unless(request(stage, fleet, client, &mut times)).await else { break };
        if times.trouble.is_some() {
            break;
        }
    }
    end_on_trouble(stage, times)
}

/// The others are not to go on until the step ends.
fn end_on_trouble(stage: &Stage, times: Times) -> Times {
    if let Some(trouble) = &times.trouble {
        stage.stop.set(trouble.end());
    }
    times
}

/// One request.
async fn request(stage: &Stage, fleet: &Fleet, client: usize, times: &mut Times) {
    let checkout = match fleet.checkout(client).await {
        Ok(checkout) => checkout,
        Err(trouble) => {
            times.trouble = trouble;
            return;
        }
    };
    times.checkout.add(checkout.took);
    match checkout.run(&stage.statements, stage.query + STALLED).await {
        Ok(done) => times.query.add(done.took),
        Err(trouble) => times.trouble = Some(trouble),
    }
}

/// Requests that arrive at a rate, whether those before are done or not.
async fn arrivals(stage: &Arc<Stage>, fleet: &Arc<Fleet>, rate: f64, until: Instant) -> Times {
    let mut tasks = JoinSet::new();
    let mut all = Times::default();
    let mut timer = tokio::time::interval(Duration::from_secs_f64(1.0 / rate.max(0.01)));
    let mut next_client = 0_usize;
    while Instant::now() < until && stage.stop.unless(timer.tick()).await.is_some() {
        while let Some(done) = tasks.try_join_next() {
            if let Ok(times) = done {
                all.merge(times);
            }
        }
        if tasks.len() >= MOST_WAITING {
            all.not_started += 1;
            continue;
        }
        let (stage, fleet, client) = (Arc::clone(stage), Arc::clone(fleet), next_client);
        next_client = next_client.wrapping_add(1);
        tasks.spawn(async move {
            let mut times = Times::default();
            stage.stop.unless(request(&stage, &fleet, client, &mut times)).await;
            end_on_trouble(&stage, times)
        });
    }
    all.merge(gather(tasks).await);
    all
}
