//! The number that all pools of an application together must stay under, and where it is known from.

use super::Situation;
use crate::capacity::{self, pool_per_process};
use crate::endpoint::Endpoint;
use crate::knowledge::{self, EndpointClass, Tier};
use crate::probe::{Headroom, PoolSizeFrom};

/// A limit and its origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    /// Server connections.
    pub connections: u32,
    /// Where that is known from, in words.
    pub from: String,
    /// Clients that a transaction pooler lets in; `None` where clients and server connections are the same.
    pub clients: Option<u32>,
}

/// Processes that a limit is shared among while nobody says how many there are: two of the application (one of them the
/// next deployment), and one for everything else.
const ASSUMED_PROCESSES: u32 = 3;
/// Connections left for a shell and a migration when the number of processes is known.
const SPARE: u32 = 2;
/// A pool beyond this is rarely kept busy by one process.
const LARGEST_POOL: u32 = 20;

impl Limit {
    /// The pool of each process that stays under the limit together with the others; `workers` when their number is
    /// known.
    pub fn pool(&self, workers: Option<u32>) -> u32 {
        pool_under(self.connections, workers)
    }
}

/// The pool of each process that stays under a limit together with the others.
pub fn pool_under(connections: u32, processes: Option<u32>) -> u32 {
    let (processes, spare) = processes.map_or((ASSUMED_PROCESSES, 0), |processes| (processes, SPARE));
    pool_per_process(connections, processes, spare, LARGEST_POOL)
}

/// The limit that counts at this class of endpoint.
pub fn limit(class: EndpointClass, situation: &Situation<'_>) -> Limit {
    let tier = situation.context.tier.as_deref().and_then(|id| knowledge::tiers().find(id));
    if matches!(class, EndpointClass::Direct | EndpointClass::Local) {
        return slots(tier, headroom(situation));
    }
    let own = own_default(situation.endpoint);
    let (connections, from) = pool_size(situation, tier, own.map(|own| own.0));
    let clients = class.is_transaction().then(|| {
        let of_tier = tier.or(smallest()).and_then(|tier| tier.pooler_max_clients);
        own.and_then(|own| own.1).or(of_tier).unwrap_or(connections)
    });
    Limit { connections, from, clients }
}

fn headroom<'a>(situation: &Situation<'a>) -> Option<&'a Headroom> {
    situation.probe.and_then(|probe| probe.headroom.value.as_ref())
}

fn smallest() -> Option<&'static Tier> {
    knowledge::tiers().tiers.first()
}

/// Pool size and most clients of a pooler that belongs to no tier: the CLI's and the docker stack's.
fn own_default(endpoint: &Endpoint) -> Option<(u32, Option<u32>)> {
    let mut doors = knowledge::endpoints().doors.iter();
    let door = doors.find(|door| door.kind == endpoint.kind && door.default_pool_size.is_some())?;
    Some((door.default_pool_size?, door.max_clients))
}

/// The pooler's pool size, by the best knowledge there is.
fn pool_size(situation: &Situation<'_>, tier: Option<&Tier>, own: Option<u32>) -> (u32, String) {
    if let Some(size) = situation.context.pool_size {
        return (size, "--pool-size".to_owned());
    }
    let told = headroom(situation).filter(|headroom| headroom.pool.size_from == PoolSizeFrom::ErrorText);
    if let Some(size) = told.and_then(|headroom| headroom.pool.size) {
        return (size, "the pooler's own words".to_owned());
    }
    if let Some(size) = own {
        return (size, "the default of this stack".to_owned());
    }
    if let Some((tier, size)) = tier.and_then(|tier| Some((tier, tier.default_pool_size?))) {
        return (size, format!("the default of {}", tier.name));
    }
    let size = smallest().and_then(|tier| tier.default_pool_size).unwrap_or(1);
    (size, "the default of small projects".to_owned())
}

/// Slots of the database that are left for applications.
fn slots(tier: Option<&Tier>, headroom: Option<&Headroom>) -> Limit {
    let tiers = knowledge::tiers();
    let of_tier = |tier: &Tier, name: &str| tier.max_connections.map(|max| (max, format!("max_connections of {name}")));
    let measured = headroom.map(|measured| (measured.max_connections, "max_connections as measured".to_owned()));
    let documented = || {
        let asked = tier.and_then(|tier| of_tier(tier, &tier.name));
        asked.or_else(|| smallest().and_then(|tier| of_tier(tier, "the smallest compute size")))
    };
    let (max, from) = measured.or_else(documented).unwrap_or((1, "an unknown max_connections".to_owned()));
    let reserved = headroom.map_or(tiers.reserved.total(), |headroom| headroom.reserved);
    let services = tiers.services.idle_max;
    let connections = capacity::usable(max, reserved.saturating_add(services)).max(1);
    let from = format!("{max}, {from}, less {reserved} reserved and {services} for Supabase's services");
    Limit { connections, from, clients: None }
}
