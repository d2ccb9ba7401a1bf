//! `supascope plan`: definitions only.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{Color, FailOn};
use crate::capacity::MAX_NUMBER;

/// What `supascope plan --help` ends with.
pub const HELP: &str = "\
A service is NAME=key:value,...:
  endpoint      session, transaction, dedicated or direct (required)
  pool          most connections of one pool (required, or stack:ID for the
                driver's default)
  overflow      connections beyond it (SQLAlchemy's max_overflow)
  replicas      machines or containers (also: instances)
  workers       processes on each
  engines       pools in each process
  qps,query_ms  transactions per second of the whole service, and how long each
                holds its connection on average
  user,db       role and database, where they differ: each pair has its own pool
  search_path   sent on connecting, each value has its own pool: one value, several
                joined by '+' (one for each engine), or 'distinct'

Examples:
  supascope plan --tier medium --data-api \\
    --service web=replicas:3,workers:2,pool:5,overflow:10,endpoint:session \\
    --service fn=instances:200,pool:1,endpoint:transaction
  supascope probe env:DATABASE_URL --format json > report.json
  supascope plan --from report.json --pool-size 15 --service web=pool:8,endpoint:session

Exit status: 0 it fits, 1 it does not (see --fail-on), 2 bad usage.";

/// `supascope plan`
#[derive(Debug, Args)]
pub struct PlanArgs {
    /// A service: NAME=key:value,... (repeatable)
    #[arg(long, value_name = "SPEC", help_heading = "The fleet")]
    pub service: Vec<String>,

    /// Other direct connections: migrations, psql, BI tools
    #[arg(long, value_name = "N", value_parser = number(), allow_negative_numbers = true, help_heading = "The fleet")]
    pub direct: Option<u32>,

    /// The Data API (PostgREST) is busy: the poolers should then have 40 % of `max_connections`, not 80 %
    #[arg(
        long,
        help = "The Data API (PostgREST) is busy: the poolers get 40 % of max_connections, not 80 %",
        help_heading = "The fleet"
    )]
    pub data_api: bool,

    /// The project's compute size, for example micro, small or 2xl
    #[arg(long, value_name = "ID", help_heading = "The limits")]
    pub tier: Option<String>,

    /// The poolers' pool size, from the dashboard
    #[arg(long, value_name = "N", value_parser = number(), allow_negative_numbers = true, help_heading = "The limits")]
    pub pool_size: Option<u32>,

    /// `max_connections`, where it is not the compute size's
    #[arg(
        long,
        value_name = "N",
        help = "The database's max_connections, where it is not the compute size's",
        value_parser = number(),
        allow_negative_numbers = true,
        help_heading = "The limits"
    )]
    pub max_connections: Option<u32>,

    /// Most clients of a pooler in transaction mode
    #[arg(long, value_name = "N", value_parser = number(), allow_negative_numbers = true, help_heading = "The limits")]
    pub pooler_clients: Option<u32>,

    /// Connections that Supabase's own services hold (else as measured, or 10 to 30)
    #[arg(
        long,
        value_name = "N",
        value_parser = clap::value_parser!(u32).range(0..=i64::from(MAX_NUMBER)),
        allow_negative_numbers = true,
        help_heading = "The limits"
    )]
    pub internal: Option<u32>,

    /// Measured numbers: the report of supascope probe --format json, or - for standard input
    #[arg(long, value_name = "REPORT", help_heading = "The limits")]
    pub from: Option<PathBuf>,

    /// How to show the result
    #[arg(long, value_enum, default_value_t = PlanFormat::Human, value_name = "FORMAT", help_heading = "Output")]
    pub format: PlanFormat,

    /// The mildest severity that makes the exit status 1
    #[arg(long, value_enum, default_value_t = FailOn::Error, value_name = "SEVERITY", help_heading = "Output")]
    pub fail_on: FailOn,

    /// `--color`
    #[arg(long, help = "When to use colour; NO_COLOR is honoured", value_enum, default_value_t = Color::Auto, value_name = "WHEN", help_heading = "Output")]
    pub color: Color,

    /// Verdict and findings only
    #[arg(short, long, help_heading = "Output")]
    pub quiet: bool,
}

/// A number of connections.
fn number() -> clap::builder::RangedI64ValueParser<u32> {
    clap::value_parser!(u32).range(1..=i64::from(MAX_NUMBER))
}

/// `--format`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PlanFormat {
    /// For people
    Human,
    /// One document
    Json,
    /// To paste into an issue
    Markdown,
    /// One self-contained page with charts
    Html,
}
