//! `supascope env`: definitions only.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::Workload;
use crate::capacity::{MAX_NUMBER, PlanEndpoint};

/// What `supascope env --help` ends with.
pub const HELP: &str = "\
The pooler's host cannot be worked out from the region: copy it from the
dashboard (Connect), or leave --host out and put it in later.

With -o FILE the .env is written there with mode 0600, and never over a file
that exists without --merge or --force. With --code, files of code are written
beside it under their own names; one that exists is an error, with --merge it
is left as it is, with --force it is replaced.

--merge changes or adds the variables of the stack, and nothing else. Passwords,
roles, databases, host and ref that stand in the file are taken over.

Examples:
  supascope env --stack prisma-6 --workload serverless --ref REF --host HOST
  supascope env --stack sqlalchemy-asyncpg --tier small --instances 4 --code
  supascope env --stack django --ref REF --host HOST -o .env
  supascope env --stack node-postgres -o .env --merge";

/// `supascope env`
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub struct EnvArgs {
    /// The driver, ORM or tool, as ID or ID@VERSION (repeatable; supascope list stacks)
    #[arg(long, value_name = "ID", required = true, help_heading = "The application")]
    pub stack: Vec<String>,

    /// How the application runs [default: persistent, or what the stack is made for]
    #[arg(long, value_enum, value_name = "KIND", help_heading = "The application")]
    pub workload: Option<Workload>,

    /// Where to connect [default: what suits stack and workload best]
    #[arg(long, value_enum, value_name = "ENDPOINT", help_heading = "The application")]
    pub endpoint: Option<Endpoint>,

    /// Processes of the application in all: machines times workers
    #[arg(
        long,
        value_name = "N",
        value_parser = number(),
        allow_negative_numbers = true,
        help_heading = "The application"
    )]
    pub instances: Option<u32>,

    /// The project's ref: 20 small letters
    #[arg(long = "ref", value_name = "REF", help_heading = "The project")]
    pub reference: Option<String>,

    /// The shared pooler's host, from the dashboard (Connect)
    #[arg(long, value_name = "HOST", help_heading = "The project")]
    pub host: Option<String>,

    /// The project's compute size, for example micro, small or 2xl
    #[arg(long, value_name = "ID", help_heading = "The project")]
    pub tier: Option<String>,

    /// The pooler's pool size, from the dashboard
    #[arg(
        long,
        value_name = "N",
        value_parser = number(),
        allow_negative_numbers = true,
        help_heading = "The project"
    )]
    pub pool_size: Option<u32>,

    /// The file with Supabase's CA [default: prod-ca-2021.crt]
    #[arg(long, value_name = "FILE", help_heading = "The project")]
    pub sslrootcert: Option<PathBuf>,

    /// Take the password from this variable of the environment; without it a placeholder is written
    #[arg(long, value_name = "env:NAME", help_heading = "The project")]
    pub password_from: Option<String>,

    /// Write the .env there
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    pub output: Option<PathBuf>,

    /// Change or add the stack's variables in the file, and nothing else
    #[arg(long, requires = "output", help_heading = "Output")]
    pub merge: bool,

    /// Write over files that exist, and over settings of other servers
    #[arg(long, requires = "output", help_heading = "Output")]
    pub force: bool,

    /// Add the driver's own configuration
    #[arg(long, help_heading = "Output")]
    pub code: bool,

    /// How to print it
    #[arg(long, value_enum, default_value_t = EnvFormat::Text, value_name = "FORMAT", help_heading = "Output")]
    pub format: EnvFormat,

    /// Print the password of --password-from
    #[arg(long, help_heading = "Output")]
    pub reveal_password: bool,

    /// No warnings, and nothing about what was written
    #[arg(short, long, help_heading = "Output")]
    pub quiet: bool,
}

/// A number of connections or processes.
fn number() -> clap::builder::RangedI64ValueParser<u32> {
    clap::value_parser!(u32).range(1..=i64::from(MAX_NUMBER))
}

/// `--format`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum EnvFormat {
    /// The files, one after the other
    Text,
    /// One document: {"files":[{"path","text"}]}
    Json,
}

/// `--endpoint`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Endpoint {
    /// The shared pooler in session mode (port 5432)
    Session,
    /// The shared pooler in transaction mode (port 6543)
    Transaction,
    /// The dedicated pooler (db.<ref>.supabase.co:6543)
    Dedicated,
    /// The database itself (db.<ref>.supabase.co:5432)
    Direct,
}

impl From<Endpoint> for PlanEndpoint {
    fn from(endpoint: Endpoint) -> Self {
        match endpoint {
            Endpoint::Session => Self::Session,
            Endpoint::Transaction => Self::Transaction,
            Endpoint::Dedicated => Self::Dedicated,
            Endpoint::Direct => Self::Direct,
        }
    }
}
