//! The gate between the first login and all others: nobody sends a password before the first one has proven it right.

use tokio::sync::watch;

use super::room::Room;

/// How far the first connection has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Nothing is known yet.
    Waiting,
    /// The server asks for a password; `direct` when only PostgreSQL itself answers like that.
    Asked {
        /// `SCRAM-SHA-256-PLUS` was offered.
        direct: bool,
    },
    /// Logged in.
    LoggedIn {
        /// As in [`Stage::Asked`].
        direct: bool,
    },
    /// The first batch has counted the free slots.
    Counted {
        /// As in [`Stage::Asked`].
        direct: bool,
        /// The free slots.
        room: Room,
    },
    /// There will be no further login.
    Stopped,
}

/// The turn of a further connection: what it waits for before it logs in.
pub struct Turn<'g> {
    /// The gate.
    pub gate: &'g Gate,
    /// Whether a login takes a slot, as it does everywhere but in transaction mode.
    pub takes_slot: bool,
    /// How many connections the probe would have beside the first with this one.
    pub more: u32,
}

impl Turn<'_> {
    /// Waits until the login may go on: `Ok(false)` when it never will, an error when the slot is left to others.
    pub async fn comes(&self) -> Result<bool, String> {
        if !self.takes_slot {
            return Ok(self.gate.logged_in().await);
        }
        match self.gate.counted().await {
            Some(room) => room.admits(self.more).map(|()| true),
            None => Ok(false),
        }
    }
}

/// One side opens it, the others wait.
pub struct Gate(watch::Sender<Stage>);

impl Gate {
    /// A closed gate.
    pub fn new() -> Self {
        Self(watch::Sender::new(Stage::Waiting))
    }

    /// Says how far the first connection has come. It never goes back.
    pub fn set(&self, stage: Stage) {
        self.0.send_replace(stage);
    }

    /// Waits until the server has asked for a password; `None` when it never will.
    pub async fn asked(&self) -> Option<bool> {
        self.wait(|stage| match stage {
            Stage::Waiting => None,
            Stage::Asked { direct } | Stage::LoggedIn { direct } | Stage::Counted { direct, .. } => Some(Some(direct)),
            Stage::Stopped => Some(None),
        })
        .await
    }

    /// Waits until the first login has succeeded; false when it never will.
    async fn logged_in(&self) -> bool {
        self.wait(|stage| match stage {
            Stage::Waiting | Stage::Asked { .. } => None,
            Stage::LoggedIn { .. } | Stage::Counted { .. } => Some(Some(())),
            Stage::Stopped => Some(None),
        })
        .await
        .is_some()
    }

    /// Waits until the free slots are counted; `None` when they never will be.
    async fn counted(&self) -> Option<Room> {
        self.wait(|stage| match stage {
            Stage::Waiting | Stage::Asked { .. } | Stage::LoggedIn { .. } => None,
            Stage::Counted { room, .. } => Some(Some(room)),
            Stage::Stopped => Some(None),
        })
        .await
    }

    async fn wait<T>(&self, mut known: impl FnMut(Stage) -> Option<Option<T>>) -> Option<T> {
        let mut receiver = self.0.subscribe();
        loop {
            let stage = *receiver.borrow_and_update();
            if let Some(answer) = known(stage) {
                return answer;
            }
            receiver.changed().await.ok()?;
        }
    }
}

impl Default for Gate {
    fn default() -> Self {
        Self::new()
    }
}
