//! Every crate that is built may be shipped: its licence is one that `deny.toml` allows, and it comes from the registry.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

use std::process::Command;

use serde_json::Value;

/// Whether an SPDX expression can be met with the allowed licences: `OR` needs one side, `AND` both.
fn is_met(expression: &str, allowed: &[String]) -> bool {
    let expression = expression.replace('/', " OR ");
    let alternatives = split(&expression, " OR ");
    if alternatives.len() > 1 {
        return alternatives.iter().any(|part| is_met(part, allowed));
    }
    let parts = split(&expression, " AND ");
    if parts.len() > 1 {
        return parts.iter().all(|part| is_met(part, allowed));
    }
    let bare = expression.trim();
    match bare.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')) {
        Some(inner) => is_met(inner, allowed),
        None => allowed.iter().any(|licence| licence == bare),
    }
}

/// Splits outside of brackets. `AND` binds closer than `OR`, so the caller splits by `OR` first.
fn split<'a>(expression: &'a str, separator: &str) -> Vec<&'a str> {
    let mut parts = Vec::new();
    let (mut depth, mut start) = (0, 0);
    for (at, byte) in expression.bytes().enumerate() {
        match byte {
            b'(' => depth += 1,
            b')' => depth -= 1,
            _ if depth == 0 && at >= start && expression[at..].starts_with(separator) => {
                parts.push(&expression[start..at]);
                start = at + separator.len();
            }
            _ => {}
        }
    }
    parts.push(&expression[start..]);
    parts
}

#[test]
fn an_expression_is_read_as_spdx_means_it() {
    let allowed = ["MIT".to_owned(), "ISC".to_owned()];
    for met in ["MIT", "GPL-3.0 OR MIT", "MIT/Apache-2.0", "(MIT OR X) AND ISC", "MIT AND (X OR ISC)"] {
        assert!(is_met(met, &allowed), "{met}");
    }
    for unmet in ["GPL-3.0", "MIT AND GPL-3.0", "(X OR Y) AND ISC", ""] {
        assert!(!is_met(unmet, &allowed), "{unmet}");
    }
}

/// The platform that this is built on.
fn host() -> String {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).arg("-vV").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().find_map(|line| line.strip_prefix("host: ")).unwrap().to_owned()
}

#[test]
fn every_dependency_may_be_shipped() {
    let policy: toml::Table = toml::from_str(include_str!("../deny.toml")).unwrap();
    let allowed: Vec<String> = policy["licenses"]["allow"].clone().try_into().unwrap();
    let banned: Vec<&str> =
        policy["bans"]["deny"].as_array().unwrap().iter().map(|entry| entry["crate"].as_str().unwrap()).collect();
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        // Crates of other platforms are in the lock file, but were never downloaded.
        .args(["metadata", "--format-version", "1", "--locked", "--offline", "--filter-platform", &host()])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    assert!(packages.len() > 50, "the list is whole");
    for package in packages {
        let name = package["name"].as_str().unwrap();
        let licence = package["license"].as_str().unwrap_or_default();
        assert!(is_met(licence, &allowed), "{name}: {licence}");
        assert!(!banned.contains(&name), "{name} is banned");
        let source = package["source"].as_str();
        assert!(
            name == "supascope" || source.is_some_and(|source| source.starts_with("registry+")),
            "{name}: {source:?}"
        );
    }
}
