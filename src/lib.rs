//! supascope reads a Postgres connection setting, says which Supabase endpoint it knocks on, and measures that endpoint.
//!
//! The data goes one way, and each room knows only the rooms to its left:
//!
//! ```text
//!  target ──► conninfo ──► endpoint ──► probe ──► rules + advice ──► report
//!  where a     what it      which door   what the   what is wrong,     one file
//!  setting     says         it knocks    endpoint   what to set        a format
//!  was found                on           does
//!                  knowledge (profiles/*.toml, typed) serves endpoint, probe, rules, advice, capacity
//! ```
//!
//! * [`secret`]: text that may hold a password; it can be shown masked, and only masked.
//! * [`target`]: finds settings in arguments, the environment, `.env` files, lists and standard input.
//! * [`conninfo`]: reads one setting exactly as the driver that owns its syntax does.
//! * [`endpoint`]: decides by host and port which door a setting knocks on.
//! * [`knowledge`]: the profiles of tiers, hosts, services and stacks, as typed data with sources.
//! * [`context`]: what the user says about the application: stacks, workload, tier, pool.
//! * [`capacity`]: the arithmetic of pools, budgets and tiers.
//! * [`wire`]: Postgres protocol frames, startup, TLS and SCRAM; bounded, and without policy.
//! * [`probe`]: one measurement a file, and the plan that runs them side by side within a budget.
//! * [`client`]: a session as an application has one: `tokio-postgres` over the wire above.
//! * [`rehearse`]: the application's pools, run against the endpoint within a share of what is free.
//! * [`rules`]: one rule a file; [`advice`]: the settings that belong with a stack and an endpoint.
//! * [`policy`]: which findings count in a repository, and which are accepted.
//! * [`scan`]: finds settings, and the code that uses them, in a repository.
//! * [`repair`]: applies the corrections that findings offer, and patches `.env` files.
//! * [`template`]: the `.env` and the code that go with a stack; a user's file keeps what is his.
//! * [`explain`]: a text or a log in, causes of connection errors out.
//! * [`watch`]: who holds the connections, from look to look: a sampler, a pure model, a screen.
//! * [`report`]: one format a file; [`commands`]: one verb a file, glue only.
//!
//! Everything but [`target`], [`scan`], [`wire`], [`probe`], [`client`], [`rehearse::conduct`], [`repair::save`] and
//! [`commands`] is a pure function of its inputs.

pub mod advice;
pub mod bug;
pub mod capacity;
pub mod cli;
pub mod client;
pub mod commands;
pub mod conninfo;
pub mod context;
pub mod endpoint;
pub mod exit;
pub mod explain;
pub mod knowledge;
pub mod policy;
pub mod probe;
pub mod rehearse;
pub mod repair;
pub mod report;
pub mod rules;
pub mod scan;
pub mod secret;
pub mod target;
pub mod template;
pub mod watch;
pub mod wire;
