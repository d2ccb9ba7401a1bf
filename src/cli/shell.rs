//! `supascope completions` and `supascope man`

use clap::Args;
use clap_complete::Shell;

pub(super) const COMPLETIONS_HELP: &str = "\
Examples:
  supascope completions bash > /etc/bash_completion.d/supascope
  supascope completions zsh > \"${fpath[1]}/_supascope\"
  supascope completions fish > ~/.config/fish/completions/supascope.fish";

/// `supascope completions`
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// Which shell
    #[arg(value_enum, value_name = "SHELL")]
    pub shell: Shell,
}

/// `supascope man`
#[derive(Debug, Args)]
pub struct ManArgs {
    /// The page of this command; without it, of the program
    #[arg(value_name = "COMMAND")]
    pub command: Option<String>,
}
