//! `supascope watch`: definitions.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::Color;

/// What `--help` says last.
pub const HELP: &str = "\
Examples:
  supascope watch env:DATABASE_URL
  supascope watch env:DATABASE_URL --once -v
  supascope watch env:DATABASE_URL --record incident.ndjson
  supascope watch --replay incident.ndjson
  supascope watch --replay incident.ndjson --format html > incident.html
  supascope watch env:DATABASE_URL --plain --for 600 --alert used=70,idle_in_transaction=60s

Alerts: used (percent), free, pool (percent), idle_in_transaction, transaction,
unreachable (times such as 60s or 5m), waiting, blocked, leak.

It holds one connection, asks one query a look and writes nothing. It never ends
a session: -v and the key k show the statement that would. A recording holds
names of roles and applications and clients' addresses, no password and no query.

Exit status:
   0  nothing alerted
   1  an alert was raised
   2  bad usage, or a recording that cannot be read
   3  nothing could be learnt: unreachable, refused";

/// `supascope watch`
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of the command line")]
pub struct WatchArgs {
    /// A connection setting, env:NAME, @FILE or -
    ///
    /// Without it, one is looked for in the environment, then in .env, .env.local, .env.development and .env.production of
    /// the working directory.
    #[arg(value_name = "TARGET", conflicts_with = "replay")]
    pub target: Option<OsString>,

    /// Read this file in place of the .env files that are looked for (repeatable)
    #[arg(long, value_name = "FILE", help_heading = "Where to look")]
    pub env_file: Vec<PathBuf>,

    /// PgBouncer's admin console, to see waiting clients: a setting, env:NAME, @FILE (its database is pgbouncer)
    #[arg(long, value_name = "TARGET", conflicts_with = "replay", help_heading = "Where to look")]
    pub admin: Option<OsString>,

    /// The project's compute size, for example micro, small or 2xl
    #[arg(long, value_name = "ID", help_heading = "The limits")]
    pub tier: Option<String>,

    /// The pooler's pool size, from the dashboard
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..), help_heading = "The limits")]
    pub pool_size: Option<u32>,

    /// Root certificates to verify the server with (PEM)
    #[arg(long, value_name = "FILE", help_heading = "Network")]
    pub sslrootcert: Option<PathBuf>,

    /// Longest wait for one step of connecting; else the setting's own, else 10
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=3600), help_heading = "Network")]
    pub connect_timeout: Option<u64>,

    /// From one look to the next, for example 1, 5s or 500ms
    #[arg(long, value_name = "TIME", default_value = "1s", help_heading = "What to do")]
    pub interval: String,

    /// One look, then end
    #[arg(long, help_heading = "What to do")]
    pub once: bool,

    /// End after this time, for example 60 or 10m
    #[arg(long = "for", value_name = "TIME", help_heading = "What to do")]
    pub duration: Option<String>,

    /// `--alert`
    #[arg(
        long,
        help = "Exit with 1 when a limit is reached, for example used=70,idle_in_transaction=60s (repeatable)",
        value_name = "ALERT",
        help_heading = "What to do"
    )]
    pub alert: Vec<String>,

    /// How long a session must be idle to count as unused when leaks are looked for
    #[arg(long, value_name = "TIME", default_value = "60s", help_heading = "What to do")]
    pub leak_after: String,

    /// Write what is observed to a new file
    #[arg(long, value_name = "FILE", conflicts_with = "replay", help_heading = "Recordings")]
    pub record: Option<PathBuf>,

    /// Show a recording, or a report of probe --format json (- is standard input)
    #[arg(long, value_name = "FILE", help_heading = "Recordings")]
    pub replay: Option<PathBuf>,

    /// Lines in place of the screen, also on a terminal
    #[arg(long, help_heading = "Output")]
    pub plain: bool,

    /// How to show it; ndjson lines are a recording, prometheus is one look, html a page at the end
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = WatchFormat::Human, help_heading = "Output")]
    pub format: WatchFormat,

    /// `--color`
    #[arg(long, help = "When to use colour; NO_COLOR is honoured", value_enum, default_value_t = Color::Auto, value_name = "WHEN", help_heading = "Output")]
    pub color: Color,

    /// The verdict only
    #[arg(short, long, conflicts_with = "verbose", help_heading = "Output")]
    pub quiet: bool,

    /// With --once: the statements that would end sessions, and what they would hit
    #[arg(short, long, help_heading = "Output")]
    pub verbose: bool,
}

/// `--format`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum WatchFormat {
    /// For people: a screen on a terminal, else lines
    Human,
    /// One look or event a line
    Ndjson,
    /// Exposition text of one look
    Prometheus,
    /// One self-contained page with charts, written at the end
    Html,
}
