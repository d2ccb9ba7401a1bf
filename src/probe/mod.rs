//! What the endpoint really does: one measurement a file, and a plan that runs them side by side.
//!
//! The procedures are those that were run against Supavisor 2.8.8 and 2.9.7, `PgBouncer` 1.18 and 1.24 and PostgreSQL 15
//! (November 2026). Every part of the result is measured, inconclusive, skipped or failed, and says why; luck is never
//! taken for a proof.

mod outcome;
pub mod tls;

pub use outcome::*;
