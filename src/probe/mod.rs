//! What the endpoint really does: one measurement a file, and a plan that runs them side by side.
//!
//! The procedures are those that were run against Supavisor 2.8.8 and 2.9.7, `PgBouncer` 1.18 and 1.24 and PostgreSQL 15
//! (November 2026). Every part of the result is measured, inconclusive, skipped or failed, and says why; luck is never
//! taken for a proof.
//!
//! * [`door`]: where and as whom; [`plan`]: what runs beside what; [`budget`]: the one place that grants connections.
//! * `link`: one connection from the first packet to the greeting; `login` and `gate`: who may send a proof, and when.
//! * `room`: whether a further login may take a slot.
//! * `resolve`, `tls`, `direct_tls`, `plaintext`, `fingerprint`, `first_batch`, `pair`, `trial`, `startup_options`, `headroom`:
//!   measurements.
//! * `statements`, `session_state`, `refusal`, `draft`: judgements, pure functions of what was measured.

pub mod budget;
mod direct_tls;
pub mod door;
pub(crate) mod draft;
mod fingerprint;
mod first_batch;
mod gate;
pub(crate) mod headroom;
mod leftovers;
pub(crate) mod link;
mod login;
pub(crate) mod names;
mod outcome;
mod pair;
mod plaintext;
pub mod plan;
pub(crate) mod refusal;
pub(crate) mod resolve;
mod room;
mod session_state;
mod startup_options;
mod statements;
pub mod tls;
pub mod trace;
mod trial;

pub use outcome::*;
