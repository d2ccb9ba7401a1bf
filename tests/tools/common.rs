//! Reading YAML, and running a step as its tool does.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use saphyr::{LoadableYamlNode as _, ScalarOwned, YamlOwned};
use serde_json::Value;

/// A setting with an error, and its password.
pub const BROKEN: &str = "postgresql://postgres:Tr0ub4dor-und-3@aws-0-us-east-1.pooler.supabase.com:6543/postgres";
/// The password in [`BROKEN`].
pub const PASSWORD: &str = "Tr0ub4dor-und-3";

/// A file of this repository.
pub fn file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The one document of a YAML file.
pub fn yaml(path: &str) -> Value {
    let text = fs::read_to_string(file(path)).unwrap();
    let mut documents = YamlOwned::load_from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"));
    assert_eq!(documents.len(), 1, "{path}");
    value(documents.remove(0))
}

fn value(node: YamlOwned) -> Value {
    match node {
        YamlOwned::Value(ScalarOwned::Null) => Value::Null,
        YamlOwned::Value(ScalarOwned::Boolean(it)) => it.into(),
        YamlOwned::Value(ScalarOwned::Integer(it)) => it.into(),
        YamlOwned::Value(ScalarOwned::FloatingPoint(it)) => it.into_inner().into(),
        YamlOwned::Value(ScalarOwned::String(it)) => it.into(),
        YamlOwned::Sequence(items) => items.into_iter().map(value).collect(),
        YamlOwned::Mapping(map) => {
            map.into_iter().map(|(key, item)| (key.as_str().unwrap().to_owned(), value(item))).collect()
        }
        other => panic!("not used in these files: {other:?}"),
    }
}

/// A text in a document.
pub fn text<'v>(document: &'v Value, pointer: &str) -> &'v str {
    document.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("no text at {pointer}"))
}

/// The built program's directory in front of the system's own, and nothing else of this environment.
pub fn bare(program: &str) -> Command {
    let own = Path::new(env!("CARGO_BIN_EXE_supascope")).parent().unwrap();
    let mut command = Command::new(program);
    command.env_clear().env("PATH", format!("{}:/usr/local/bin:/usr/bin:/bin", own.display()));
    command
}

#[allow(clippy::print_stderr, reason = "what was skipped must be seen")]
/// Fails when a checker complains; `None` when it is not installed, which is told.
pub fn checked(mut command: Command) -> Option<Output> {
    let name = command.get_program().to_string_lossy().into_owned();
    let Ok(output) = command.output() else {
        eprintln!("SKIPPED: {name} is not installed");
        return None;
    };
    let said = [output.stdout.as_slice(), &output.stderr].concat();
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&said));
    Some(output)
}

/// Lints a step's script.
pub fn shellcheck(script: &str, shell: &str) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("step");
    fs::write(&path, script).unwrap();
    let mut command = Command::new("shellcheck");
    // Whoever runs the step gives it its variables.
    command.args(["--exclude=SC2153,SC2154", "--shell", shell]).arg(&path);
    checked(command);
}
