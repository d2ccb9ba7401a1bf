//! The one place that grants connections and held backends, so that the promises "at most 6 at a time, at most 14 in all"
//! and "one backend held at a time, for 1.5 s at most" are kept by construction. A rehearsal has a budget of its own, as
//! large as its allowance.

use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::{Mutex, MutexGuard, OwnedSemaphorePermit, Semaphore};

/// Most connections open at one time.
pub const MAX_AT_ONCE: u32 = 6;
/// Most connections of one probe.
pub const MAX_IN_ALL: u32 = 14;
/// How long the place of a closed connection stays taken: the server learns of the end a little later than this side, and
/// must not see a seventh.
pub const LINGER: Duration = Duration::from_millis(50);

/// The longest that a backend is held.
pub const MAX_HOLD: Duration = Duration::from_millis(1500);
/// The round trip beyond which nothing is held: letting go takes effect half of one after it is decided, and what is
/// decided on takes a whole one to arrive.
pub const MAX_ROUND_TRIP_TO_HOLD: Duration = Duration::from_millis(750);
/// When to let go at the latest: the message that does takes its time to arrive.
const LET_GO_AFTER: Duration = Duration::from_millis(1250);

/// What a probe or a rehearsal may still open.
pub struct Budget {
    holder: Mutex<()>,
    places: Arc<Semaphore>,
    in_all: u32,
    open_now: Arc<AtomicU32>,
    opened: AtomicU32,
    most_at_once: AtomicU32,
}

/// The right to hold one connection open, given back a little after it is dropped.
pub struct Grant<'a> {
    _budget: PhantomData<&'a Budget>,
    place: Option<Place>,
}

/// The right to hold one backend in a transaction.
pub struct Hold<'a> {
    since: Instant,
    _holder: MutexGuard<'a, ()>,
}

impl Hold<'_> {
    /// What is left of the time until it has to be let go.
    pub fn left(&self) -> Duration {
        LET_GO_AFTER.saturating_sub(self.since.elapsed())
    }
}

/// One of the places.
struct Place {
    open_now: Arc<AtomicU32>,
    _permit: OwnedSemaphorePermit,
}

impl Budget {
    /// A full budget for a probe.
    pub fn new() -> Self {
        Self::of(MAX_AT_ONCE, MAX_IN_ALL)
    }

    /// A budget of so many connections at one time, and so many in all.
    pub fn of(at_once: u32, in_all: u32) -> Self {
        Self {
            holder: Mutex::new(()),
            places: Arc::new(Semaphore::new(at_once as usize)),
            in_all,
            open_now: Arc::new(AtomicU32::new(0)),
            opened: AtomicU32::new(0),
            most_at_once: AtomicU32::new(0),
        }
    }

    /// Waits for a free place; `None` when all that may be opened has been.
    pub async fn grant(&self) -> Option<Grant<'_>> {
        self.grant_to_keep().await
    }

    /// The same for a connection that a task of its own drives.
    pub async fn grant_to_keep(&self) -> Option<Grant<'static>> {
        let permit = Arc::clone(&self.places).acquire_owned().await.ok()?;
        self.opened
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |opened| (opened < self.in_all).then_some(opened + 1))
            .ok()?;
        let now = self.open_now.fetch_add(1, Ordering::Relaxed) + 1;
        self.most_at_once.fetch_max(now, Ordering::Relaxed);
        let place = Place { open_now: Arc::clone(&self.open_now), _permit: permit };
        Some(Grant { _budget: PhantomData, place: Some(place) })
    }

    /// Connections that are open now.
    pub fn open_now(&self) -> u32 {
        self.open_now.load(Ordering::Relaxed)
    }

    /// Adds so many places.
    pub fn widen(&self, places: u32) {
        self.places.add_permits(places as usize);
    }

    /// Nothing could be reached, and the probe begins again: attempts that led nowhere do not count.
    pub fn start_over(&self) {
        self.opened.store(0, Ordering::Relaxed);
    }

    /// Waits until no other backend is held.
    pub async fn hold(&self) -> Hold<'_> {
        let holder = self.holder.lock().await;
        Hold { since: Instant::now(), _holder: holder }
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
        let place = self.place.take();
        // Outside a runtime the probe is over, and nobody waits for the place.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                tokio::time::sleep(LINGER).await;
                drop(place);
            });
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.open_now.fetch_sub(1, Ordering::Relaxed);
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
        assert_eq!((budget.opened(), budget.most_at_once()), (MAX_IN_ALL, MAX_AT_ONCE));
    }

    #[tokio::test]
    async fn one_backend_is_held_at_a_time() {
        let budget = Budget::new();
        let held = budget.hold().await;
        assert!(held.left() <= MAX_HOLD);
        assert!(tokio::time::timeout(Duration::from_millis(10), budget.hold()).await.is_err());
        drop(held);
        budget.hold().await;
    }

    #[tokio::test]
    async fn a_seventh_connection_waits_for_one_of_the_six() {
        let budget = Budget::new();
        let mut held = Vec::new();
        for _ in 0..MAX_AT_ONCE {
            held.push(budget.grant().await.unwrap());
        }
        let soon = Duration::from_millis(10);
        assert!(tokio::time::timeout(soon, budget.grant()).await.is_err());
        held.pop();
        assert!(tokio::time::timeout(soon, budget.grant()).await.is_err(), "the server may not know of the end yet");
        assert!(tokio::time::timeout(LINGER * 20, budget.grant()).await.is_ok());
        assert_eq!(budget.most_at_once(), MAX_AT_ONCE);
    }
}
