//! The plan: what every service may ask for, what the limits are, what does not fit, and what would.

use super::findings::{self, PlanFinding};
use super::layout::{self, Shape};
use super::remedies::{self, Remedies};
use super::tally::{Fleet, Held};
use super::{Limits, PlanEndpoint, PoolKey, Service, traffic, used_percent};

/// Whether a fleet fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Within every limit, whatever happens.
    Fits,
    /// Within every hard limit; beyond a rule of thumb, or only while Supabase's services hold little.
    Tight,
    /// Beyond a limit: some connections will be refused.
    Exceeds,
}

impl Verdict {
    /// The name in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fits => "fits",
            Self::Tight => "tight",
            Self::Exceeds => "exceeds",
        }
    }
}

/// A service and what became of it.
#[derive(Debug, Clone)]
pub struct PlannedService {
    /// What was asked for.
    pub service: Service,
    /// The most connections that it can open.
    pub demand: u32,
    /// The most that it may open, the other services as they are.
    pub limit: u32,
    /// Whether that is enough, and its traffic can be served.
    pub fits: bool,
    /// The largest pool (with its overflow) for each engine, the other services as they are; 0: not even one.
    pub largest_pool: u32,
    /// The pool (with its overflow) for each engine with which the whole plan fits; `None` when it is right as it is, or
    /// no smaller pool helps.
    pub suggested_pool: Option<u32>,
    /// Connections that its traffic keeps busy on average, rounded up.
    pub busy: Option<u32>,
}

/// A pool of server connections, or several that are alike.
#[derive(Debug, Clone)]
pub struct PlannedPool {
    /// What makes it a pool of its own.
    pub key: PoolKey,
    /// How many there are.
    pub copies: u32,
    /// The services in it, by name.
    pub services: Vec<String>,
    /// The most clients of each.
    pub clients: u32,
    /// Most clients that each lets in. The dedicated pooler has one such limit for all its pools.
    pub client_limit: u32,
    /// The most server connections of each, by its traffic where that is known.
    pub backends: u32,
    /// The most server connections of each when every client wants one at once.
    pub backends_at_peak: u32,
    /// The pool size.
    pub backend_limit: u32,
    /// Connections that its traffic keeps busy on average, rounded up; `None` where it is not known for all its clients.
    pub busy: Option<u32>,
}

/// The sums.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Totals {
    /// Slots of the database that the fleet can take.
    pub backends: u32,
    /// The same when every client of a transaction pooler wants a connection at once.
    pub backends_at_peak: u32,
    /// Those of the poolers.
    pub pooled: u32,
    /// Those past every pooler.
    pub direct: u32,
    /// Those with which the shared pooler looks up passwords, beyond the first.
    pub look_ups: u32,
    /// `max_connections`.
    pub max_connections: u32,
    /// The fleet's share of it, in percent.
    pub used_percent: Option<u32>,
    /// The verdict.
    pub verdict: Verdict,
}

/// A plan.
#[derive(Debug, Clone)]
pub struct Plan {
    /// What it is held against.
    pub limits: Limits,
    /// The services, in the order given.
    pub services: Vec<PlannedService>,
    /// The pools that they make.
    pub pools: Vec<PlannedPool>,
    /// The sums.
    pub totals: Totals,
    /// What is wrong, worst first.
    pub findings: Vec<PlanFinding>,
    /// What would help.
    pub remedies: Remedies,
}

impl Plan {
    /// Works a plan out.
    pub fn new(services: &[Service], limits: Limits) -> Self {
        let shapes = layout::shapes(services);
        let fleet = Fleet { services, shapes: &shapes, limits: &limits };
        let clients = fleet.clients();
        let tally = fleet.tally(&clients);
        let verdict = fleet.verdict(&clients);
        let suggested = remedies::smaller_pools(&fleet, verdict);
        let planned: Vec<PlannedService> = (0..services.len())
            .map(|index| planned(&fleet, index, suggested.as_ref().map(|pools| pools[index])))
            .collect();
        let totals = Totals {
            backends: tally.slots(),
            backends_at_peak: tally.slots_at_peak(),
            pooled: tally.pooled,
            direct: tally.direct,
            look_ups: tally.look_ups(),
            max_connections: limits.max_connections.value,
            used_percent: used_percent(tally.slots(), limits.max_connections.value),
            verdict,
        };
        let remedies = remedies::remedies(&fleet, verdict);
        let findings = findings::all(&fleet, &tally, &planned, &remedies);
        let pools = shapes.iter().zip(&tally.pools).map(|(shape, held)| pool(&fleet, shape, *held)).collect();
        Self { services: planned, pools, totals, findings, remedies, limits }
    }

    /// The services of an endpoint.
    pub fn services_at(&self, endpoint: PlanEndpoint) -> impl Iterator<Item = &PlannedService> {
        self.services.iter().filter(move |planned| planned.service.endpoint == endpoint)
    }
}

fn planned(fleet: &Fleet<'_>, index: usize, suggested: Option<u32>) -> PlannedService {
    let service = &fleet.services[index];
    let most = fleet.most_clients(index);
    let limit = most.saturating_mul(service.pools());
    let demand = service.demand.total();
    let busy = service.traffic.map(|traffic| traffic::whole(traffic.busy_nano()));
    let served = !service.endpoint.is_transaction() || !is_overloaded(fleet, index);
    PlannedService {
        service: service.clone(),
        demand,
        limit,
        fits: demand <= limit && served,
        largest_pool: most / service.engines_per_pool().max(1),
        suggested_pool: suggested.filter(|pool| *pool != service.per_engine()),
        busy,
    }
}

/// Whether a pool of this service has more traffic than it can serve.
fn is_overloaded(fleet: &Fleet<'_>, index: usize) -> bool {
    let shapes = fleet.shapes.iter().filter(|shape| shape.members.contains(&index));
    shapes.map(|shape| traffic::whole(shape.busy_nano)).any(|busy| busy > fleet.limits.cap())
}

fn pool(fleet: &Fleet<'_>, shape: &Shape, held: Held) -> PlannedPool {
    let limits = fleet.limits;
    let client_limit = if shape.key.endpoint.is_transaction() { limits.clients() } else { limits.cap() };
    PlannedPool {
        key: shape.key.clone(),
        copies: shape.copies,
        services: shape.members.iter().map(|member| fleet.services[*member].name.clone()).collect(),
        clients: held.clients,
        client_limit,
        backends: held.backends,
        backends_at_peak: held.backends_at_peak,
        backend_limit: limits.cap(),
        busy: shape.traffic_known.then(|| traffic::whole(shape.busy_nano)),
    }
}
