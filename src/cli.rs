//! The command line: definitions only.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::rules;

mod plan;

pub use plan::{PlanArgs, PlanFormat};

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
    /// Work out whether a fleet of pools fits a compute size, and what would. Never uses the network.
    #[command(after_help = plan::HELP)]
    Plan(PlanArgs),
}

const INSPECT_HELP: &str = "\
Examples:
  supascope inspect env:DATABASE_URL --stack prisma-6 --workload serverless
  pbpaste | supascope inspect -
  supascope inspect --env-file deploy/.env.production --fail-on warning

A setting given as an argument can be seen by other users of this machine in the
list of processes; env:NAME, @FILE and - avoid that.";

const PROBE_HELP: &str = "\
Examples:
  supascope probe env:DATABASE_URL
  supascope probe env:DATABASE_URL --tier small --pool-size 15
  supascope probe env:DATABASE_URL --sslrootcert prod-ca-2021.crt --format json

A probe opens a few short connections, holds at most three server connections
for at most 1.5 s each, tries the password once, over TLS only, and writes
nothing. Its own connections are counted apart.

A setting given as an argument can be seen by other users of this machine in the
list of processes; env:NAME, @FILE and - avoid that.";

/// `supascope inspect`
#[derive(Debug, Args)]
pub struct InspectArgs {
    /// What to look at and how to show it.
    #[command(flatten)]
    pub shared: SharedArgs,
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
    /// Store Supabase's root certificate there (PEM) if the server sends it and its SHA-256 is a known one
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub save_ca: Option<PathBuf>,
}

/// Options of every command that takes targets.
#[derive(Debug, Args)]
pub struct SharedArgs {
    /// A connection setting, env:NAME, @FILE (one a line) or - (standard input, one a line).
    ///
    /// Without any, settings are looked for in the environment, then in .env, .env.local, .env.development and
    /// .env.production of the working directory.
    #[arg(value_name = "TARGET")]
    pub targets: Vec<OsString>,

    /// Read this file in place of the .env files that are looked for (repeatable)
    #[arg(long, value_name = "FILE", help_heading = "Where to look")]
    pub env_file: Vec<PathBuf>,

    /// The driver or ORM that connects, as ID or ID@VERSION (repeatable)
    #[arg(long, value_name = "ID", help_heading = "The application")]
    pub stack: Vec<String>,

    /// How the application runs; without it, settings are given for all three
    #[arg(long, value_enum, value_name = "KIND", help_heading = "The application")]
    pub workload: Option<Workload>,

    /// The project's compute size, for example micro, small or 2xl
    #[arg(long, value_name = "ID", help_heading = "The application")]
    pub tier: Option<String>,

    /// The pooler's pool size, from the dashboard
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..), help_heading = "The application")]
    pub pool_size: Option<u32>,

    /// Root certificates to verify the server with (PEM)
    #[arg(long, value_name = "FILE", help_heading = "The application")]
    pub sslrootcert: Option<PathBuf>,

    /// How to show the result
    #[arg(long, value_enum, default_value_t = Format::Human, value_name = "FORMAT", help_heading = "Output")]
    pub format: Format,

    /// The mildest severity that makes the exit status 1
    #[arg(long, value_enum, default_value_t = FailOn::Error, value_name = "SEVERITY", help_heading = "Output")]
    pub fail_on: FailOn,

    /// Report this rule only (repeatable)
    #[arg(long, value_name = "RULE", help_heading = "Output")]
    pub only: Vec<String>,

    /// Do not report this rule (repeatable)
    #[arg(long, value_name = "RULE", help_heading = "Output")]
    pub skip: Vec<String>,

    /// Print passwords in place of ****
    #[arg(long, help_heading = "Output")]
    pub reveal_password: bool,

    /// `--color`
    #[arg(long, help = "When to use colour; NO_COLOR is honoured", value_enum, default_value_t = Color::Auto, value_name = "WHEN", help_heading = "Output")]
    pub color: Color,

    /// Findings only; nothing when there are none
    #[arg(short, long, conflicts_with = "verbose", help_heading = "Output")]
    pub quiet: bool,

    /// Everything that is known
    #[arg(short, long, help_heading = "Output")]
    pub verbose: bool,
}

/// Options of the commands that use the network.
#[derive(Debug, Args)]
pub struct NetworkArgs {
    /// Longest wait for one connection
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 10,
        value_parser = clap::value_parser!(u64).range(1..=3600),
        help_heading = "Network"
    )]
    pub connect_timeout: u64,

    /// Longest time for a whole target
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 30,
        value_parser = clap::value_parser!(u64).range(1..=86400),
        help_heading = "Network"
    )]
    pub deadline: u64,
}

/// `--format`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Human,
    /// One document
    Json,
    /// One target a line
    Ndjson,
    /// To paste into an issue
    Markdown,
}

/// `--fail-on`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// Errors
    Error,
    /// Warnings and errors
    Warning,
    /// Anything
    Note,
    /// Nothing: findings never change the exit status
    Never,
}

impl From<FailOn> for Option<rules::Severity> {
    fn from(fail_on: FailOn) -> Self {
        match fail_on {
            FailOn::Error => Some(rules::Severity::Error),
            FailOn::Warning => Some(rules::Severity::Warning),
            FailOn::Note => Some(rules::Severity::Note),
            FailOn::Never => None,
        }
    }
}

/// `--workload`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Workload {
    /// A long-running process with a pool
    Persistent,
    /// Many short-lived processes
    Serverless,
    /// Schema changes, dumps, administration
    Migrations,
}

impl From<Workload> for rules::Workload {
    fn from(workload: Workload) -> Self {
        match workload {
            Workload::Persistent => Self::Persistent,
            Workload::Serverless => Self::Serverless,
            Workload::Migrations => Self::Migrations,
        }
    }
}

/// `--color`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal
    Auto,
    /// Everywhere
    Always,
    /// Nowhere
    Never,
}

impl From<Color> for anstream::ColorChoice {
    fn from(color: Color) -> Self {
        match color {
            Color::Auto => Self::Auto,
            Color::Always => Self::Always,
            Color::Never => Self::Never,
        }
    }
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
