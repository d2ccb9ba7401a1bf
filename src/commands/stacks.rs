//! `--stack` and `--tier`: names that the knowledge has to know.

use anyhow::{Result, bail};

use super::usage;
use crate::conninfo::Reading;
use crate::knowledge;

/// The id of the stack that was named, as an id, another name of it, or either with `@VERSION`, of which the first
/// number counts: `prisma@7.1` is `prisma-7`.
pub fn resolve(given: &str) -> Result<String> {
    let (name, version) = given.split_once('@').unwrap_or((given, ""));
    let major: String = version.chars().take_while(char::is_ascii_digit).collect();
    let of_version = (!major.is_empty()).then(|| knowledge::stack(&format!("{name}-{major}"))).flatten();
    match of_version.or_else(|| knowledge::stack(name)) {
        Some(stack) => Ok(stack.id.clone()),
        None => bail!(
            "{} Known: {}.",
            usage::unknown_name("--stack", "stack", given, knowledge::nearest_stacks(name)),
            knowledge::stack_ids().collect::<Vec<_>>().join(", ")
        ),
    }
}

/// The tier's id, from any of its names.
pub fn resolve_tier(given: &str) -> Result<String> {
    let tiers = knowledge::tiers();
    match tiers.find(given) {
        Some(tier) => Ok(tier.id.clone()),
        None => bail!(
            "{} Known: {}.",
            usage::unknown_name("--tier", "compute size", given, tiers.ids()),
            tiers.ids().collect::<Vec<_>>().join(", ")
        ),
    }
}

/// The stacks that a setting names by its scheme or hints at by its keys.
pub fn detect(reading: &Reading) -> Vec<String> {
    let Some(conninfo) = reading.conninfo() else { return Vec::new() };
    let driver = conninfo.scheme.as_ref().and_then(|scheme| scheme.driver.as_deref());
    let keys = conninfo.parameters.iter().map(|parameter| parameter.key.as_str());
    knowledge::detect(driver, keys).into_iter().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_picks_the_stack_of_its_major_number() {
        assert_eq!(resolve("prisma@7.1.0").unwrap(), "prisma-7");
        assert_eq!(resolve("prisma@6").unwrap(), "prisma-6");
        assert_eq!(resolve("asyncpg@0.30").unwrap(), "asyncpg");
        assert_eq!(resolve("PG").unwrap(), "node-postgres");
    }

    #[test]
    fn an_unknown_name_gets_the_nearest_and_the_list() {
        let error = resolve("asynpg").unwrap_err().to_string();
        assert!(error.contains("did you mean 'asyncpg'") && error.contains("node-postgres"), "{error}");
        assert!(resolve("postgres://u:secret@h/d").unwrap_err().to_string().contains("'****'"));
        let error = resolve_tier("smal").unwrap_err().to_string();
        assert!(error.contains("did you mean 'small'"), "{error}");
    }
}
