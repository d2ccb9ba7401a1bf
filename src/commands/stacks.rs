//! `--stack` and `--tier`: names that the knowledge has to know.

use super::usage;
use crate::conninfo::Reading;
use crate::knowledge::{self, UnknownName};

/// The id of the stack that was named, as an id, another name of it, or either with `@VERSION`, of which the first
/// number counts: `prisma@7.1` is `prisma-7`.
pub fn resolve(given: &str) -> Result<String, UnknownName> {
    let (name, version) = given.split_once('@').unwrap_or((given, ""));
    let major: String = version.chars().take_while(char::is_ascii_digit).collect();
    let of_version = (!major.is_empty()).then(|| knowledge::stack(&format!("{name}-{major}"))).flatten();
    let stack = of_version.map_or_else(|| knowledge::require_stack(name), Ok);
    stack.map(|stack| stack.id.clone()).map_err(masked)
}

/// The tier's id, from any of its names.
pub fn resolve_tier(given: &str) -> Result<String, UnknownName> {
    knowledge::require_tier(given).map(|tier| tier.id.clone()).map_err(masked)
}

/// A setting in the place of a name is not repeated.
fn masked(error: UnknownName) -> UnknownName {
    UnknownName { name: usage::plain_or_mask(&error.name).to_owned(), ..error }
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
    fn an_unknown_name_gets_the_nearest() {
        let error = resolve("asynpg").unwrap_err().to_string();
        assert!(error.contains("did you mean") && error.contains("asyncpg"), "{error}");
        let error = resolve_tier("smal").unwrap_err().to_string();
        assert!(error.contains("did you mean") && error.contains("small"), "{error}");
    }

    #[test]
    fn a_setting_in_the_place_of_a_name_is_not_repeated() {
        for error in
            [resolve("postgres://u:secret@h/d").unwrap_err(), resolve_tier("user=u password=secret").unwrap_err()]
        {
            assert!(!error.to_string().contains("secret"), "{error}");
        }
    }
}
