//! Signals that ask a run to end.

use std::io;

use thiserror::Error;

use crate::exit;

/// The run was asked to end before it was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Interrupted {
    /// `SIGINT`, or what the platform has in its place.
    #[error("interrupted")]
    Keyboard,
    /// `SIGTERM`
    #[error("asked to end (SIGTERM)")]
    Terminate,
}

impl Interrupted {
    /// The exit status of a run that has ended so.
    pub const fn status(self) -> u8 {
        match self {
            Self::Keyboard => exit::INTERRUPTED,
            Self::Terminate => exit::TERMINATED,
        }
    }
}

/// The signals, from when this was made on; the process no longer ends by itself then.
pub struct Interrupts {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    keyboard: tokio::signal::unix::Signal,
}

impl Interrupts {
    /// Begins to listen.
    #[cfg(unix)]
    pub fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { terminate: signal(SignalKind::terminate())?, keyboard: signal(SignalKind::interrupt())? })
    }

    /// Waits for the next one.
    #[cfg(unix)]
    pub async fn next(&mut self) -> Interrupted {
        tokio::select! {
            _ = self.keyboard.recv() => Interrupted::Keyboard,
            _ = self.terminate.recv() => Interrupted::Terminate,
        }
    }

    /// Begins to listen.
    #[cfg(not(unix))]
    pub fn listen() -> io::Result<Self> {
        Ok(Self {})
    }

    /// Waits for the next one.
    #[cfg(not(unix))]
    pub async fn next(&mut self) -> Interrupted {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        Interrupted::Keyboard
    }
}
