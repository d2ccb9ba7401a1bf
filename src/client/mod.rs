//! A session as an application has one: `tokio-postgres` over the project's own TCP and TLS.
//!
//! The measuring rooms build on [`crate::wire`], which shows what a driver hides. Where supascope acts as an application
//! does, a driver is what an application would use. What it must not do, a guard under it prevents: the password itself is
//! never sent (a server that asks for it in clear is left), MD5 is answered over TLS only, hashing and message sizes are
//! bounded. The certificate is judged as libpq would judge it before the driver sees the connection.
//!
//! Nothing here repeats anything: a caller that wants another try looks at `ConnectError::retry` first, because Supabase
//! bans an address whose logins fail.

mod dial;
mod error;
mod guard;
mod pool;

pub use dial::{Dialer, Session};
pub use error::{ConnectError, Retry, is_lost, server_error};

use std::time::Duration;

use crate::conninfo::Conninfo;

/// The `connect_timeout` of a setting, in seconds as libpq reads it; `None` when it has none, or waits for ever.
pub fn connect_timeout(conninfo: &Conninfo) -> Option<Duration> {
    let seconds: i64 = conninfo.parameter("connect_timeout")?.value.trim().parse().ok()?;
    // "Zero, negative, or not specified means wait indefinitely" (PostgreSQL 15 documentation, 34.1.2).
    u64::try_from(seconds).ok().filter(|seconds| *seconds > 0).map(|seconds| Duration::from_secs(seconds.min(3600)))
}
