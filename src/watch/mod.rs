//! Who holds the connections, right now and lately.
//!
//! ```text
//!  sampler ─► observation ─► model ─► picture ─► view, report
//!  one         a sample or     what has    what is     a screen,
//!  connection  a failure       happened    shown       lines
//! ```
//!
//! Only [`sampler`] uses the network, and [`terminal`] the terminal; the model is a function of the observations, so that a
//! recording of them ([`record`]) shows what was seen.

pub mod alert;
mod event;
pub mod holder;
mod leak;
mod model;
mod observation;
mod picture;
mod pools;
mod query;
pub mod record;
mod sample;
pub mod sampler;
mod setup;
mod statement;
pub mod terminal;
mod trend;
mod verdict;
pub mod view;

#[cfg(test)]
mod model_tests;
#[cfg(test)]
pub(crate) mod testing;

pub use event::{Event, EventKind};
pub use leak::Suspect;
pub use model::{Link, Model};
pub use observation::{Full, Observation, Trouble};
pub(crate) use picture::seconds;
pub use picture::{Change, Cost, Picture, RoleUse, SessionLine, Slots};
pub use pools::{PoolGauge, Waiting};
pub use sample::{Limits, Observer, PoolRow, RoleLimit, Sample, Seen, Server, Session};
pub use setup::{Admin, Setup};
pub use statement::{Termination, termination};
pub use trend::{Trend, trend};
pub use verdict::{Level, Verdict};

use std::time::{SystemTime, UNIX_EPOCH};

/// A session that has been idle in its transaction for this long is no pause between two statements; the rule
/// `idle-in-transaction` draws the line at the same place.
pub const IDLE_IN_TRANSACTION_S: f64 = 30.0;
/// A transaction open for this long is long; the rule `long-transaction` draws the line at the same place.
pub const LONG_TRANSACTION_S: f64 = 300.0;

/// Now, in milliseconds since 1970.
pub fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
