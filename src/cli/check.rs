//! `supascope check`

use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;

use super::{ConcurrencyArgs, NetworkArgs, SharedArgs};

pub(super) const HELP: &str = "\
Examples:
  supascope check                                   in CI: every setting of this directory, by supascope.toml
  supascope check --probe env:DATABASE_URL          in a deploy job: measured, too
  supascope check --write-baseline baseline.json    accept what is there today
  supascope check --baseline baseline.json          and report what is new
  supascope check @fleet.txt --probe --format ndjson --concurrency 16 --shard 2/8 --resume done.txt

The policy is the nearest supascope.toml upwards from here; `supascope list config` prints
one with every default. `# supascope: ignore[rule] reason` beside a setting accepts a finding.
Inside GitHub Actions findings are annotations as well, and the job gets a summary.

Exit status:
   0  nothing at or above the line    1  findings    2  bad usage or unreadable input    3  could not check";

/// `supascope check`
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// What to look at and how to show it.
    #[command(flatten)]
    pub shared: SharedArgs,
    /// Measure the endpoints, too
    #[arg(long, help_heading = "Network")]
    pub probe: bool,
    /// The limits of time.
    #[command(flatten)]
    pub network: NetworkArgs,
    /// How many side by side.
    #[command(flatten)]
    pub many: ConcurrencyArgs,
    /// What counts, and what is accepted.
    #[command(flatten)]
    pub policy: PolicyArgs,
    /// Of a list, check the targets of the Ith of N machines
    #[arg(long, value_name = "I/N", help_heading = "Fleets")]
    pub shard: Option<Shard>,
    /// Of a list, skip the targets that this file names as done, and note there what is
    ///
    /// A target is noted after its line was written: one that a kill met between the two is told again by the next run, and
    /// none is left out. Where the output of both runs is kept in one file, drop a last line that is cut short.
    #[arg(long, value_name = "FILE", help_heading = "Fleets")]
    pub resume: Option<PathBuf>,
}

/// Options of the commands that judge by a policy.
#[derive(Debug, Args)]
pub struct PolicyArgs {
    /// Take this policy in place of the nearest supascope.toml
    #[arg(long, value_name = "FILE", help_heading = "Policy")]
    pub config: Option<PathBuf>,
    /// Take no policy from any file
    #[arg(long, conflicts_with = "config", help_heading = "Policy")]
    pub no_config: bool,
    /// Report only what does not stand in this baseline
    #[arg(long, value_name = "FILE", help_heading = "Policy")]
    pub baseline: Option<PathBuf>,
    /// Write a baseline of all findings, in place of failing for them
    #[arg(long, value_name = "FILE", conflicts_with = "baseline", help_heading = "Policy")]
    pub write_baseline: Option<PathBuf>,
}

/// A part of a list: the `index`th (from 1) of `of`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// Which part, from 1.
    pub index: u32,
    /// How many there are.
    pub of: u32,
}

impl Shard {
    /// Whether the target at this place of the list (from 0) belongs to the part.
    pub const fn holds(self, place: usize) -> bool {
        place % self.of as usize == self.index as usize - 1
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('/').and_then(|(index, of)| Some((index.parse().ok()?, of.parse().ok()?)));
        match parts {
            Some((index, of)) if index >= 1 && index <= of => Ok(Self { index, of }),
            _ => Err("I/N is expected, with I from 1 to N, as in 2/8".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shards_of_a_list_are_all_of_it_and_none_twice() {
        let shards: Vec<Shard> = (1..=3).map(|index| format!("{index}/3").parse().unwrap()).collect();
        for place in 0..10 {
            assert_eq!(shards.iter().filter(|shard| shard.holds(place)).count(), 1);
        }
    }

    #[test]
    fn a_shard_that_does_not_exist_is_refused() {
        for text in ["0/3", "4/3", "1", "1/0", "a/b", "-1/2", ""] {
            assert!(text.parse::<Shard>().is_err(), "{text}");
        }
    }
}
