//! What the options do.

use std::process::{Command, Stdio};

use crate::common::{broken, good, supascope, supascope_with};

#[test]
fn quiet_says_nothing_when_nothing_is_wrong() {
    let outcome = supascope(&["inspect", "-q", &good()]);
    assert_eq!((outcome.status, outcome.stderr.as_str()), (0, ""));
    // Notes are findings too.
    assert!(!outcome.stdout.contains("error["), "{}", outcome.stdout);
    assert!(!outcome.stdout.contains("Evidence"), "{}", outcome.stdout);
}

#[test]
fn skip_hides_a_rule_from_findings_and_exit_status() {
    assert_eq!(supascope(&["inspect", &broken()]).status, 1);
    let outcome = supascope(&["inspect", &broken(), "--skip", "user-missing-ref"]);
    assert!(!outcome.stdout.contains("user-missing-ref"), "{}", outcome.stdout);
    assert_eq!(outcome.status, 0, "{}", outcome.stdout);
}

#[test]
fn only_hides_all_others() {
    let outcome = supascope(&["inspect", &broken(), "--only", "user-missing-ref", "--format", "json"]);
    let document: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    let findings = document["targets"][0]["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0]["rule"], "user-missing-ref");
}

#[test]
fn a_target_may_come_from_the_environment_or_standard_input() {
    let by_name = supascope_with(&["inspect", "env:MY_DB"], &[("MY_DB", &broken())], "");
    assert_eq!(by_name.status, 1);
    assert!(by_name.stdout.contains("MY_DB"), "{}", by_name.stdout);
    let found = supascope_with(&["inspect"], &[("DATABASE_URL", &broken())], "");
    assert_eq!(found.status, 1, "{}", found.stderr);
    let piped = supascope_with(&["inspect", "-"], &[], &broken());
    assert_eq!(piped.status, 1);
}

#[test]
fn a_reader_that_leaves_is_no_error() {
    // More than a pipe buffers, so that the write meets the closed pipe.
    let list = format!("{}\n", good()).repeat(2000);
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("settings");
    std::fs::write(&file, list).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_supascope"))
        .args(["inspect", "--format", "ndjson", &format!("@{}", file.display())])
        .env_clear()
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}

#[test]
fn a_whole_megabyte_is_answered() {
    let outcome = supascope_with(&["inspect", "-"], &[], &"a".repeat(1_000_000));
    assert!([1, 2].contains(&outcome.status), "{}", outcome.status);
    assert!(outcome.stdout.len() + outcome.stderr.len() < 20_000, "the megabyte is not repeated");
}

#[test]
#[cfg(unix)]
fn bytes_that_are_no_text_are_answered() {
    use std::os::unix::ffi::OsStrExt as _;
    let setting = std::ffi::OsStr::from_bytes(b"postgresql://u:\xff\xfe\x01@h/d");
    let output =
        Command::new(env!("CARGO_BIN_EXE_supascope")).arg("inspect").arg(setting).env_clear().output().unwrap();
    assert!([0, 1].contains(&output.status.code().unwrap()), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(!output.stdout.contains(&0xff));
}
