//! The verbs: arguments in, report out; glue only.

mod env;
mod explain;
mod fix;
mod inspect;
mod list;
mod nearest;
mod output;
mod pipeline;
mod plan;
mod probe;
mod rule_filter;
mod save_ca;
pub(crate) mod stacks;
mod usage;

use std::ffi::OsString;
use std::io::{self, Write as _};

use clap::Parser as _;

use crate::cli::{Cli, Command};
use crate::exit;

/// Runs one command line (the program's name first) and returns the exit status.
pub fn run(arguments: &[OsString]) -> u8 {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => return usage::report(error, arguments),
    };
    let result = match &cli.command {
        Command::Inspect(args) => inspect::run(args),
        Command::Probe(args) => probe::run(args),
        Command::Plan(args) => plan::run(args),
        Command::Env(args) => env::run(args),
        Command::Explain(args) => explain::run(args),
        Command::List(args) => list::run(args),
    };
    match result {
        Ok(status) => status,
        Err(error) if is_broken_pipe(&error) => exit::OK,
        Err(error) => {
            let message = crate::report::escape::escape(&format!("{error:#}")).into_owned();
            let _ = writeln!(anstream::stderr(), "error: {message}");
            exit::USAGE
        }
    }
}

/// Whether the reader of standard output has left, as `head` does when it has seen enough: no error of ours.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
}
