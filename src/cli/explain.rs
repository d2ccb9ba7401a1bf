//! `supascope explain`: definitions.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;

use super::LookArgs;

/// What `--help` says last.
pub const HELP: &str = "\
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
