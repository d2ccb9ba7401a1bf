//! The Postgres protocol, version 3, from a client's seat: frames, startup, TLS, SCRAM, batches.
//!
//! Everything is bounded (a frame, a reply, a wait), a peer's length field is never trusted, and there is no policy
//! here: what to send, to whom and how often is decided in [`crate::probe`].
//!
//! One write is one batch with exactly one `ReadyForQuery`, which is awaited before the next write: Supavisor 2.8.8
//! loses the answers to anything sent beyond that (measured, November 2026), and every other server is content with it.

mod batch;
mod connection;
mod error;
pub(crate) mod frame;
pub(crate) mod message;
pub(crate) mod scram;
mod startup;
pub mod tls;

pub use batch::{Batch, Reply, Row};
pub use connection::{Connection, Stream};
pub use error::WireError;
pub use message::{AuthRequest, ErrorFields, Message};
pub use scram::{Keyring, Proof, Scram};
pub use startup::{SslAnswer, request_tls, startup_message};
