//! The arithmetic of pools, budgets and tiers. Pure, and free of overflow: absurd numbers saturate.
//!
//! ```text
//!  spec ──► service ─┐
//!                    ├─► layout ──► tally ──► plan (verdicts, findings, remedies)
//!  measured ─► limits┘   which       what       what fits, and what would
//!  tier, flags           pools       they hold
//! ```

mod demand;
mod findings;
mod layout;
mod limits;
mod measured;
mod plan;
mod remedies;
mod service;
mod share;
mod spec;
mod tally;
mod traffic;

#[cfg(test)]
mod tests;

pub use demand::{Demand, pool_per_process};
pub use findings::PlanFinding;
pub use layout::PoolKey;
pub use limits::{Figure, Given, Limits, LimitsError, Origin, ServiceSlots};
pub use measured::{Measured, MeasuredError};
pub use plan::{Plan, PlannedPool, PlannedService, Totals, Verdict};
pub use remedies::{CheapestTier, Remedies};
pub use service::{PlanEndpoint, SearchPath, Service};
use share::scale;
pub use share::{
    CRITICAL_PERCENT, Fullness, WARNING_PERCENT, consistent_tiers, data_api_budget, fullness, max_budget, share,
    usable, used_percent,
};
pub use spec::{MAX_NUMBER, SpecError, parse_service};
pub use traffic::Traffic;
