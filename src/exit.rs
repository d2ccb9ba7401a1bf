//! The exit status, the same for every format: scripts depend on these five numbers.

/// Nothing at or above `--fail-on`.
pub const OK: u8 = 0;
/// Findings at or above `--fail-on`.
pub const FINDINGS: u8 = 1;
/// Bad usage, unreadable input or configuration.
pub const USAGE: u8 = 2;
/// Could not check: unreachable, timed out, refused; nothing was learnt about the question asked.
pub const UNCHECKED: u8 = 3;
/// A bug in supascope (`EX_SOFTWARE` of BSD's `sysexits.h`).
pub const BUG: u8 = 70;
