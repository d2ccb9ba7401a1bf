//! Options that several commands have in common.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;

use super::{Color, FailOn, Format, TextFormat, Workload};

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

    /// How to show the result [default: human]
    #[arg(long, value_enum, value_name = "FORMAT", help_heading = "Output")]
    pub format: Option<Format>,

    /// The mildest severity that makes the exit status 1 [default: error]
    #[arg(long, value_enum, value_name = "SEVERITY", help_heading = "Output")]
    pub fail_on: Option<FailOn>,

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

impl SharedArgs {
    /// The format that was asked for, or the default.
    pub fn format(&self) -> Format {
        self.format.unwrap_or(Format::Human)
    }
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

    /// How often to try again when the host cannot be resolved or reached; a login is never tried twice
    #[arg(
        long,
        value_name = "N",
        default_value_t = 0,
        value_parser = clap::value_parser!(u32).range(0..=100),
        help_heading = "Network"
    )]
    pub retries: u32,
}

/// Options of the commands that measure many targets.
#[derive(Debug, Args)]
pub struct ConcurrencyArgs {
    /// Hosts that are measured at a time; one host never sees more than one probe
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=256), help_heading = "Network")]
    pub concurrency: u16,
}

/// Options of the commands that print knowledge.
#[derive(Debug, Args)]
pub struct LookArgs {
    /// How to show it
    #[arg(long, value_enum, default_value_t = TextFormat::Human, value_name = "FORMAT")]
    pub format: TextFormat,

    /// `--color`
    #[arg(long, help = "When to use colour; NO_COLOR is honoured", value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub color: Color,
}

/// Options of the commands that can repair settings.
#[derive(Debug, Args)]
pub struct RepairArgs {
    /// Repair what can be repaired: .env files are changed in place, other settings are printed
    ///
    /// Every other byte of a file stays. The report is then about the repaired settings; their passwords are masked
    /// unless --reveal-password is given.
    #[arg(long, help_heading = "Repair")]
    pub fix: bool,

    /// Show what --fix would change, as a diff, and write nothing
    #[arg(long, help_heading = "Repair", conflicts_with = "fix")]
    pub diff: bool,
}
