//! Parse, run, exit code.

use std::panic;
use std::process::ExitCode;

use supascope::{bug, commands};

fn main() -> ExitCode {
    panic::set_hook(Box::new(bug::report));
    let arguments: Vec<_> = std::env::args_os().collect();
    let status = panic::catch_unwind(|| commands::run(&arguments)).unwrap_or(supascope::exit::BUG);
    ExitCode::from(bug::status(status))
}
