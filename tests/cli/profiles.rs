//! `--profiles DIR`: knowledge of the user's own, added to the built-in one or in its place.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::common::{good, supascope};

fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// A built-in profile, as a starting point of one's own.
fn built_in(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("profiles").join(name)).unwrap()
}

fn rows(folder: &Path, topic: &str) -> Vec<Value> {
    let outcome = supascope(&["list", topic, "--format", "json", "--profiles", folder.to_str().unwrap()]);
    assert_eq!((outcome.status, outcome.stderr.as_str()), (0, ""), "{topic}");
    let document: Value = serde_json::from_str(&outcome.stdout).unwrap();
    document[topic].as_array().unwrap().clone()
}

fn row<'r>(rows: &'r [Value], id: &str) -> &'r Value {
    rows.iter().find(|row| row["id"] == id).unwrap_or_else(|| panic!("no row {id}"))
}

const ERRORS: &str = r#"
speaker = "Our gateway"
as_of = "2026-11-25"
source = "our runbook"

[sources]
runbook = "Runbook, page 7, 2026"

[[error]]
id = "gateway-full"
text = ["gateway has no lane left"]
cause = "max-clients"
confidence = "certain"
says = "The gateway in front of the pooler is full."
sources = ["runbook"]
"#;

#[test]
fn a_stack_is_added_and_another_overridden_and_list_says_where_both_come_from() {
    let folder = tempfile::tempdir().unwrap();
    let stack = built_in("stacks/pgx.toml");
    write(folder.path(), "stacks/our-driver.toml", &stack.replacen("id = \"pgx\"", "id = \"our-driver\"", 1));
    let name = stack.lines().find(|line| line.starts_with("name = ")).unwrap();
    let patched = stack.replacen(name, "name = \"pgx, as we patch it\"", 1);
    write(folder.path(), "stacks/pgx.toml", &patched);
    let rows = rows(folder.path(), "stacks");
    assert!(row(&rows, "our-driver")["from"].as_str().unwrap().ends_with("our-driver.toml"));
    assert_eq!(row(&rows, "pgx")["name"], "pgx, as we patch it");
    assert_eq!(row(&rows, "asyncpg")["from"], "built in");
    let directory = folder.path().to_str().unwrap();
    let outcome =
        supascope(&["inspect", &good(), "--stack", "our-driver", "--format", "json", "--profiles", directory]);
    assert_eq!(outcome.status, 0, "{}", outcome.stderr);
    assert!(outcome.stdout.contains("our-driver"));
    assert_eq!(supascope(&["inspect", &good(), "--stack", "our-driver"]).status, 2, "unknown without the option");
}

#[test]
fn an_error_is_explained_from_the_users_own_family() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "errors/gateway.toml", ERRORS);
    let directory = folder.path().to_str().unwrap();
    let outcome =
        supascope(&["explain", "FATAL: gateway has no lane left", "--format", "json", "--profiles", directory]);
    assert!(outcome.stdout.contains("gateway-full"), "{} {}", outcome.stdout, outcome.stderr);
    assert!(row(&rows(folder.path(), "errors"), "gateway-full")["from"].as_str().unwrap().ends_with("gateway.toml"));
}

#[test]
fn a_tier_is_added_to_the_built_in_ones() {
    let folder = tempfile::tempdir().unwrap();
    let tiers = built_in("tiers.toml").replacen("id = \"small\"", "id = \"ours\"", 1);
    write(folder.path(), "tiers.toml", &tiers);
    let rows = rows(folder.path(), "tiers");
    assert!(row(&rows, "ours")["from"].as_str().unwrap().ends_with("tiers.toml"));
    assert_eq!(row(&rows, "small")["from"], "built in", "what the file lacks is as it was");
}

#[test]
fn what_is_wrong_is_told_with_line_and_column_and_ends_the_run() {
    let stack = built_in("stacks/pgx.toml");
    let unknown = stack.replacen("id = \"pgx\"", "id = \"pgx\"\nnonsense = 1", 1);
    let other = stack.replacen("id = \"pgx\"", "id = \"Not An Id\"", 1);
    let cases = [
        ("stacks/pgx.toml", unknown, "unknown field `nonsense`"),
        ("stacks/pgx.toml", other, "is no id"),
        ("stacks/mine.toml", stack, "the file is called mine.toml"),
        ("errors/x.toml", ERRORS.replace("sources = [\"runbook\"]", "sources = [\"nowhere\"]"), "the source `nowhere`"),
        ("errors/x.toml", ERRORS.replace("sources = [\"runbook\"]", ""), "`sources` is missing"),
        ("errors/x.toml", ERRORS.replace("\"max-clients\"", "\"no-such-cause\""), "no cause is called"),
        ("errors/x.toml", "speaker = ".to_owned(), "x.toml:1:"),
        ("templates/nobody.toml", built_in("templates/pgx.toml"), "no stack is called `nobody`"),
        ("other.toml", String::new(), "no profile has this name"),
    ];
    for (name, text, said) in cases {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), name, &text);
        let outcome = supascope(&["list", "stacks", "--profiles", folder.path().to_str().unwrap()]);
        assert_eq!((outcome.status, outcome.stdout.as_str()), (2, ""), "{name}: {said}");
        assert!(outcome.stderr.contains(said) && outcome.stderr.contains(".toml:"), "{name}: {}", outcome.stderr);
    }
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("tiers.toml")).unwrap();
    let outcome = supascope(&["list", "stacks", "--profiles", folder.path().to_str().unwrap()]);
    assert_eq!(outcome.status, 2, "a folder, a pipe: it is not opened");
    assert!(outcome.stderr.contains("it is not a file"), "{}", outcome.stderr);
    let outcome = supascope(&["list", "stacks", "--profiles", "/nonexistent"]);
    assert_eq!(outcome.status, 2);
    assert!(outcome.stderr.contains("/nonexistent"), "{}", outcome.stderr);
}
