//! The command line: definitions only.

mod shared;
mod values;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

pub use shared::{ConcurrencyArgs, LookArgs, NetworkArgs, RepairArgs, SharedArgs};
pub use values::{Color, FailOn, Format, RehearseFormat, TextFormat, Topic, Workload};

mod check;
mod env;
mod explain;
mod plan;
mod rehearse;
mod scan;
mod shell;
mod watch;

pub use check::{CheckArgs, PolicyArgs, Shard};
pub use env::{EnvArgs, EnvFormat};
pub use explain::ExplainArgs;
pub use plan::{PlanArgs, PlanFormat};
pub use rehearse::RehearseArgs;
pub use scan::ScanArgs;
pub use shell::{CompletionsArgs, ManArgs};
pub use watch::{WatchArgs, WatchFormat};

const AFTER_HELP: &str = "\
Examples:
  supascope inspect env:DATABASE_URL   read one variable (environment or .env)
  supascope inspect                    find settings in environment and .env files
  supascope probe env:DATABASE_URL     connect, and measure the endpoint
  supascope probe @settings.txt --format json > report.json

Secrets:
  A setting given as an argument can be seen by other users of this machine in
  the list of processes, and stays in the shell's history. env:NAME, @FILE and -
  avoid both. A password is printed only with --reveal-password.

Exit status:
   0  nothing at or above --fail-on
   1  findings at or above --fail-on
   2  bad usage or unreadable input
   3  could not check: unreachable, timed out, refused
  70  a bug in supascope";

/// Diagnoses Supabase Postgres connections: reads the setting, measures the endpoint, says what to change.
#[derive(Debug, Parser)]
#[command(name = "supascope", version, after_help = AFTER_HELP, propagate_version = true, max_term_width = 110)]
pub struct Cli {
    /// Profiles of your own: stacks/ID.toml, templates/ID.toml, errors/FAMILY.toml, tiers.toml, services.toml
    ///
    /// In the format of the built-in ones. Entries are added; one with an id that is built in takes its place. `supascope list`
    /// says which come from there.
    #[arg(long, global = true, value_name = "DIR", help_heading = "Knowledge")]
    pub profiles: Option<PathBuf>,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Read a setting: what it is, whether it is right, what belongs with it. Never uses the network.
    #[command(after_help = INSPECT_HELP)]
    Inspect(InspectArgs),
    /// Measure the endpoint behind a setting: all that inspect says, and what the endpoint really does.
    #[command(after_help = PROBE_HELP)]
    Probe(ProbeArgs),
    /// Preflight for CI: every setting found, judged against a policy, and measured with --probe.
    #[command(after_help = check::HELP)]
    Check(CheckArgs),
    /// Find the settings of a repository, and the code that uses them; say what is wrong. Never uses the network.
    #[command(
        after_help = scan::HELP,
        mut_arg("targets", |arg| arg
            .value_name("PATH")
            .help("A file or a directory [default: this directory]")
            .long_help("A file or a directory [default: this directory]")),
        mut_arg("env_file", |arg| arg.help("Read this file too, wherever it stands (repeatable)"))
    )]
    Scan(ScanArgs),
    /// Work out whether a fleet of pools fits a compute size, and what would. Never uses the network.
    #[command(after_help = plan::HELP)]
    Plan(PlanArgs),
    /// Write the .env for a stack, and the code that goes with it. Never uses the network.
    #[command(after_help = env::HELP)]
    Env(EnvArgs),
    /// Run the application's pools against the endpoint, within a share of what is free, before they are deployed.
    #[command(after_help = rehearse::HELP)]
    Rehearse(RehearseArgs),
    /// What an error, a log or a rule means, and what to do about it. Never uses the network.
    #[command(after_help = explain::HELP)]
    Explain(ExplainArgs),
    /// Who holds the connections, right now and lately: a screen, lines, or a recording.
    #[command(after_help = watch::HELP)]
    Watch(WatchArgs),
    /// The knowledge itself, with its sources: rules, errors, stacks, tiers, regions, services, the schema of the
    /// reports and a sample policy.
    #[command(after_help = LIST_HELP)]
    List(ListArgs),
    /// A completion script for a shell.
    #[command(after_help = shell::COMPLETIONS_HELP)]
    Completions(CompletionsArgs),
    /// The manual page, as roff: `supascope man | man -l -`.
    Man(ManArgs),
}

const INSPECT_HELP: &str = "\
Examples:
  supascope inspect env:DATABASE_URL --stack prisma-6 --workload serverless
  pbpaste | supascope inspect -
  supascope inspect --env-file deploy/.env.production --fail-on warning
  supascope inspect --diff && supascope inspect --fix

A setting given as an argument can be seen by other users of this machine in the
list of processes; env:NAME, @FILE and - avoid that.";

const PROBE_HELP: &str = "\
Examples:
  supascope probe env:DATABASE_URL
  supascope probe env:DATABASE_URL --tier small --pool-size 15
  supascope probe env:DATABASE_URL --sslrootcert prod-ca-2021.crt --format json
  supascope probe env:DATABASE_URL --save-ca prod-ca-2021.crt
  supascope probe @fleet.txt --format ndjson --concurrency 16

A probe opens a few short connections, holds at most three server connections
for at most 1.5 s each, tries the password once, over TLS only, and writes
nothing. Its own connections are counted apart.

A setting given as an argument can be seen by other users of this machine in the
list of processes; env:NAME, @FILE and - avoid that.";

const LIST_HELP: &str = "\
Examples:
  supascope list rules
  supascope list tiers --format json
  supascope list schema > supascope.report.v1.schema.json";

/// `supascope inspect`
#[derive(Debug, Args)]
pub struct InspectArgs {
    /// What to look at and how to show it.
    #[command(flatten)]
    pub shared: SharedArgs,
    /// Whether to repair it.
    #[command(flatten)]
    pub repair: RepairArgs,
}

/// `supascope probe`
#[derive(Debug, Args)]
pub struct ProbeArgs {
    /// What to look at and how to show it.
    #[command(flatten)]
    pub shared: SharedArgs,
    /// The limits of time.
    #[command(flatten)]
    pub network: NetworkArgs,
    /// How many side by side.
    #[command(flatten)]
    pub many: ConcurrencyArgs,
    /// Store Supabase's root certificate there (PEM) if the server sends it and its SHA-256 is a known one
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub save_ca: Option<PathBuf>,
}

/// `supascope list`
#[derive(Debug, Args)]
pub struct ListArgs {
    /// What to print
    #[arg(value_enum, value_name = "TOPIC")]
    pub topic: Topic,
    /// How to show it.
    #[command(flatten)]
    pub look: LookArgs,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_definition_is_consistent() {
        Cli::command().debug_assert();
    }
}
