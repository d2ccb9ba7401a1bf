//! The parts of the hostile tests; see `tests/hostile.rs`.

mod backend;
mod case;
mod certificates;
mod play;
mod scram;
mod server;
mod supavisor;
mod transcripts;

mod bad_input;
mod binary;
mod rehearsal;
mod whole_probe;
