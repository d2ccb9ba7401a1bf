//! The one signal that ends a load. The first reason counts.

use tokio::sync::watch;

use super::outcome::End;

/// Whether, and why, everything is to end.
pub(super) struct Stop {
    reason: watch::Sender<Option<End>>,
}

impl Stop {
    pub(super) fn new() -> Self {
        Self { reason: watch::Sender::new(None) }
    }

    /// Ends everything, unless something else did before.
    pub(super) fn set(&self, end: End) {
        self.reason.send_if_modified(|reason| {
            let is_first = reason.is_none();
            if is_first {
                *reason = Some(end);
            }
            is_first
        });
    }

    /// Why everything is to end, if it is.
    pub(super) fn get(&self) -> Option<End> {
        self.reason.borrow().clone()
    }

    /// Whether it is to end.
    pub(super) fn is_set(&self) -> bool {
        self.reason.borrow().is_some()
    }

    /// Forgets a reason that ends one load and not the rehearsal.
    pub(super) fn clear(&self) {
        self.reason.send_modify(|reason| {
            if reason.as_ref().is_some_and(|end| !end.stops_all()) {
                *reason = None;
            }
        });
    }

    /// Waits until everything is to end.
    pub(super) async fn wait(&self) {
        // The sender lives as long as `self`, so this never fails.
        let _ = self.reason.subscribe().wait_for(Option::is_some).await;
    }

    /// Runs something that is given up when everything is to end.
    pub(super) async fn unless<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            () = self.wait() => None,
            done = work => Some(done),
        }
    }
}
