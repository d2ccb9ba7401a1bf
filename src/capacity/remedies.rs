//! What would make a plan fit: another pool size, smaller pools, a larger compute size.

use super::tally::{Fleet, largest};
use super::{PlanEndpoint, Verdict, traffic};
use crate::knowledge::{self, Tier};

/// The smallest compute size that a fleet fits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CheapestTier {
    /// The size.
    pub tier: &'static Tier,
    /// The pool size to set there.
    pub pool_size: u32,
    /// Whether that is the size's default.
    pub is_default: bool,
}

/// What would help.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Remedies {
    /// The smallest pool size with which no limit is broken on this compute size, and the verdict then; `None` when the
    /// plan does not exceed anything as it is, or no pool size helps.
    pub pool_size: Option<(u32, Verdict)>,
    /// The smallest compute size that the fleet fits; `None` when none of the documented ones does.
    pub cheapest_tier: Option<CheapestTier>,
}

/// What would help besides smaller pools.
pub(super) fn remedies(fleet: &Fleet<'_>, verdict: Verdict) -> Remedies {
    Remedies { pool_size: pool_size(fleet, verdict), cheapest_tier: cheapest_tier(fleet) }
}

/// The verdict on the fleet as it is, under other limits.
fn verdict_under(fleet: &Fleet<'_>, limits: &super::Limits) -> Verdict {
    let other = Fleet { limits, ..*fleet };
    other.verdict(&other.clients())
}

/// The smallest pool size that holds every session pool's clients and every transaction pool's traffic. A larger one
/// only takes more of the database.
fn needed_pool_size(fleet: &Fleet<'_>) -> u32 {
    let tally = fleet.tally(&fleet.clients());
    let needs = fleet.shapes.iter().zip(&tally.pools).map(|(shape, held)| match shape.key.endpoint {
        PlanEndpoint::Session => held.clients,
        _ => traffic::whole(shape.busy_nano),
    });
    needs.max().unwrap_or(0).max(1)
}

fn pool_size(fleet: &Fleet<'_>, verdict: Verdict) -> Option<(u32, Verdict)> {
    let needed = needed_pool_size(fleet);
    if verdict != Verdict::Exceeds || needed <= fleet.limits.cap() {
        return None;
    }
    let then = verdict_under(fleet, &fleet.limits.with_pool_size(needed));
    (then < verdict).then_some((needed, then))
}

fn cheapest_tier(fleet: &Fleet<'_>) -> Option<CheapestTier> {
    let needed = needed_pool_size(fleet);
    let given = fleet.limits.pool_size.filter(|size| size.origin != super::Origin::Tier).map(|size| size.value);
    knowledge::tiers().tiers.iter().find_map(|tier| {
        let fits = |pool_size: Option<u32>| {
            let limits = fleet.limits.on_tier(tier, pool_size)?;
            (verdict_under(fleet, &limits) == Verdict::Fits).then(|| limits.cap())
        };
        let default = tier.default_pool_size?;
        // A size below the default would only make clients wait.
        let pool_size = fits(given).or_else(|| fits(Some(needed.max(default))))?;
        Some(CheapestTier { tier, pool_size, is_default: pool_size == default })
    })
}

/// Pools (with their overflow) for every service with which the plan fits, or at least breaks no limit: all shrunk by
/// the same share, then each given back what is left. `None` when it fits as it is, or no smaller pool helps.
pub(super) fn smaller_pools(fleet: &Fleet<'_>, verdict: Verdict) -> Option<Vec<u32>> {
    [Verdict::Fits, Verdict::Tight]
        .into_iter()
        .filter(|goal| *goal < verdict)
        .find_map(|goal| smaller_pools_for(fleet, goal))
}

fn smaller_pools_for(fleet: &Fleet<'_>, goal: Verdict) -> Option<Vec<u32>> {
    const WHOLE: u32 = 1000;
    let shrunk = |permille: u32| -> Vec<u32> {
        fleet.services.iter().map(|service| super::scale(service.per_engine(), permille, WHOLE).max(1)).collect()
    };
    let reaches = |pools: &[u32]| {
        let clients: Vec<u32> =
            fleet.services.iter().zip(pools).map(|(service, pool)| service.clients_per_pool(*pool)).collect();
        fleet.verdict(&clients) <= goal
    };
    if !reaches(&shrunk(0)) {
        return None;
    }
    let mut pools = shrunk(largest(WHOLE, |permille| reaches(&shrunk(permille))));
    for (index, service) in fleet.services.iter().enumerate() {
        let least = pools[index];
        let more = largest(service.per_engine() - least, |more| {
            let mut tried = pools.clone();
            tried[index] = least + more;
            reaches(&tried)
        });
        pools[index] = least + more;
    }
    Some(pools)
}
