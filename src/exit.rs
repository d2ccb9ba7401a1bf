//! The exit status, the same for every format: scripts depend on these numbers.

/// Nothing at or above `--fail-on`.
pub const OK: u8 = 0;
/// Findings at or above `--fail-on`.
pub const FINDINGS: u8 = 1;
/// Bad usage, unreadable input or configuration.
pub const USAGE: u8 = 2;
/// Could not check: unreachable, timed out, refused; nothing was learnt about the question asked.
pub const UNCHECKED: u8 = 3;
/// Interrupted from the keyboard: 128 and the number of the signal, as shells report it (POSIX.1-2024, "2.8.2 Exit Status
/// for Commands": above 128).
pub const INTERRUPTED: u8 = 128 + 2;
/// Asked to end by `SIGTERM`.
pub const TERMINATED: u8 = 128 + 15;
/// A bug in supascope (`EX_SOFTWARE` of BSD's `sysexits.h`).
pub const BUG: u8 = 70;
