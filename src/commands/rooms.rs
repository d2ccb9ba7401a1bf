//! Stand-ins for rooms that are not furnished yet. Each function goes as soon as its room opens.

use std::path::PathBuf;

use crate::advice::Advice;
use crate::conninfo::Reading;
use crate::rules::{Context, Subject};
use crate::target::Target;

/// Targets named on the command line, or found.
pub fn discover(arguments: &[String], env_files: &[PathBuf]) -> anyhow::Result<Vec<Target>> {
    Ok(crate::target::discover(arguments, env_files)?)
}

/// The stacks that a setting names.
pub fn detect_stacks(_reading: &Reading) -> Vec<String> {
    Vec::new()
}

/// Advises.
pub fn advise(_subject: &Subject<'_>) -> Vec<Advice> {
    Vec::new()
}

/// Checks `--stack` and `--tier`.
pub fn check_context(_context: &Context) -> anyhow::Result<()> {
    Ok(())
}
