//! The command line: definitions only.

mod shared;
mod values;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

pub use shared::{LookArgs, NetworkArgs, SharedArgs};
pub use values::{Color, FailOn, Format, TextFormat, Topic, Workload};

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
    /// What an error, a log or a rule means, and what to do about it. Never uses the network.
    #[command(after_help = EXPLAIN_HELP)]
    Explain(ExplainArgs),
    /// The knowledge itself, with its sources: rules, stacks, tiers, regions, services, and the schema of the reports.
    #[command(after_help = LIST_HELP)]
    List(ListArgs),
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

const EXPLAIN_HELP: &str = "\
Examples:
  supascope explain 'FATAL: Tenant or user not found'
  supascope explain -f app.log --target env:DATABASE_URL
  journalctl -u app | supascope explain -
  supascope explain -f app.log --follow
  supascope explain user-missing-ref       a rule, an error or a cause by its id

Passwords in what is quoted from a log are masked.

Exit status:
   0  something is explained
   1  the text holds no known error
   2  bad usage or unreadable input (compressed or UTF-16 text too)";

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
}

/// `supascope explain`
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// An error text, the id of a rule, an error or a cause, or - for standard input
    #[arg(value_name = "TEXT", required_unless_present = "file")]
    pub text: Vec<OsString>,

    /// Read a log in place of a text (- is standard input)
    #[arg(short, long, value_name = "FILE", conflicts_with = "text")]
    pub file: Option<PathBuf>,

    /// Go on as the log grows; each error is explained when it is first met
    #[arg(long)]
    pub follow: bool,

    /// Say what it means at this endpoint: a connection setting, env:NAME, @FILE or -
    #[arg(long, value_name = "SETTING")]
    pub target: Option<OsString>,

    /// How to show it.
    #[command(flatten)]
    pub look: LookArgs,
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
