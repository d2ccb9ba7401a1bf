//! What the pools of a fleet can hold, and which limits that breaks.

use super::layout::Shape;
use super::{Limits, PlanEndpoint, Service, Verdict, traffic};

/// Most pools of one project at the shared pooler: `EMAXPOOLSREACHED` beyond (Supavisor source, since 13 May 2026;
/// before, 20).
pub(super) const MAX_POOLS: u32 = 50;

/// Server connections that Supavisor opens in transaction mode beyond the pool size: it starts with one, and the pool
/// size is what it may add (measured on 2.8.8, 2.9.7 and 2.9.10, November 2026).
pub(super) const BEYOND_POOL_SIZE: u32 = 1;

/// One pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Held {
    /// The most clients.
    pub(super) clients: u32,
    /// The most server connections, by the traffic where it is known.
    pub(super) backends: u32,
    /// The most server connections when every client wants one at once.
    pub(super) backends_at_peak: u32,
}

/// The whole fleet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tally {
    /// One for each shape.
    pub(super) pools: Vec<Held>,
    /// Clients of the dedicated pooler, all pools together: it has one limit for all.
    pub(super) dedicated_clients: u32,
    /// Clients of the shared pooler in transaction mode, all pools together.
    pub(super) transaction_clients: u32,
    /// Connections past every pooler.
    pub(super) direct: u32,
    /// Pools at the shared pooler.
    pub(super) shared_pools: u32,
    /// Server connections of the poolers.
    pub(super) pooled: u32,
    /// The same at the peak.
    pub(super) pooled_at_peak: u32,
}

impl Tally {
    /// Connections with which the shared pooler looks up passwords: one for each pool (measured on Supavisor 2.8.8,
    /// 2.9.7 and 2.9.10, November 2026); the first is counted among Supabase's services.
    pub(super) const fn look_ups(&self) -> u32 {
        self.shared_pools.saturating_sub(1)
    }

    /// Slots of the database that the fleet takes.
    pub(super) const fn slots(&self) -> u32 {
        self.pooled.saturating_add(self.direct).saturating_add(self.look_ups())
    }

    /// The same at the peak.
    pub(super) const fn slots_at_peak(&self) -> u32 {
        self.pooled_at_peak.saturating_add(self.direct).saturating_add(self.look_ups())
    }
}

/// A limit that does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Breach {
    /// More clients than the session pool has connections (the shape).
    SessionCap(usize),
    /// More clients than the transaction pooler lets into one pool (the shape).
    PoolClients(usize),
    /// More clients than the dedicated pooler lets in.
    DedicatedClients,
    /// More traffic than the pool can serve (the shape).
    Traffic(usize),
    /// More pools than the shared pooler keeps for one project.
    TooManyPools,
    /// More slots than the database has, even if Supabase's services hold their least.
    Slots,
    /// Enough slots only while Supabase's services do not hold their most.
    SlotsAtWorst,
    /// Enough slots on average, too few when every client wants one at once.
    Peak,
    /// The poolers take more than the rule of thumb leaves them.
    Budget,
    /// More clients in all transaction pools together than the documented limit of one pooler.
    AllTransactionClients,
}

impl Breach {
    /// What it makes of the plan.
    pub(super) const fn verdict(self) -> Verdict {
        match self {
            Self::SessionCap(_)
            | Self::PoolClients(_)
            | Self::DedicatedClients
            | Self::Traffic(_)
            | Self::TooManyPools
            | Self::Slots => Verdict::Exceeds,
            Self::SlotsAtWorst | Self::Peak | Self::Budget | Self::AllTransactionClients => Verdict::Tight,
        }
    }

    /// Whether fewer clients of this service would help.
    fn is_about_clients_of(self, index: usize, service: &Service, shapes: &[Shape]) -> bool {
        match self {
            Self::SessionCap(shape) | Self::PoolClients(shape) => shapes[shape].members.contains(&index),
            Self::DedicatedClients => service.endpoint == PlanEndpoint::Dedicated,
            Self::Slots => true,
            _ => false,
        }
    }
}

/// A fleet against its limits; the number of clients is what varies.
pub(super) struct Fleet<'a> {
    pub(super) services: &'a [Service],
    pub(super) shapes: &'a [Shape],
    pub(super) limits: &'a Limits,
}

impl Fleet<'_> {
    /// What each service puts into each of its pools as it is.
    pub(super) fn clients(&self) -> Vec<u32> {
        self.services.iter().map(|service| service.clients_per_pool(service.per_engine())).collect()
    }

    /// What the pools hold with so many clients of each service in each of its pools.
    pub(super) fn tally(&self, clients: &[u32]) -> Tally {
        let pools: Vec<Held> = self.shapes.iter().map(|shape| self.held(shape, clients)).collect();
        let total = |keep: fn(PlanEndpoint) -> bool, count: fn(&Held) -> u32| {
            self.shapes
                .iter()
                .zip(&pools)
                .filter(|(shape, _)| keep(shape.key.endpoint))
                .fold(0_u32, |sum, (shape, held)| sum.saturating_add(count(held).saturating_mul(shape.copies)))
        };
        let direct = self.services.iter().zip(clients).filter(|(service, _)| service.endpoint == PlanEndpoint::Direct);
        Tally {
            dedicated_clients: total(|endpoint| endpoint == PlanEndpoint::Dedicated, |held| held.clients),
            transaction_clients: total(|endpoint| endpoint == PlanEndpoint::Transaction, |held| held.clients),
            direct: direct.fold(0, |sum, (_, clients)| sum.saturating_add(*clients)),
            shared_pools: total(PlanEndpoint::is_shared, |_| 1),
            pooled: total(|_| true, |held| held.backends),
            pooled_at_peak: total(|_| true, |held| held.backends_at_peak),
            pools,
        }
    }

    fn held(&self, shape: &Shape, clients: &[u32]) -> Held {
        let clients = shape.members.iter().fold(0_u32, |sum, member| sum.saturating_add(clients[*member]));
        let size = match shape.key.endpoint {
            PlanEndpoint::Transaction => self.limits.cap().saturating_add(BEYOND_POOL_SIZE),
            _ => self.limits.cap(),
        };
        let backends_at_peak = clients.min(size);
        let by_traffic = shape.key.endpoint.is_transaction() && shape.traffic_known;
        let busy = if by_traffic { traffic::whole(shape.busy_nano) } else { u32::MAX };
        Held { clients, backends: backends_at_peak.min(busy), backends_at_peak }
    }

    /// Every limit that does not hold.
    pub(super) fn breaches(&self, tally: &Tally) -> Vec<Breach> {
        let limits = self.limits;
        let mut found = Vec::new();
        for (index, (shape, held)) in self.shapes.iter().zip(&tally.pools).enumerate() {
            match shape.key.endpoint {
                PlanEndpoint::Session if held.clients > limits.cap() => found.push(Breach::SessionCap(index)),
                PlanEndpoint::Transaction if held.clients > limits.clients() => found.push(Breach::PoolClients(index)),
                _ => {}
            }
            if shape.key.endpoint.is_transaction() && traffic::whole(shape.busy_nano) > limits.cap() {
                found.push(Breach::Traffic(index));
            }
        }
        let slots = tally.slots();
        let whole = [
            (tally.dedicated_clients > limits.clients(), Breach::DedicatedClients),
            (tally.shared_pools > MAX_POOLS, Breach::TooManyPools),
            (slots > limits.room_at_best(), Breach::Slots),
            (slots > limits.room() && slots <= limits.room_at_best(), Breach::SlotsAtWorst),
            (slots <= limits.room() && tally.slots_at_peak() > limits.room(), Breach::Peak),
            (tally.pooled > limits.budget(), Breach::Budget),
            (
                tally.transaction_clients > limits.clients()
                    && !found.iter().any(|breach| matches!(breach, Breach::PoolClients(_))),
                Breach::AllTransactionClients,
            ),
        ];
        found.extend(whole.into_iter().filter(|(holds, _)| *holds).map(|(_, breach)| breach));
        found
    }

    /// The verdict on so many clients.
    pub(super) fn verdict(&self, clients: &[u32]) -> Verdict {
        let breaches = self.breaches(&self.tally(clients));
        breaches.into_iter().map(Breach::verdict).max().unwrap_or(Verdict::Fits)
    }

    /// Whether every limit that fewer clients of this service could help to keep is kept.
    pub(super) fn has_room_for(&self, index: usize, clients: &[u32]) -> bool {
        let service = &self.services[index];
        let breaches = self.breaches(&self.tally(clients));
        !breaches.iter().any(|breach| breach.is_about_clients_of(index, service, self.shapes))
    }

    /// The most clients of one service in each of its pools, the other services as they are.
    pub(super) fn most_clients(&self, index: usize) -> u32 {
        let mut clients = self.clients();
        // Every client stands against one of these.
        let beyond = self.limits.clients().max(self.limits.cap()).max(self.limits.max_connections.value);
        largest(beyond, |number| {
            clients[index] = number;
            self.has_room_for(index, &clients)
        })
    }
}

/// The largest number from 0 to `most` for which `holds`, which must not come true again once it is false; 0 when it
/// holds for none.
pub(super) fn largest(most: u32, mut holds: impl FnMut(u32) -> bool) -> u32 {
    let (mut low, mut high) = (0, most);
    while low < high {
        let middle = low + (high - low).div_ceil(2);
        if holds(middle) { low = middle } else { high = middle - 1 }
    }
    low
}
