//! Shares of a number of connections, and what a share means.

use crate::knowledge::{Tier, Tiers};

/// How full something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fullness {
    /// Below 70 %.
    Ok,
    /// From 70 %.
    Warning,
    /// From 90 %.
    Critical,
    /// Not known.
    Unknown,
}

impl Fullness {
    /// The name in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Critical => "critical",
            Self::Unknown => "unknown",
        }
    }
}

/// From this share of the usable connections on, it is time to act.
pub const WARNING_PERCENT: u32 = 70;
/// From this share on, the next peak fails.
pub const CRITICAL_PERCENT: u32 = 90;

/// Connections that ordinary roles can have: `max_connections` less the reserved ones.
pub const fn usable(max_connections: u32, reserved: u32) -> u32 {
    max_connections.saturating_sub(reserved)
}

/// A share in whole percent, rounded down; more than all is more than 100. `None` when there is nothing to share.
pub fn used_percent(used: u32, of: u32) -> Option<u32> {
    let percent = (u64::from(used) * 100).checked_div(u64::from(of))?;
    Some(u32::try_from(percent).unwrap_or(u32::MAX))
}

/// The verdict on a share.
pub const fn fullness(percent: Option<u32>) -> Fullness {
    match percent {
        None => Fullness::Unknown,
        Some(CRITICAL_PERCENT..) => Fullness::Critical,
        Some(WARNING_PERCENT..) => Fullness::Warning,
        Some(_) => Fullness::Ok,
    }
}

/// A percentage of a number of connections, rounded down.
pub fn share(of: u32, percent: u32) -> u32 {
    u32::try_from(u64::from(of) * u64::from(percent) / 100).unwrap_or(u32::MAX)
}

/// What the poolers may take with a busy Data API (40 %).
pub fn data_api_budget(tiers: &Tiers, max_connections: u32) -> u32 {
    share(max_connections, tiers.budgets.data_api_percent)
}

/// What the poolers may take without it (80 %).
pub fn max_budget(tiers: &Tiers, max_connections: u32) -> u32 {
    share(max_connections, tiers.budgets.max_percent)
}

/// The tiers whose documented `max_connections` is this number. It proves none of them: several share a value, and the
/// value can be overridden.
pub fn consistent_tiers(tiers: &Tiers, max_connections: u32) -> Vec<&Tier> {
    tiers.tiers.iter().filter(|tier| tier.max_connections == Some(max_connections)).collect()
}

/// A number times `part / whole`, rounded down.
pub(super) fn scale(number: u32, part: u32, whole: u32) -> u32 {
    let scaled = (u64::from(number) * u64::from(part)).checked_div(u64::from(whole)).unwrap_or(0);
    u32::try_from(scaled).unwrap_or(u32::MAX)
}
