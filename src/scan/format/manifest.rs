//! Files in which projects list their packages: which version of a driver it is.

use ::toml::Value as Toml;
use serde_json::Value as Json;

use crate::knowledge::{self, Manifest, ManifestFormat, Version};
use crate::scan::found::{FileFacts, Listed};

/// The packages of a file whose version changes something.
pub fn read(manifest: &Manifest, text: &str) -> FileFacts {
    // Most of the files of a large repository list none of them, and need no reading.
    let packages = &knowledge::packages().packages;
    let mut known = packages.iter().filter(|package| package.ecosystem == manifest.ecosystem);
    let lower = text.to_ascii_lowercase();
    if !known.any(|package| package.listed.iter().any(|name| lower.contains(name.as_str()))) {
        return FileFacts::default();
    }
    let found = match manifest.format {
        ManifestFormat::Json => json(manifest, text),
        ManifestFormat::NpmLock => npm_lock(text),
        ManifestFormat::Toml => toml(manifest, text),
        ManifestFormat::TomlLock => toml_lock(text),
        ManifestFormat::Requirements => text.lines().filter_map(requirement).collect(),
        ManifestFormat::Msbuild => text.lines().filter_map(msbuild).collect(),
    };
    let listed = found.into_iter().filter_map(|(name, version)| {
        let package = knowledge::packages().name(&manifest.ecosystem, &name)?.to_owned();
        Some(Listed { package, version: decided(&version)?, is_lock: manifest.format.is_lock() })
    });
    FileFacts { listed: listed.collect(), ..FileFacts::default() }
}

/// Names with what is said of their version.
type Found = Vec<(String, String)>;

fn json(manifest: &Manifest, text: &str) -> Found {
    let Ok(root) = serde_json::from_str::<Json>(text) else { return Found::new() };
    let tables = manifest.tables.iter().filter_map(|table| root.get(table)?.as_object());
    let pairs = tables.flatten().filter_map(|(name, version)| Some((name.clone(), version.as_str()?.to_owned())));
    pairs.collect()
}

fn npm_lock(text: &str) -> Found {
    let Ok(root) = serde_json::from_str::<Json>(text) else { return Found::new() };
    let Some(packages) = root.get("packages").and_then(Json::as_object) else { return Found::new() };
    let own = packages.iter().filter_map(|(path, package)| {
        let name = path.strip_prefix("node_modules/")?;
        Some((name.to_owned(), package.get("version")?.as_str()?.to_owned()))
    });
    own.collect()
}

fn toml(manifest: &Manifest, text: &str) -> Found {
    let Ok(root) = text.parse::<::toml::Table>() else { return Found::new() };
    let root = Toml::Table(root);
    let mut found = Found::new();
    for path in &manifest.tables {
        let value = path.split('.').try_fold(&root, |value, key| value.get(key));
        match value {
            Some(Toml::Table(table)) => found.extend(table.iter().filter_map(|(name, value)| {
                let version = value.as_str().or_else(|| value.get("version")?.as_str())?;
                Some((name.clone(), version.to_owned()))
            })),
            Some(Toml::Array(list)) => found.extend(list.iter().filter_map(Toml::as_str).filter_map(requirement)),
            _ => {}
        }
    }
    found
}

fn toml_lock(text: &str) -> Found {
    let Ok(root) = text.parse::<::toml::Table>() else { return Found::new() };
    let packages = root.get("package").and_then(Toml::as_array).into_iter().flatten();
    let pairs = packages.filter_map(|package| {
        Some((package.get("name")?.as_str()?.to_owned(), package.get("version")?.as_str()?.to_owned()))
    });
    pairs.collect()
}

/// `asyncpg[gssauth]==0.30.0 ; python_version > "3.9"`, `github.com/lib/pq v1.10.9 // indirect`.
fn requirement(line: &str) -> Option<(String, String)> {
    let line = line.trim().trim_start_matches("require ");
    let line = line.split(['#', ';']).next()?.split("//").next()?.trim();
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | '@');
    let end = line.find(|c: char| !is_name(c)).unwrap_or(line.len());
    let (name, rest) = line.split_at(end);
    let rest = rest.trim_start();
    let rest = if rest.starts_with('[') { rest.split_once(']')?.1 } else { rest };
    (!name.is_empty()).then(|| (name.to_owned(), rest.trim().to_owned()))
}

/// `<PackageReference Include="Npgsql" Version="9.0.3" />`.
fn msbuild(line: &str) -> Option<(String, String)> {
    let attribute = |name: &str| line.split_once(name)?.1.split('"').next().map(str::to_owned);
    Some((attribute("Include=\"")?, attribute("Version=\"")?))
}

/// The version that a range says at least in its first number; none for what is open upwards.
fn decided(range: &str) -> Option<Version> {
    let range = range.trim().trim_matches(['"', '\'']);
    if range.contains("||") || range.starts_with(['>', '<', '!', '*']) {
        return None;
    }
    Version::parse(range.trim_start_matches(['^', '~', '=']).trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(name: &str, text: &str) -> Vec<String> {
        let facts = read(knowledge::packages().manifest(name).unwrap(), text);
        facts.listed.iter().map(|one| format!("{} {}", one.package, one.version)).collect()
    }

    #[test]
    fn every_format_says_its_versions() {
        for (name, text, expected) in [
            (
                "package.json",
                r#"{"dependencies":{"@prisma/client":"^7.1.0","pg":"8.16.0","x":"1"}}"#,
                &["prisma 7.1.0", "pg 8.16.0"][..],
            ),
            (
                "package-lock.json",
                r#"{"packages":{"":{},"node_modules/prisma":{"version":"6.19.0"}}}"#,
                &["prisma 6.19.0"],
            ),
            (
                "composer.json",
                r#"{"require":{"php":"^8.2","laravel/framework":"^12.0"}}"#,
                &["php 8.2", "laravel 12.0"],
            ),
            (
                "requirements-dev.txt",
                "# asyncpg==1\nasyncpg==0.30.0 ; python_version > '3'\nSQLAlchemy[asyncio]~=2.0.4\ndjango>=5\n",
                &["asyncpg 0.30.0", "sqlalchemy 2.0.4"],
            ),
            (
                "pyproject.toml",
                "[project]\ndependencies = [\"asyncpg ==0.31.0\", \"x\"]\n[tool.poetry.dependencies]\nsqlalchemy = {version = \"^2.1\"}\n",
                &["asyncpg 0.31.0", "sqlalchemy 2.1"],
            ),
            ("uv.lock", "[[package]]\nname = \"asyncpg\"\nversion = \"0.31.0\"\n", &["asyncpg 0.31.0"]),
            (
                "Cargo.toml",
                "[dependencies]\nsqlx = { version = \"0.8\", features = [] }\ndiesel = \"2.3\"\n",
                &["diesel 2.3", "sqlx 0.8"],
            ),
            ("go.mod", "module x\n\nrequire (\n\tgithub.com/lib/pq v1.10.9 // indirect\n)\n", &["lib-pq 1.10.9"]),
            ("App.csproj", "<PackageReference Include=\"Npgsql\" Version=\"9.0.3\" />\n", &["npgsql 9.0.3"]),
        ] {
            let mut found = listed(name, text);
            let mut expected: Vec<String> = expected.iter().map(|one| (*one).to_owned()).collect();
            found.sort();
            expected.sort();
            assert_eq!(found, expected, "{name}");
        }
    }

    #[test]
    fn what_is_open_or_broken_says_nothing() {
        for (name, text) in [
            ("package.json", r#"{"dependencies":{"pg":">=8","prisma":"latest"}}"#),
            ("package.json", "{\"pg\""),
            ("Cargo.toml", "sqlx = ["),
            ("requirements.txt", "asyncpg\nasyncpg[\n"),
            ("App.csproj", "<PackageReference Include=\"Npgsql\" />"),
        ] {
            assert!(listed(name, text).is_empty(), "{text}");
        }
    }
}
