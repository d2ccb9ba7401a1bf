//! `supascope scan`

use clap::Args;

use super::SharedArgs;

pub(super) const HELP: &str = "\
Examples:
  supascope scan                                 this repository
  supascope scan services/api deploy --format sarif > scan.sarif
  supascope scan --write-baseline baseline.json  accept what is there today
  supascope scan --only secret-in-repository

Read are the files that git would take, and .env files even where it ignores them; not
node_modules and its like, nor files above 1 MiB. Code is joined with the setting that it
uses, so a finding may stand at the call that makes the pool. Nothing is run or sent.

Exit status:
   0  nothing at or above the line    1  findings    2  bad usage or unreadable input";

/// `supascope scan`
#[derive(Debug, Args)]
pub struct ScanArgs {
    /// Where to look and how to show it.
    #[command(flatten)]
    pub shared: SharedArgs,
    /// What counts, and what is accepted.
    #[command(flatten)]
    pub policy: super::PolicyArgs,
}
