//! The built binary from outside: exit status, what stands on which stream, and that no secret stands on any.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

mod check;
mod common;
mod env;
mod env_files;
mod explain;
mod fix;
mod formats;
mod knowledge;
mod options;
mod plan;
mod profiles;
mod rehearse;
mod schema;
mod secrets;
mod shell;
mod usage;
