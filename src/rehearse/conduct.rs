//! The whole rehearsal: look, decide what may be taken, run the application's pools, then the advised ones.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::allowance::{Allowance, MaxShare, Slots, Taken};
use super::application::{Application, Offered};
use super::failure::Trouble;
use super::links::{Link, Links};
use super::load::{Pools, Statements, Step, ramp};
use super::monitor::{self, Look, Signs};
use super::outcome::{Advised, End, Failed, Learnt, Limit, LimitFrom, Load, PerRequest, Rehearsal};
use super::pools::{self, Fleet, Patience};
use super::queue::Queue;
use super::runner::{self, Stage};
use super::stop::Stop;
use super::verdict::Finding;
use crate::advice::{Situation, advise_all, pool_under};
use crate::capacity::Demand;
use crate::client::Dialer;
use crate::context::{Context, Workload};
use crate::endpoint::{Endpoint, Mode};
use crate::knowledge;
use crate::probe::door::Door;
use crate::probe::headroom::{self, Activity, PoolFacts};
use crate::probe::{Headroom, Refusal};
use crate::target::Neighbours;

/// Most requests that connect anew; each is a login.
const MOST_LOGINS: u32 = 20;

/// What to rehearse, and within which bounds.
pub struct Order<'a> {
    /// The setting, masked.
    pub setting: String,
    /// Which door it knocks on.
    pub endpoint: &'a Endpoint,
    /// What stands beside it.
    pub neighbours: &'a Neighbours,
    /// The stacks, for the words of the advice.
    pub stacks: &'a [String],
    /// What the user says; its pool size is the pooler's.
    pub context: &'a Context,
    /// The application.
    pub application: Application,
    /// `--max-share`
    pub share: MaxShare,
    /// How long each load lasts.
    pub lasts: Duration,
    /// How long a request waits for a connection of its pool.
    pub pool_timeout: Duration,
    /// How long a connection may take.
    pub connect_timeout: Duration,
    /// How long all may take.
    pub deadline: Duration,
    /// `--per-request`
    pub per_request: bool,
    /// What the setting and the stack say beforehand, of things that the load does not do.
    pub of_settings: Vec<Finding>,
}

/// Hears what is being done.
pub type Progress<'a> = &'a dyn Fn(&str);

/// Rehearses. `console` is a PgBouncer's admin console, which tells whether clients wait. `interrupted` is waited for beside everything; when it comes, what was measured so far is the result.
pub async fn run(
    order: &Order<'_>,
    door: Door,
    console: Option<Door>,
    interrupted: impl Future<Output = ()>,
    progress: Progress<'_>,
) -> Rehearsal {
    let started = Instant::now();
    let mut rehearsal = Rehearsal {
        setting: order.setting.clone(),
        endpoint: order.endpoint.clone(),
        application: order.application.clone(),
        learnt: None,
        unreachable: None,
        yours: None,
        advised: None,
        advice: None,
        per_request: None,
        opened: 0,
        of_settings: order.of_settings.clone(),
        findings: Vec::new(),
        wall: Duration::ZERO,
    };
    let stop = Arc::new(Stop::new());
    let given = order.context.ssl_root_cert.as_deref();
    match Dialer::new(door, given, order.connect_timeout).await {
        Err(error) => rehearsal.unreachable = Some(Failed::of_connect(&error)),
        Ok(dialer) => {
            let links = Arc::new(Links::new(dialer));
            let watched = async {
                tokio::select! {
                    () = interrupted => stop.set(End::Interrupted),
                    () = tokio::time::sleep(order.deadline) => stop.set(End::OutOfTime),
                }
                std::future::pending::<()>().await;
            };
            let acted = act(order, (&links, console), &stop, progress, &mut rehearsal);
            tokio::select! {
                () = Box::pin(acted) => {}
                () = watched => {}
            }
            links.close();
            links.drain(0).await;
            rehearsal.opened = links.opened();
        }
    }
    rehearsal.wall = started.elapsed();
    rehearsal.findings = rehearsal.judge();
    rehearsal
}

async fn act(
    order: &Order<'_>,
    (links, console): (&Arc<Links>, Option<Door>),
    stop: &Arc<Stop>,
    progress: Progress<'_>,
    out: &mut Rehearsal,
) {
    progress("looking at what is free");
    let Some(looked) = stop.unless(learn(order, links)).await else {
        out.unreachable = Some(Failed::new(Refusal::Timeout, "ended before anything was learnt".to_owned()));
        return;
    };
    let (looker, learnt, first) = match looked {
        Ok(looked) => looked,
        Err(failed) => {
            out.unreachable = Some(failed);
            return;
        }
    };
    let Ok(allowance) = learnt.allowance else {
        out.learnt = Some(learnt);
        return;
    };
    links.widen(allowance.connections);
    let looks_on = out.holds().then_some(first.pid);
    let stage = Arc::new(stage(order, links, stop, &learnt, looks_on));
    let signs = Signs::new(first, learnt.round_trip, learnt.slots.database().limit, stage.hold * 2);
    out.learnt = Some(learnt);
    let mut queue = queue(order, console).await;
    let looking = async {
        loop {
            monitor::run(&looker.client, signs.clone(), &mut queue, links, stop).await;
            // A load has ended, and another may follow.
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let loading = loads(order, &stage, &allowance, progress, out);
    tokio::select! {
        () = Box::pin(loading) => {}
        () = looking => {}
    }
}

/// Looks at the console, where there is one that answers.
async fn queue(order: &Order<'_>, console: Option<Door>) -> Option<Queue> {
    let given = order.context.ssl_root_cert.as_deref();
    let dialer = Dialer::new(console?, given, order.connect_timeout).await.ok()?;
    Queue::new(dialer).await
}

/// What all loads share.
fn stage(order: &Order<'_>, links: &Arc<Links>, stop: &Arc<Stop>, learnt: &Learnt, looks_on: Option<i32>) -> Stage {
    let server_major = learnt.server_version.split('.').next().and_then(|major| major.parse().ok());
    let query = order.application.query;
    let hold = runner::hold(learnt.round_trip);
    Stage {
        links: Arc::clone(links),
        stop: Arc::clone(stop),
        query,
        statements: Statements::new(query, server_major),
        hold,
        holding: Statements::new(hold, server_major),
        patience: Patience { checkout: order.pool_timeout, connect: order.connect_timeout },
        looks_on,
    }
}

/// The loads, one after the other.
async fn loads(
    order: &Order<'_>,
    stage: &Arc<Stage>,
    allowance: &Allowance,
    progress: Progress<'_>,
    out: &mut Rehearsal,
) {
    let demand = order.application.demand();
    let pools = Pools::spread(&demand, allowance.load());
    let steps = ramp(offered(&order.application, &pools), order.application.query, order.lasts);
    progress(&format!("your settings: {} connections in {} pools", pools.connections(), pools.pools.len()));
    let yours = runner::run(stage, demand, pools, &steps).await;
    let goes_on = !yours.end.stops_all();
    let met = yours.knee.and_then(|knee| knee.cap);
    let reached = reached(&yours, &steps);
    out.yours = Some(yours);
    out.advice = Some(advised(order, out, met));
    if !goes_on {
        return;
    }
    stage.stop.clear();
    if order.per_request {
        progress("a connection for every request");
        out.per_request = per_request(order, stage).await;
    }
    let Some(advice) = &out.advice else { return };
    let pools = Pools::spread(&advice.demand, allowance.load());
    let same = out.yours.as_ref().is_some_and(|yours| yours.pools.pools == pools.pools);
    if same || stage.stop.is_set() || reached.is_empty() {
        return;
    }
    progress(&format!("the advised settings: {} connections in {} pools", pools.connections(), pools.pools.len()));
    let advised = runner::run(stage, advice.demand, pools, &reached).await;
    out.advised = Some(advised);
}

/// The load that is offered: as given, or every connection busy; only the part of it that the pools which may be built
/// have a part in.
fn offered(application: &Application, pools: &Pools) -> Offered {
    let connections = pools.connections();
    let total = application.demand().total().max(1);
    match application.offered {
        Some(Offered::Clients(clients)) if pools.is_whole => Offered::Clients(clients),
        Some(Offered::Clients(clients)) => Offered::Clients(clients.min(connections)),
        Some(Offered::PerSecond(rate)) => {
            Offered::PerSecond(rate * f64::from(connections.min(total)) / f64::from(total))
        }
        None => Offered::Clients(connections),
    }
}

/// The steps that the first load came to: the second is to meet the same.
fn reached(load: &Load, steps: &[Step]) -> Vec<Step> {
    let made = load.steps.len() + usize::from(load.end == End::Refused);
    steps[..made.min(steps.len())].to_vec()
}

/// Looks once, over the one connection that stays.
async fn learn(order: &Order<'_>, links: &Links) -> Result<(Link, Learnt, Look), Failed> {
    let link = links.open().await.map_err(|error| Failed::of_connect(&error))?;
    let failed = |trouble: Trouble| match trouble {
        Trouble::Failed(failed) => failed,
        Trouble::NoCheckout | Trouble::Stalled => Failed::new(
            Refusal::Timeout,
            "the first query got no answer: the pooler has no server connection free, or the database does not answer"
                .to_owned(),
        ),
    };
    let started = Instant::now();
    let json = monitor::first_value(&link.client, &headroom::query()).await.map_err(failed)?;
    let round_trip = started.elapsed();
    let Some(activity) = json.as_deref().and_then(Activity::parse) else {
        return Err(Failed::new(Refusal::Other, "the first query got an answer that is none".to_owned()));
    };
    let first = monitor::look(&link.client, &monitor::query()).await.map_err(failed)?;
    let facts = PoolFacts {
        mode: order.endpoint.mode,
        pool_size: order.context.pool_size,
        size_in_error: None,
        tier: order.context.tier.as_deref(),
    };
    let Some(headroom) = headroom::judge(&activity, &facts).value else {
        return Err(Failed::new(Refusal::Other, "the slots could not be counted".to_owned()));
    };
    let slots = slots(&activity, &headroom, facts.mode);
    let learnt = Learnt {
        slots,
        sees_all: headroom.sees_all,
        connect: link.took,
        round_trip,
        server_version: link.server_version.clone().unwrap_or_else(|| activity.server_version.clone()),
        allowance: Allowance::new(&slots, order.share),
    };
    Ok((link, learnt, first))
}

/// What is taken of each limit. The connection that looks is a part of the allowance, and not counted.
fn slots(activity: &Activity, headroom: &Headroom, mode: Mode) -> Slots {
    let less_ours = |used: u32| used.saturating_sub(1);
    let used = match mode {
        Mode::Transaction | Mode::Statement => Some(activity.busy_in_pool()),
        _ => headroom.pool.backends.map(less_ours),
    };
    Slots {
        max_connections: headroom.max_connections,
        reserved: headroom.reserved,
        in_use: less_ours(headroom.in_use),
        role: headroom.trouble.role_limit.map(|(limit, held)| Taken { limit, used: less_ours(held) }),
        pool: headroom.pool.size.zip(used).map(|(limit, used)| Taken { limit, used }),
    }
}

/// The advised pools, by the best knowledge of what they must stay under.
fn advised(order: &Order<'_>, out: &Rehearsal, met: Option<u32>) -> Advised {
    let limit = limit(order, out, met);
    let demand = order.application.demand();
    let processes = demand.processes();
    let pool = match order.context.workload {
        // Short-lived processes keep one connection each.
        Some(Workload::Serverless) => 1,
        _ => pool_under(limit.connections, Some(processes)),
    };
    let demand = Demand { pool, overflow: 0, ..demand };
    let context = Context {
        pool_size: Some(limit.connections),
        workload: order.context.workload.or(Some(Workload::Persistent)),
        ..order.context.clone()
    };
    let neighbours = Neighbours { workers: Some(processes), ..order.neighbours.clone() };
    let situation = Situation { endpoint: order.endpoint, context: &context, probe: None, neighbours: &neighbours };
    let advice = advise_all(order.stacks, &situation);
    let settings = advice.into_iter().flat_map(|advice| advice.settings);
    let mut settings: Vec<(String, String)> =
        settings.map(|setting| (format!("{} = {}", setting.name, setting.value), setting.place)).collect();
    if settings.is_empty() {
        settings.push((format!("pool size {pool}, no overflow"), "the pool of each process".to_owned()));
    }
    Advised { demand, limit, settings }
}

fn limit(order: &Order<'_>, out: &Rehearsal, met: Option<u32>) -> Limit {
    let slots = out.learnt.as_ref().map(|learnt| learnt.slots);
    let free = slots.map(|slots| slots.database().free());
    let tier = order.context.tier.as_deref().and_then(|id| knowledge::tiers().find(id));
    let small = || knowledge::tiers().tiers.first().and_then(|tier| tier.default_pool_size).unwrap_or(1);
    let is_pooled = matches!(order.endpoint.mode, Mode::Session | Mode::Transaction | Mode::Statement);
    match (met, order.context.pool_size, tier.and_then(|tier| tier.default_pool_size)) {
        (Some(met), _, _) => Limit { connections: met, from: LimitFrom::Measured },
        (None, Some(size), _) if is_pooled => Limit { connections: size, from: LimitFrom::Flag },
        (None, None, Some(size)) if is_pooled => Limit { connections: size, from: LimitFrom::Tier },
        (None, _, _) if is_pooled => Limit { connections: small(), from: LimitFrom::Assumed },
        (None, _, _) => Limit { connections: free.unwrap_or(1), from: LimitFrom::Slots },
    }
}

/// The same transaction over a pool of one, and with a connection of its own each time.
async fn per_request(order: &Order<'_>, stage: &Arc<Stage>) -> Option<PerRequest> {
    let lasts = order.lasts;
    let mut costs = PerRequest::default();
    let pools = Pools::spread(&Demand::one_process(1, 0), 1);
    let fleet = Fleet::build(&pools, &stage.links, stage.patience)?;
    let until = Instant::now() + lasts / 2;
    // The first checkout opens the connection, and is not counted.
    let mut warm = false;
    for _ in 0..=MOST_LOGINS {
        if Instant::now() > until {
            break;
        }
        let started = Instant::now();
        let checkout = stage.stop.unless(fleet.checkout(0)).await?.ok()?;
        stage.stop.unless(checkout.run(&stage.statements, stage.query + order.pool_timeout)).await?.ok()?;
        if std::mem::replace(&mut warm, true) {
            costs.pooled.add(started.elapsed());
        }
    }
    fleet.close();
    drop(fleet);
    stage.links.drain(1).await;
    let until = Instant::now() + lasts / 2;
    for _ in 0..MOST_LOGINS {
        if Instant::now() > until {
            break;
        }
        let link = stage.stop.unless(stage.links.open()).await?.ok()?;
        let begun = Instant::now();
        let ran = stage.stop.unless(pools::transaction(&link.client, &stage.statements)).await;
        let (connect, worked) = (link.took, begun.elapsed());
        drop(link);
        ran?.ok()?;
        costs.connect.add(connect);
        costs.request.add(connect + worked);
        stage.links.drain(1).await;
    }
    Some(costs)
}
