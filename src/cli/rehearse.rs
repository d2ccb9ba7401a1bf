//! `supascope rehearse`: definitions only.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;
use clap::builder::RangedI64ValueParser;

use super::{Color, FailOn, RehearseFormat, Workload};
use crate::rehearse::allowance::MaxShare;
use crate::rehearse::{MAX_COUNT, MAX_QUERY_MS};

/// What `supascope rehearse --help` ends with.
pub const HELP: &str = "\
Examples:
  supascope rehearse env:DATABASE_URL --stack sqlalchemy-asyncpg --replicas 2
  supascope rehearse env:DATABASE_URL --pool-size 5 --overflow 10 --workers 4
  supascope rehearse env:DATABASE_URL --pool-size 5 --qps 200 --query-ms 15
  supascope rehearse env:DATABASE_URL --stack hikaricp --per-request --dry-run

The load is BEGIN, pg_sleep for --query-ms, COMMIT: it reads and writes nothing.
It takes at most --max-share of the connections that are free when it starts,
rises step by step, and ends at the first sign that others wait. On an endpoint
whose slots are 70 % taken it is not begun. Ctrl-C ends it within a second.

Exit status:
   0  the pools fit, as far as they were rehearsed
   1  they do not, or something was refused (see --fail-on)
   2  bad usage or unreadable input
   3  not rehearsed: unreachable, refused, near a limit, or stopped before an answer";

/// `supascope rehearse`
#[derive(Debug, Args)]
pub struct RehearseArgs {
    /// A connection setting, env:NAME, @FILE or - (standard input); without it, the only setting of the environment
    /// and the .env files
    #[arg(value_name = "TARGET")]
    pub target: Option<OsString>,

    /// Read this file in place of the .env files that are looked for (repeatable)
    #[arg(long, value_name = "FILE", help_heading = "Where to look")]
    pub env_file: Vec<PathBuf>,

    /// The driver or ORM that connects, as ID or ID@VERSION: its pool is the default
    #[arg(long, value_name = "ID", help_heading = "The application")]
    pub stack: Option<String>,

    /// How the application runs
    #[arg(long, value_enum, value_name = "KIND", help_heading = "The application")]
    pub workload: Option<Workload>,

    /// Connections that the pool of each process keeps
    #[arg(
        long,
        value_name = "N",
        help = "Connections that the pool of each process keeps (else *_POOL_SIZE, connection_limit, the stack's default)",
        value_parser = count(1),
        allow_negative_numbers = true,
        help_heading = "The application"
    )]
    pub pool_size: Option<u32>,

    /// Connections beyond it
    #[arg(
        long,
        value_name = "N",
        help = "Connections beyond it (else *_MAX_OVERFLOW, the stack's default)",
        value_parser = count(0),
        allow_negative_numbers = true,
        help_heading = "The application"
    )]
    pub overflow: Option<u32>,

    /// Machines or containers
    #[arg(long, value_name = "N", value_parser = count(1), allow_negative_numbers = true, help_heading = "The application")]
    pub replicas: Option<u32>,

    /// Processes on each
    #[arg(
        long,
        value_name = "N",
        help = "Processes on each (else WEB_CONCURRENCY, *_WORKERS)",
        value_parser = count(1),
        allow_negative_numbers = true,
        help_heading = "The application"
    )]
    pub workers: Option<u32>,

    /// How long each query takes [default: 20]
    #[arg(
        long,
        value_name = "MS",
        value_parser = clap::value_parser!(u32).range(1..=i64::from(MAX_QUERY_MS)),
        allow_negative_numbers = true,
        help_heading = "The application"
    )]
    pub query_ms: Option<u32>,

    /// Requests a second in all, whether those before are done or not
    #[arg(long, value_name = "N", value_parser = rate, allow_negative_numbers = true, conflicts_with = "clients", help_heading = "The application")]
    pub qps: Option<f64>,

    /// Requests at a time in all, each after the other [default: one for each connection]
    #[arg(long, value_name = "N", value_parser = count(1), allow_negative_numbers = true, help_heading = "The application")]
    pub clients: Option<u32>,

    /// How long a request waits for a connection of its pool
    #[arg(long, value_name = "SECONDS", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=600), help_heading = "The application")]
    pub pool_timeout: u64,

    /// The project's compute size, for example micro, small or 2xl
    #[arg(long, value_name = "ID", help_heading = "The limits")]
    pub tier: Option<String>,

    /// The pooler's pool size, from the dashboard (here --pool-size is the application's)
    #[arg(long, value_name = "N", value_parser = count(1), allow_negative_numbers = true, help_heading = "The limits")]
    pub pooler_pool_size: Option<u32>,

    /// The share of the free connections that may be taken: 25, 25% or 0.25
    #[arg(
        long,
        value_name = "SHARE",
        default_value = "25%",
        allow_negative_numbers = true,
        help_heading = "The limits"
    )]
    pub max_share: MaxShare,

    /// PgBouncer's admin console, to see whether others wait: a setting, env:NAME, @FILE (its database is pgbouncer)
    #[arg(long, value_name = "SETTING", help_heading = "The limits")]
    pub admin: Option<OsString>,

    /// How long the load of each run lasts
    #[arg(long, value_name = "SECONDS", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=600), help_heading = "The load")]
    pub seconds: u64,

    /// Also measure what connecting for every request costs
    #[arg(long, help_heading = "The load")]
    pub per_request: bool,

    /// Say what would be done, and open nothing
    #[arg(long, help_heading = "The load")]
    pub dry_run: bool,

    /// Root certificates to verify the server with (PEM)
    #[arg(long, value_name = "FILE", help_heading = "Network")]
    pub sslrootcert: Option<PathBuf>,

    /// Longest wait for one connection
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=3600), help_heading = "Network")]
    pub connect_timeout: u64,

    /// Longest time for all [default: what the loads need, and 30]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=86400), help_heading = "Network")]
    pub deadline: Option<u64>,

    /// How to show the result
    #[arg(long, value_enum, default_value_t = RehearseFormat::Human, value_name = "FORMAT", help_heading = "Output")]
    pub format: RehearseFormat,

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

fn count(least: u32) -> RangedI64ValueParser<u32> {
    clap::value_parser!(u32).range(i64::from(least)..=i64::from(MAX_COUNT))
}

/// A rate above 0.
fn rate(text: &str) -> Result<f64, String> {
    let most = f64::from(MAX_COUNT);
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let rate = text.parse::<f64>().ok().filter(|rate| plain && *rate > 0.0 && *rate <= most);
    rate.ok_or_else(|| format!("a rate is a number above 0, at most {most}"))
}
