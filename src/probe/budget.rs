//! The one place that grants connections, so that the promise "at most 6 at a time, at most 14 in all" is kept by
//! construction.

use std::sync::atomic::{AtomicU32, Ordering};

use tokio::sync::{Semaphore, SemaphorePermit};

/// Most connections open at one time.
pub const MAX_AT_ONCE: u32 = 6;
/// Most connections of one probe.
pub const MAX_IN_ALL: u32 = 14;

/// What a probe may still open.
pub struct Budget {
    at_once: Semaphore,
    opened: AtomicU32,
    open_now: AtomicU32,
    most_at_once: AtomicU32,
}

/// The right to hold one connection open, given back when dropped.
pub struct Grant<'a> {
    budget: &'a Budget,
    _permit: SemaphorePermit<'a>,
}

impl Budget {
    /// A full budget.
    pub fn new() -> Self {
        Self {
            at_once: Semaphore::new(MAX_AT_ONCE as usize),
            opened: AtomicU32::new(0),
            open_now: AtomicU32::new(0),
            most_at_once: AtomicU32::new(0),
        }
    }

    /// Waits for a free place; `None` when the probe has opened all that it may.
    pub async fn grant(&self) -> Option<Grant<'_>> {
        let permit = self.at_once.acquire().await.ok()?;
        self.opened
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |opened| (opened < MAX_IN_ALL).then_some(opened + 1))
            .ok()?;
        let now = self.open_now.fetch_add(1, Ordering::Relaxed) + 1;
        self.most_at_once.fetch_max(now, Ordering::Relaxed);
        Some(Grant { budget: self, _permit: permit })
    }

    /// Connections opened so far.
    pub fn opened(&self) -> u32 {
        self.opened.load(Ordering::Relaxed)
    }

    /// Most connections that were open at one time so far.
    pub fn most_at_once(&self) -> u32 {
        self.most_at_once.load(Ordering::Relaxed)
    }
}

impl Default for Budget {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Grant<'_> {
    fn drop(&mut self) {
        self.budget.open_now.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn no_more_than_fourteen_connections_are_granted_in_all() {
        let budget = Budget::new();
        for _ in 0..MAX_IN_ALL {
            assert!(budget.grant().await.is_some());
        }
        assert!(budget.grant().await.is_none());
        assert_eq!((budget.opened(), budget.most_at_once()), (MAX_IN_ALL, 1));
    }

    #[tokio::test]
    async fn a_seventh_connection_waits_for_one_of_the_six() {
        let budget = Budget::new();
        let mut held = Vec::new();
        for _ in 0..MAX_AT_ONCE {
            held.push(budget.grant().await.unwrap());
        }
        let soon = std::time::Duration::from_millis(20);
        assert!(tokio::time::timeout(soon, budget.grant()).await.is_err());
        held.pop();
        assert!(tokio::time::timeout(soon, budget.grant()).await.is_ok());
        assert_eq!(budget.most_at_once(), MAX_AT_ONCE);
    }
}
