//! `--stack` and `--tier`: names that the knowledge has to know.

use super::usage;
use crate::conninfo::Reading;
use crate::knowledge::{self, Stack, Traces, UnknownName, Version, Versions};

/// A stack that was named, with the versions that were said of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The stack's id.
    pub id: String,
    /// What was said after `@`.
    pub versions: Versions,
}

/// A `--stack` that cannot be understood. What was typed is not repeated where it may be a setting.
#[derive(Debug, thiserror::Error)]
pub enum StackError {
    /// No stack has this name.
    #[error(transparent)]
    Name(#[from] UnknownName),
    /// What stands after `@` is no version.
    #[error("read the version of stack `{stack}`; write it as {forms}")]
    Version {
        /// The stack's id.
        stack: String,
        /// How to write it, for this stack.
        forms: String,
    },
    /// The same stack twice, with other versions.
    #[error("take stack `{0}` twice with different versions; give one of them")]
    Twice(String),
}

/// All stacks that were named, each once, in order.
pub fn resolve_all(given: &[String]) -> Result<Vec<Named>, StackError> {
    let mut all: Vec<Named> = Vec::with_capacity(given.len());
    for named in given.iter().map(|given| resolve(given)) {
        let named = named?;
        match all.iter().find(|known| known.id == named.id) {
            Some(known) if known.versions == named.versions => {}
            Some(known) => return Err(StackError::Twice(known.id.clone())),
            None => all.push(named),
        }
    }
    Ok(all)
}

/// The stack that was named: an id or another name of it, or either with a version. `prisma@7.1` is `prisma-7`,
/// `asyncpg@0.30` says the version of the stack's first package, `sqlalchemy-asyncpg@sqlalchemy=2.1,asyncpg=0.30` that
/// of each.
fn resolve(given: &str) -> Result<Named, StackError> {
    let Some((name, said)) = given.split_once('@') else {
        let stack = knowledge::require_stack(given).map_err(masked)?;
        return Ok(Named { id: stack.id.clone(), versions: Versions::default() });
    };
    let mut versions = Versions::default();
    let stack = match Version::parse(said).and_then(|version| stack_of_version(name, &version)) {
        Some((stack, versions)) => return Ok(Named { id: stack.id.clone(), versions }),
        None => knowledge::require_stack(name).map_err(masked)?,
    };
    for piece in said.split(',') {
        let (package, version) = piece.split_once('=').unwrap_or_else(|| (first_package(stack), piece));
        let package = package.trim().to_ascii_lowercase();
        let version = Version::parse(version)
            .filter(|_| stack.packages.contains(&package) || package == first_package(stack))
            .ok_or_else(|| StackError::Version { stack: stack.id.clone(), forms: forms(stack) })?;
        versions.set(&package, version);
    }
    Ok(Named { id: stack.id.clone(), versions })
}

/// The stack that a name means only with this version: by an alias for certain versions, or by an id with the major
/// number at its end.
fn stack_of_version(name: &str, version: &Version) -> Option<(&'static Stack, Versions)> {
    let name = name.trim().to_ascii_lowercase();
    let mut versions = Versions::default();
    if let Some((id, range)) = knowledge::detection().alias_of_version(&name, version) {
        versions.set(&range.package, version.clone());
        return Some((knowledge::stack(id)?, versions));
    }
    let stack = knowledge::stack(&format!("{name}-{}", version.major()))?;
    versions.set(first_package(stack), version.clone());
    Some((stack, versions))
}

/// The package whose version is meant when none is named.
fn first_package(stack: &Stack) -> &str {
    stack.packages.first().unwrap_or(&stack.id)
}

/// How to write a version of a stack.
fn forms(stack: &Stack) -> String {
    let packages = if stack.packages.is_empty() { std::slice::from_ref(&stack.id) } else { &stack.packages };
    let each: Vec<String> = packages.iter().map(|package| format!("`{}@{package}=1.2`", stack.id)).collect();
    format!("`{}@1.2` ({}), or {}", stack.id, first_package(stack), each.join(", "))
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
    let scheme = conninfo.scheme.as_ref();
    let traces = Traces {
        scheme: scheme.map(|scheme| scheme.text.as_str()),
        driver: scheme.and_then(|scheme| scheme.driver.as_deref()),
        syntax: Some(conninfo.syntax.as_str()),
    };
    let keys = conninfo.parameters.iter().map(|parameter| parameter.key.as_str());
    knowledge::detect(traces, keys).into_iter().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(given: &str) -> (String, String) {
        let named = resolve(given).unwrap();
        (named.id, named.versions.to_string())
    }

    #[test]
    fn a_version_picks_the_stack_that_it_belongs_to() {
        for (given, id, versions) in [
            ("prisma@7.1.0", "prisma-7", "prisma 7.1.0"),
            ("prisma@6", "prisma-6", "prisma 6"),
            ("asyncpg@0.30", "asyncpg", "asyncpg 0.30"),
            ("sqlalchemy@2.1", "sqlalchemy-psycopg", "sqlalchemy 2.1"),
            ("sqlalchemy@2.0.58", "sqlalchemy-psycopg2", "sqlalchemy 2.0.58"),
            ("sqlalchemy-asyncpg@SQLAlchemy=2.1,asyncpg=0.30", "sqlalchemy-asyncpg", "sqlalchemy 2.1, asyncpg 0.30"),
            ("PG", "node-postgres", ""),
            ("pg@8", "node-postgres", "pg 8"),
        ] {
            assert_eq!(named(given), (id.to_owned(), versions.to_owned()), "{given}");
        }
    }

    #[test]
    fn a_version_that_is_none_is_refused_with_the_forms_to_write() {
        for given in ["asyncpg@latest", "asyncpg@", "asyncpg@libpq=3", "asyncpg@asyncpg=", "asyncpg@0.30,"] {
            let error = resolve(given).unwrap_err().to_string();
            assert!(error.contains("`asyncpg@1.2`") && error.contains("asyncpg=1.2"), "{given}: {error}");
        }
    }

    #[test]
    fn a_stack_is_taken_once() {
        let all = |given: &[&str]| resolve_all(&given.iter().map(|given| (*given).to_owned()).collect::<Vec<_>>());
        assert_eq!(all(&["pg", "node-postgres", "asyncpg"]).unwrap().len(), 2);
        assert!(all(&["asyncpg@0.30", "asyncpg@0.31"]).unwrap_err().to_string().contains("twice"));
    }

    #[test]
    fn the_writer_of_a_setting_is_detected() {
        let detected = |text: &str| {
            let text = crate::secret::SecretText::opaque(text);
            detect(&crate::conninfo::read(&crate::target::Setting::Text(text)))
        };
        for (text, stack) in [
            ("ecto://postgres:pw@db.abcdefghijklmnopqrst.supabase.co:5432/postgres", "ecto"),
            ("jdbc:postgresql://h/d", "jdbc"),
            ("postgresql://u:p@h/d?default_query_exec_mode=exec", "pgx"),
            ("postgresql+asyncpg://u:p@h/d", "sqlalchemy-asyncpg"),
            ("postgresql+psycopg://u:p@h/d", "sqlalchemy-psycopg"),
        ] {
            assert_eq!(detected(text), [stack], "{text}");
        }
        assert!(detected("postgresql://u:p@h/d").is_empty());
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
        for given in ["postgres://u:secret@h/d", "user=u password=secret", "asyncpg@secret", "asyncpg@secret=1"] {
            let (stack, tier) = (resolve(given).unwrap_err().to_string(), resolve_tier(given).unwrap_err().to_string());
            assert!(!stack.contains("secret"), "{stack}");
            assert!(given.contains('@') || !tier.contains("secret"), "{tier}");
        }
    }
}
