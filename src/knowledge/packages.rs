//! How packages are called where projects list them, and which stack a version means: `profiles/calls/packages.toml`.

use std::sync::OnceLock;

use serde::Deserialize;

use super::{Sources, VersionRange, Versions, embedded, error};

/// The whole of `calls/packages.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Packages {
    /// The documents.
    pub sources: Sources,
    /// The packages.
    #[serde(rename = "package")]
    pub packages: Vec<Package>,
    /// Which stack a version means.
    #[serde(rename = "instead")]
    pub instead: Vec<Instead>,
    /// Where projects list packages.
    #[serde(rename = "manifest")]
    pub manifests: Vec<Manifest>,
}

/// A package.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Package {
    /// Its name in the profiles of stacks.
    pub name: String,
    /// Where it comes from.
    pub ecosystem: String,
    /// Its names there, in lower case.
    pub listed: Vec<String>,
    /// Where that is from.
    pub source: String,
    /// When it held.
    pub as_of: String,
}

/// A stack that is another one from some version on.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Instead {
    /// The stack that the profile of a call names.
    pub stack: String,
    /// The versions that mean another.
    pub versions: VersionRange,
    /// That one.
    pub then: String,
    /// Where that is from.
    pub source: String,
    /// When it held.
    pub as_of: String,
}

/// A file in which a project lists packages.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Its names, with `*` for any text.
    pub names: Vec<String>,
    /// Where its packages come from.
    pub ecosystem: String,
    /// How it lists them.
    pub format: ManifestFormat,
    /// The tables that list them, where the format has any.
    #[serde(default)]
    pub tables: Vec<String>,
    /// Where that is from.
    pub source: String,
    /// When it held.
    pub as_of: String,
}

/// How a file lists packages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ManifestFormat {
    /// JSON: names and ranges in tables.
    Json,
    /// TOML: names and ranges in tables, or requirements in lists.
    Toml,
    /// TOML: a list of packages, each with a name and a version.
    TomlLock,
    /// npm's `package-lock.json`.
    NpmLock,
    /// One requirement a line.
    Requirements,
    /// `<PackageReference Include="..." Version="..." />`.
    Msbuild,
}

impl ManifestFormat {
    /// Whether it says which version it is, and not only which ones it may be.
    pub const fn is_lock(self) -> bool {
        matches!(self, Self::TomlLock | Self::NpmLock)
    }
}

impl Packages {
    /// How a file of this name lists packages.
    pub fn manifest(&self, name: &str) -> Option<&Manifest> {
        self.manifests.iter().find(|manifest| manifest.names.iter().any(|pattern| super::calls::fits(pattern, name)))
    }

    /// The name of a package in the profiles.
    pub fn name(&self, ecosystem: &str, listed: &str) -> Option<&str> {
        let listed = listed.to_ascii_lowercase();
        let mut packages = self.packages.iter().filter(|package| package.ecosystem == ecosystem);
        packages.find(|package| package.listed.contains(&listed)).map(|package| package.name.as_str())
    }

    /// The stack that one is with these versions.
    pub fn stack<'a>(&'a self, stack: &'a str, versions: &Versions) -> &'a str {
        let mut instead = self.instead.iter().filter(|instead| instead.stack == stack);
        let fits = |instead: &&Instead| versions.within(Some(&instead.versions)) == Some(true);
        instead.find(fits).map_or(stack, |instead| instead.then.as_str())
    }
}

/// What is known of packages.
pub fn packages() -> &'static Packages {
    static CELL: OnceLock<Packages> = OnceLock::new();
    const TEXT: &str = include_str!("../../profiles/calls/packages.toml");
    CELL.get_or_init(|| embedded::must(error::parse("calls/packages.toml", TEXT)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_has_a_source_and_every_stack_is_known() {
        let known = packages();
        for package in &known.packages {
            assert!(known.sources.contains(&package.source) && !package.as_of.is_empty(), "{}", package.name);
            let used = crate::knowledge::stack_ids()
                .filter_map(crate::knowledge::stack)
                .any(|stack| stack.packages.contains(&package.name));
            assert!(used, "no stack asks for the version of {}", package.name);
        }
        for instead in &known.instead {
            assert!(known.sources.contains(&instead.source) && !instead.as_of.is_empty(), "{}", instead.stack);
            for stack in [&instead.stack, &instead.then] {
                assert!(crate::knowledge::stack(stack).is_some(), "{stack}");
            }
        }
        for manifest in &known.manifests {
            assert!(known.sources.contains(&manifest.source) && !manifest.as_of.is_empty(), "{:?}", manifest.names);
        }
    }

    #[test]
    fn a_version_may_mean_another_stack() {
        let mut versions = Versions::default();
        assert_eq!(packages().stack("prisma-6", &versions), "prisma-6");
        versions.set("prisma", crate::knowledge::Version::parse("7.1").unwrap());
        assert_eq!(packages().stack("prisma-6", &versions), "prisma-7");
        assert_eq!(packages().stack("asyncpg", &versions), "asyncpg");
    }
}
