//! The formats as scripts meet them.

use serde_json::Value;

use crate::common::{broken, good, supascope, supascope_with};

fn json(arguments: &[&str]) -> (i32, Value) {
    let outcome = supascope(&[arguments, &["--format", "json"]].concat());
    assert_eq!(outcome.stderr, "", "machine formats say nothing on standard error when nothing is wrong");
    (outcome.status, serde_json::from_str(&outcome.stdout).expect("one JSON document and nothing else"))
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().expect("an object").keys().map(String::as_str).collect()
}

#[test]
fn the_document_has_the_keys_of_version_1_in_their_order() {
    let (status, document) = json(&["inspect", &broken()]);
    assert_eq!(status, 1);
    assert_eq!(keys(&document), ["schema", "tool", "targets", "summary"]);
    assert_eq!(document["schema"], "supascope.report/v1");
    assert_eq!(keys(&document["tool"]), ["name", "version"]);
    let target = &document["targets"][0];
    assert_eq!(keys(target), ["source", "connection", "endpoint", "advice", "findings", "probe"]);
    assert_eq!(keys(&target["source"]), ["kind", "variable", "path", "line"]);
    assert_eq!(
        keys(&target["connection"]),
        ["syntax", "scheme", "user", "database", "password", "hosts", "parameters"]
    );
    assert_eq!(keys(&target["connection"]["password"]), ["state"]);
    assert_eq!(keys(&target["connection"]["hosts"][0]), ["host", "hostaddr", "port"]);
    assert_eq!(keys(&target["endpoint"]), ["kind", "mode", "pooler", "project_ref", "region", "cluster", "evidence"]);
    assert_eq!(keys(&target["findings"][0]), ["rule", "severity", "message", "fix", "docs", "span", "line", "column"]);
    assert_eq!(target["probe"], Value::Null);
    assert_eq!(keys(&document["summary"]), ["targets", "errors", "warnings", "notes", "unchecked", "exit_status"]);
    assert_eq!(document["summary"]["exit_status"], 1);
}

#[test]
fn ndjson_is_one_target_a_line() {
    let list = format!("{}\n# a comment\n\n{}\n", good(), broken());
    let outcome = supascope_with(&["inspect", "-", "--format", "ndjson"], &[], &list);
    let kinds: Vec<Value> = outcome
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["endpoint"]["kind"].clone())
        .collect();
    assert_eq!(kinds, ["shared-session", "shared-transaction"]);
}

/// Lists are streamed as ndjson and read whole for the other formats: both judge each line by itself.
#[test]
fn a_streamed_list_says_what_the_document_says() {
    let direct = good().replace(":5432", ":6543");
    let list = format!("{}\n{}\n{direct}\n{}\n", good(), broken(), "a".repeat(2_000_000));
    let whole = supascope_with(&["inspect", "-", "--format", "json"], &[], &list);
    let streamed = supascope_with(&["inspect", "-", "--format", "ndjson"], &[], &list);
    assert_eq!(whole.status, streamed.status);
    let document: Value = serde_json::from_str(&whole.stdout).unwrap();
    let lines: Vec<Value> = streamed.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(document["targets"], Value::from(lines));
}

#[test]
fn a_list_that_breaks_off_tells_what_came_before_and_is_exit_status_2() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("list");
    std::fs::write(&file, [good().as_bytes(), b"\n\xff\n"].concat()).unwrap();
    let outcome = supascope(&["inspect", &format!("@{}", file.display()), "--format", "ndjson"]);
    assert_eq!((outcome.status, outcome.stdout.lines().count()), (2, 1));
    assert!(outcome.stderr.contains("line 2 is not valid UTF-8"), "{}", outcome.stderr);
    outcome.assert_keeps_the_secret();
}

#[test]
fn the_exit_status_is_the_same_for_every_format() {
    for format in ["human", "json", "ndjson", "markdown"] {
        assert_eq!(supascope(&["inspect", &good(), "--format", format]).status, 0, "{format}");
        assert_eq!(supascope(&["inspect", &broken(), "--format", format]).status, 1, "{format}");
        assert_eq!(supascope(&["inspect", &broken(), "--format", format, "--fail-on", "never"]).status, 0, "{format}");
    }
}

#[test]
fn piped_text_has_no_colour_unless_it_is_asked_for() {
    let escape = '\x1b';
    assert!(!supascope(&["inspect", &broken()]).stdout.contains(escape));
    assert!(!supascope(&["inspect", &broken(), "--color", "never"]).stdout.contains(escape));
    assert!(supascope(&["inspect", &broken(), "--color", "always"]).stdout.contains(escape));
    let forced = [("CLICOLOR_FORCE", "1")];
    assert!(supascope_with(&["inspect", &broken()], &forced, "").stdout.contains(escape));
    let forbidden = [("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")];
    assert!(!supascope_with(&["inspect", &broken()], &forbidden, "").stdout.contains(escape));
}
