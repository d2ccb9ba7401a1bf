//! Clients that wait at a PgBouncer, as its admin console tells.

use super::links::Links;
use crate::client::Dialer;
use crate::watch::PoolRow;
use crate::watch::sampler::Console;

/// The console, and what it said before the load.
pub(super) struct Queue {
    console: Console,
    first: u32,
}

impl Queue {
    /// Looks for the first time; nothing when the console does not answer.
    pub(super) async fn new(dialer: Dialer) -> Option<Self> {
        let mut console = Console::new(dialer);
        let first = waiting(&console.look().await?);
        Some(Self { console, first })
    }

    /// The sign that others wait, if there is one. Clients of the load may wait themselves: at a pool's end they do.
    pub(super) async fn sign(&mut self, links: &Links) -> Option<String> {
        let waiting = waiting(&self.console.look().await?);
        others_wait(waiting, self.first, links.open_now())
    }
}

fn waiting(pools: &[PoolRow]) -> u32 {
    pools.iter().fold(0, |sum, pool| sum.saturating_add(pool.clients_waiting))
}

/// More clients wait than before, and more than those of the load can be.
fn others_wait(waiting: u32, first: u32, own: u32) -> Option<String> {
    (waiting > first.saturating_add(own)).then(|| {
        format!("{waiting} clients wait for a server connection of the pooler, {first} before the load; at most {own} are its own")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_of_the_load_are_no_others() {
        assert_eq!(others_wait(4, 0, 4), None);
        assert_eq!(others_wait(2, 2, 0), None);
        assert!(others_wait(5, 0, 4).is_some());
    }
}
