//! The parts of the hostile tests; see `tests/hostile.rs`.

mod case;
mod certificates;
mod play;
mod scram;
mod server;

mod bad_input;
