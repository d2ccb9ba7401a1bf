//! `tools/new.sh`, run in a copy of what it touches.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use crate::common::{checked, file};

/// A copy of the rules, the profiles and the script.
fn copy() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for part in ["src/rules", "profiles", "tools"] {
        copy_all(&file(part), &folder.path().join(part));
    }
    folder
}

fn copy_all(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_all(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

fn new(folder: &Path, arguments: &[&str]) -> Output {
    Command::new("bash").arg("tools/new.sh").args(arguments).current_dir(folder).output().unwrap()
}

#[test]
fn a_new_rule_is_formatted_and_registered_once() {
    let folder = copy();
    assert!(new(folder.path(), &["rule", "some-new-rule"]).status.success());
    let made = folder.path().join("src/rules/some_new_rule.rs");
    let mut command = Command::new("rustfmt");
    command.args(["--check", "--edition", "2024", "--config-path"]).arg(file("rustfmt.toml")).arg(&made);
    checked(command);
    let before = fs::read_to_string(file("src/rules/mod.rs")).unwrap();
    let after = fs::read_to_string(folder.path().join("src/rules/mod.rs")).unwrap();
    let added: Vec<&str> = after.lines().filter(|line| !before.lines().any(|old| old == *line)).collect();
    assert_eq!(added, ["    some_new_rule,"]);
    assert_eq!(after.lines().count(), before.lines().count() + 1);
    let registry = &after[after.find("registry! {").unwrap()..];
    assert!(registry[..registry.find("\n}").unwrap()].contains("    some_new_rule,"), "inside the registry");

    let again = new(folder.path(), &["rule", "some-new-rule"]);
    assert_eq!(again.status.code(), Some(2), "nothing is written over");
    assert_eq!(new(folder.path(), &["rule", "Not An Id"]).status.code(), Some(2));
    assert_eq!(new(folder.path(), &[]).status.code(), Some(2));
}

#[test]
fn a_new_stack_and_a_new_error_are_toml_with_their_id() {
    let folder = copy();
    assert!(new(folder.path(), &["stack", "some-driver"]).status.success());
    let text = fs::read_to_string(folder.path().join("profiles/stacks/some-driver.toml")).unwrap();
    let stack: toml::Table = text.parse().unwrap();
    assert_eq!((stack["id"].as_str(), stack["name"].as_str()), (Some("some-driver"), Some("some-driver")));

    assert!(new(folder.path(), &["error", "supavisor", "some-error"]).status.success());
    let text = fs::read_to_string(folder.path().join("profiles/errors/supavisor.toml")).unwrap();
    let family: toml::Table = text.parse().unwrap();
    let last = family["error"].as_array().unwrap().last().unwrap();
    assert_eq!(last["id"].as_str(), Some("some-error"));
    for key in ["text", "cause", "confidence", "says", "sources", "examples"] {
        assert!(last.get(key).is_some(), "{key}");
    }
    assert_eq!(new(folder.path(), &["error", "supavisor", "some-error"]).status.code(), Some(2), "once");
    assert_eq!(new(folder.path(), &["error", "no-such-family", "x"]).status.code(), Some(2));
}
