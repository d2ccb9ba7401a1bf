//! What a rehearsal would do, without doing it. Pure.

use std::time::Duration;

use super::allowance::MaxShare;
use super::application::{Application, Offered};
use super::conduct::Order;
use super::load::{Statements, Step, ramp};
use super::monitor;
use crate::probe::headroom;

/// What would be done.
#[derive(Debug, Clone)]
pub struct DryRun {
    /// The setting, masked.
    pub setting: String,
    /// The application.
    pub application: Application,
    /// The share of what is free.
    pub share: MaxShare,
    /// Free connections with which the whole application could be rehearsed.
    pub needs_free: u32,
    /// The steps of the whole.
    pub steps: Vec<Step>,
    /// How long each load lasts at most, without its volleys.
    pub lasts: Duration,
    /// Whether connecting for every request would be measured.
    pub per_request: bool,
    /// The query that looks what is free, once.
    pub looks_first: String,
    /// The query that looks whether others wait, once a second.
    pub looks: String,
    /// The statements of each transaction.
    pub statements: Statements,
}

impl DryRun {
    /// Of an order.
    pub fn new(order: &Order<'_>) -> Self {
        let application = order.application.clone();
        let connections = application.demand().total();
        let offered = application.offered.unwrap_or(Offered::Clients(connections));
        Self {
            setting: order.setting.clone(),
            share: order.share,
            needs_free: needs_free(connections.saturating_add(1), order.share),
            steps: ramp(offered, application.query, order.lasts),
            lasts: order.lasts,
            per_request: order.per_request,
            looks_first: headroom::query(),
            looks: monitor::query(),
            // The server's version is not known yet; the newest is what is sent to most.
            statements: Statements::new(application.query, Some(u32::MAX)),
            application,
        }
    }
}

/// The least number of free connections of which the share allows so many.
fn needs_free(connections: u32, share: MaxShare) -> u32 {
    let (mut low, mut high) = (connections, u32::MAX);
    while low < high {
        let middle = low + (high - low) / 2;
        if share.of(middle) >= connections { high = middle } else { low = middle + 1 }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_must_be_free_is_the_least_that_is_enough() {
        let quarter = MaxShare::DEFAULT;
        assert_eq!(needs_free(12, quarter), 48);
        assert!(quarter.of(47) < 12);
        assert_eq!(needs_free(3, "100%".parse().unwrap()), 3);
    }
}
