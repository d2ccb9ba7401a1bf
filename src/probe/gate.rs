//! The gate between the first login and all others: nobody sends a password before the first one has proven it right.

use tokio::sync::watch;

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
    /// There will be no login.
    Stopped,
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
            Stage::Asked { direct } | Stage::LoggedIn { direct } => Some(Some(direct)),
            Stage::Stopped => Some(None),
        })
        .await
    }

    /// Waits until the first login has succeeded; false when it never will.
    pub async fn logged_in(&self) -> bool {
        self.wait(|stage| match stage {
            Stage::Waiting | Stage::Asked { .. } => None,
            Stage::LoggedIn { .. } => Some(Some(true)),
            Stage::Stopped => Some(None),
        })
        .await
        .is_some()
    }

    async fn wait(&self, mut known: impl FnMut(Stage) -> Option<Option<bool>>) -> Option<bool> {
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
