//! The verbs: arguments in, report out; glue only.

mod check;
mod env;
mod explain;
mod fix;
mod inspect;
mod interrupt;
mod list;
mod measure;
mod nearest;
mod output;
mod pipeline;
mod plan;
mod probe;
mod rehearse;
mod rule_filter;
mod save_ca;
mod scan;
mod shell;
pub(crate) mod stacks;
mod usage;
mod watch;

#[cfg(test)]
mod tests_secrecy;

use std::ffi::OsString;
use std::io;

use clap::Parser as _;

use crate::cli::{Cli, Command};
use crate::{exit, knowledge};

/// Runs one command line (the program's name first) and returns the exit status.
pub fn run(arguments: &[OsString]) -> u8 {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => return usage::report(error, arguments),
    };
    if let Some(Err(error)) = cli.profiles.as_deref().map(knowledge::load_profiles) {
        usage::error(&format!("--profiles: failed to {error}"));
        return exit::USAGE;
    }
    let result = match &cli.command {
        Command::Inspect(args) => inspect::run(args),
        Command::Probe(args) => probe::run(args),
        Command::Check(args) => check::run(args),
        Command::Scan(args) => scan::run(args),
        Command::Plan(args) => plan::run(args),
        Command::Env(args) => env::run(args),
        Command::Rehearse(args) => rehearse::run(args),
        Command::Explain(args) => explain::run(args),
        Command::Watch(args) => watch::run(args),
        Command::List(args) => list::run(args),
        Command::Completions(args) => shell::completions(args),
        Command::Man(args) => shell::man(args),
    };
    match result {
        Ok(status) => status,
        Err(error) if is_broken_pipe(&error) => exit::OK,
        Err(error) => {
            usage::error(&format!("{error:#}"));
            error.downcast_ref::<interrupt::Interrupted>().map_or(exit::USAGE, |interrupted| interrupted.status())
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
