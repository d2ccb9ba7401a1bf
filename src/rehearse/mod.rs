//! The application's pools, run against the endpoint before they are deployed.
//!
//! * `application`: its numbers; [`allowance`]: what may be taken of what is free; `load`: pools, steps and statements.
//! * `histogram`, `knee`, `verdict`: what the figures mean. All these are pure.
//! * [`conduct`]: the order of things; `links`: the one place that opens connections; `pools`, `runner`: the load;
//!   `monitor`: the connection that looks whether others wait; `queue`: a console that knows; `failure`: what an error means.

pub mod allowance;
mod application;
pub mod conduct;
mod dry_run;
mod failure;
mod histogram;
mod knee;
mod links;
mod load;
mod monitor;
mod outcome;
mod pools;
mod queue;
mod runner;
mod stop;
mod verdict;

pub use application::{
    Application, DEFAULT_QUERY_MS, Given, Known, MAX_COUNT, MAX_QUERY_MS, Offered, Origin, PoolUnknown,
};
pub use dry_run::DryRun;
pub use histogram::{Histogram, Row};
pub use knee::{Evidence, Knee};
pub use load::{PoolShape, Pools, Statements, Step, ramp};
pub use outcome::{Advised, End, Failed, Learnt, Limit, LimitFrom, Load, PerRequest, Rehearsal, StepResult, Volley};
pub use verdict::{Finding, Verdict, load_share_percent, offer, share_percent, sum};
