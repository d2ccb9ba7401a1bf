//! The probe against servers that lie, flood, stall or are no Postgres at all, and against a Supavisor made for the test.
//!
//! What no real server can be made to say is said by a scripted one (`hostile/server.rs`) that plays the cases of
//! `hostile/cases/*.toml`. Every case asserts what must hold whoever answers: the probe ends in time, no piece of the
//! password reaches the server or the report, at most one proof of the password is sent before one has succeeded, and no
//! more connections are opened than promised.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says where and stops")]

mod lab;

#[path = "hostile/mod.rs"]
mod hostile;
