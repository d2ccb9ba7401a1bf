//! Stand-ins for rooms that are not furnished yet. Each function goes as soon as its room opens.

use std::path::PathBuf;

use crate::advice::{Advice, Situation, advise_all};
use crate::conninfo::Reading;
use crate::knowledge;
use crate::rules::{Context, Subject};
use crate::target::Target;

/// Targets named on the command line, or found.
pub fn discover(arguments: &[String], env_files: &[PathBuf]) -> anyhow::Result<Vec<Target>> {
    Ok(crate::target::discover(arguments, env_files)?)
}

/// The stacks that a setting names.
pub fn detect_stacks(reading: &Reading) -> Vec<String> {
    let Some(conninfo) = reading.conninfo() else { return Vec::new() };
    let driver = conninfo.scheme.as_ref().and_then(|scheme| scheme.driver.as_deref());
    let keys = conninfo.parameters.iter().map(|parameter| parameter.key.as_str());
    knowledge::detect(driver, keys).into_iter().map(str::to_owned).collect()
}

/// Advises.
pub fn advise(subject: &Subject<'_>) -> Vec<Advice> {
    let situation = Situation {
        endpoint: subject.endpoint,
        context: subject.context,
        probe: subject.probe,
        neighbours: &subject.target.neighbours,
    };
    advise_all(subject.stacks, &situation)
}

/// Checks `--stack` and `--tier`.
pub fn check_context(context: &Context) -> anyhow::Result<()> {
    for id in &context.stacks {
        knowledge::require_stack(id)?;
    }
    if let Some(id) = &context.tier {
        knowledge::require_tier(id)?;
    }
    Ok(())
}
