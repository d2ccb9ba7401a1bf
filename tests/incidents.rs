//! Incidents: pools of real servers are driven into exhaustion by a load that is made here. Each time the watch has to say
//! who it is, in its model and on a screen of 80 columns and 24 lines, and `explain` has to name the cause by what the
//! servers logged and by what the clients were told.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says where and stops")]

mod lab;

#[path = "incidents/mod.rs"]
mod incidents;
