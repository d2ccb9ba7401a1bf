//! How far a big log is, on standard error when that is a terminal.

use std::io::{self, IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

/// Shorter logs are done before anybody wonders.
const QUIET: Duration = Duration::from_millis(500);
const EVERY: Duration = Duration::from_millis(200);

/// Shows a line that is rewritten, and takes it away in the end.
pub(super) struct Progress {
    len: Option<u64>,
    read: u64,
    next: Option<Instant>,
    shown: bool,
}

impl Progress {
    pub(super) fn new(len: Option<u64>) -> Self {
        let next = io::stderr().is_terminal().then(|| Instant::now() + QUIET);
        Self { len, read: 0, next, shown: false }
    }

    pub(super) fn advance(&mut self, bytes: usize) {
        self.read += bytes as u64;
        if self.next.is_some_and(|next| Instant::now() >= next) {
            self.next = Some(Instant::now() + EVERY);
            self.shown = true;
            let megabytes = self.read >> 20;
            let share = self.len.filter(|len| *len > 0).map(|len| format!(" ({} %)", self.read * 100 / len));
            // Without a terminal that takes it, nobody misses it.
            let _ = write!(io::stderr(), "\r\x1b[K{megabytes} MiB read{}", share.unwrap_or_default());
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.shown {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}
