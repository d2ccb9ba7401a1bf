//! `supascope completions` and `supascope man`: generated from the definition of the command line.

use anyhow::{Context as _, Result};
use clap::CommandFactory as _;

use super::output;
use crate::cli::{Cli, CompletionsArgs, ManArgs};
use crate::exit;

/// Prints the completion script of a shell.
pub fn completions(args: &CompletionsArgs) -> Result<u8> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), env!("CARGO_PKG_NAME"), &mut script);
    output::raw(&String::from_utf8(script).context("failed to make the script")?)?;
    Ok(exit::OK)
}

/// Prints the manual page of the program or of one of its commands.
pub fn man(args: &ManArgs) -> Result<u8> {
    let mut root = Cli::command();
    root.build();
    let command = match &args.command {
        None => root,
        Some(name) => {
            let Some(command) = root.find_subcommand(name) else {
                let verbs = root.get_subcommands().map(clap::Command::get_name);
                anyhow::bail!("{}", super::usage::unknown_name("man", "command", name, verbs));
            };
            command.clone()
        }
    };
    let mut page = Vec::new();
    clap_mangen::Man::new(command).render(&mut page).context("failed to make the page")?;
    output::raw(&String::from_utf8(page).context("failed to make the page")?)?;
    Ok(exit::OK)
}
