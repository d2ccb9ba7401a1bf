//! `check`: the policy of a repository, and what CI sees of it.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::common::{PASSWORD, broken, good};

/// Runs `supascope check` in a directory, with an environment that holds nothing else.
fn check(directory: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> (i32, String, String) {
    let output: Output = Command::new(env!("CARGO_BIN_EXE_supascope"))
        .arg("check")
        .args(arguments)
        .env_clear()
        .envs(environment.iter().copied())
        .current_dir(directory)
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let (stdout, stderr) = (text(output.stdout), text(output.stderr));
    for piece in PASSWORD.as_bytes().windows(6) {
        let piece = str::from_utf8(piece).unwrap();
        assert!(!stdout.contains(piece) && !stderr.contains(piece), "{piece}");
    }
    (output.status.code().unwrap(), stdout, stderr)
}

/// A repository with one broken setting on line 2 of `.env`.
fn repository() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join(".git")).unwrap();
    fs::write(folder.path().join(".env"), format!("# ours\nDATABASE_URL={}\n", broken())).unwrap();
    folder
}

fn rules(document: &str) -> Vec<String> {
    let document: Value = serde_json::from_str(document).unwrap();
    let targets = document["targets"].as_array().unwrap();
    let findings = targets.iter().flat_map(|target| target["findings"].as_array().unwrap());
    findings.map(|finding| finding["rule"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn findings_decide_the_exit_status_and_the_policy_moves_the_line() {
    let folder = repository();
    assert_eq!(check(folder.path(), &[], &[]).0, 1);
    fs::write(folder.path().join("supascope.toml"), "fail_on = \"never\"\n").unwrap();
    assert_eq!(check(folder.path(), &[], &[]).0, 0);
    // The command line wins over the policy, and a policy can be left aside.
    assert_eq!(check(folder.path(), &["--fail-on", "error"], &[]).0, 1);
    assert_eq!(check(folder.path(), &["--no-config"], &[]).0, 1);
}

#[test]
fn the_policy_is_found_upwards() {
    let folder = repository();
    fs::write(folder.path().join("supascope.toml"), "[rules]\nuser-missing-ref = \"off\"\n").unwrap();
    let inner = folder.path().join("services/api");
    fs::create_dir_all(&inner).unwrap();
    let (status, stdout, _) = check(&inner, &["--env-file", "../../.env", "--format", "json"], &[]);
    assert_eq!(status, 0);
    assert!(!rules(&stdout).contains(&"user-missing-ref".to_owned()));
}

#[test]
fn a_policy_with_a_mistake_is_bad_usage_and_the_spot_is_named() {
    let folder = repository();
    fs::write(folder.path().join("supascope.toml"), "\n[rules]\nno-such-rule = \"off\"\n").unwrap();
    let (status, stdout, stderr) = check(folder.path(), &[], &[]);
    assert_eq!((status, stdout.as_str()), (2, ""));
    assert!(stderr.contains("supascope.toml:3:1: unknown rule `no-such-rule`"), "{stderr}");
    assert_eq!(check(folder.path(), &["--config", "missing.toml"], &[]).0, 2);
}

#[test]
fn a_comment_beside_the_setting_accepts_a_finding() {
    let folder = repository();
    let text = format!("# supascope: ignore[user-missing-ref] the tenant is told by SNI\nDATABASE_URL={}\n", broken());
    fs::write(folder.path().join(".env"), text).unwrap();
    let (status, _, stderr) = check(folder.path(), &["-v"], &[]);
    assert_eq!(status, 0);
    assert!(stderr.contains("accepted: user-missing-ref (the tenant is told by SNI)"), "{stderr}");
}

#[test]
fn an_ignore_that_has_ended_counts_no_longer_and_is_told() {
    let folder = repository();
    let policy = "[[ignore]]\nrule = \"user-missing-ref\"\nreason = \"soon\"\nuntil = 2020-01-31\n";
    fs::write(folder.path().join("supascope.toml"), policy).unwrap();
    let (status, _, stderr) = check(folder.path(), &[], &[]);
    assert_eq!(status, 1);
    assert!(stderr.contains("ended on 2020-01-31"), "{stderr}");
}

#[test]
fn with_a_baseline_only_what_is_new_is_reported() {
    let folder = repository();
    assert_eq!(check(folder.path(), &["--write-baseline", "b.json"], &[]).0, 0);
    let (status, stdout, _) = check(folder.path(), &["--baseline", "b.json", "--format", "json"], &[]);
    assert_eq!((status, rules(&stdout)), (0, vec![]));
    // Moved by a line it is still the same finding; another variable is a new one.
    let text = format!("\n# ours\nDATABASE_URL={0}\nOTHER_DATABASE_URL={0}\n", broken());
    fs::write(folder.path().join(".env"), text).unwrap();
    let (status, stdout, _) = check(folder.path(), &["--baseline", "b.json", "--format", "json"], &[]);
    assert_eq!(status, 1);
    assert_eq!(rules(&stdout).iter().filter(|rule| *rule == "user-missing-ref").count(), 1);
    fs::write(folder.path().join("b.json"), "{\"schema\": \"supascope.baseline/v0\", \"findings\": []}").unwrap();
    let (status, _, stderr) = check(folder.path(), &["--baseline", "b.json"], &[]);
    assert_eq!(status, 2);
    assert!(stderr.contains("another version"), "{stderr}");
}

#[test]
fn a_file_that_cannot_be_read_hides_no_finding() {
    let folder = repository();
    let files = ["--env-file", ".git", "--env-file", ".env", "--format", "json"];
    let (status, stdout, stderr) = check(folder.path(), &files, &[]);
    assert_eq!(status, 2, "an input is unreadable");
    assert!(rules(&stdout).contains(&"user-missing-ref".to_owned()));
    assert!(stderr.contains("it is a directory"), "{stderr}");
}

#[test]
fn inside_github_actions_findings_are_annotations_and_the_job_gets_a_summary() {
    let folder = repository();
    let summary = folder.path().join("summary.md");
    let actions = [("GITHUB_ACTIONS", "true"), ("GITHUB_STEP_SUMMARY", summary.to_str().unwrap())];
    let (status, stdout, _) = check(folder.path(), &[], &actions);
    assert_eq!(status, 1);
    assert!(stdout.lines().any(|line| line.starts_with("::error file=.env,line=2,")), "{stdout}");
    assert!(fs::read_to_string(&summary).unwrap().contains("user-missing-ref"));
    let (_, stdout, _) = check(folder.path(), &["--format", "json"], &actions);
    assert!(!stdout.contains("::error"), "a format that was asked for is all there is");
    assert!(!check(folder.path(), &[], &[]).1.contains("::error"));
}

#[test]
fn code_scanning_gets_paths_from_the_root_of_the_repository() {
    let folder = repository();
    let inner = folder.path().join("deploy");
    fs::create_dir(&inner).unwrap();
    fs::rename(folder.path().join(".env"), inner.join(".env")).unwrap();
    let (_, stdout, _) = check(&inner, &["--format", "sarif"], &[]);
    let document: Value = serde_json::from_str(&stdout).unwrap();
    let place = &document["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "deploy/.env");
    assert_eq!(place["region"]["startLine"], 2);
}

#[test]
fn the_shards_of_a_list_are_all_of_it() {
    let folder = repository();
    let list: String = (0..7).map(|_| good() + "\n").collect();
    fs::write(folder.path().join("fleet.txt"), list).unwrap();
    let lines: usize = ["1/3", "2/3", "3/3"]
        .map(|shard| {
            check(folder.path(), &["@fleet.txt", "--format", "ndjson", "--shard", shard], &[]).1.lines().count()
        })
        .into_iter()
        .sum();
    assert_eq!(lines, 7);
}

#[test]
fn a_run_that_was_cut_goes_on_where_it_was_and_counts_all() {
    let folder = repository();
    fs::write(folder.path().join("fleet.txt"), format!("{}\n{}\n{}\n", good(), broken(), good())).unwrap();
    let resume = ["@fleet.txt", "--format", "ndjson", "--resume", "done"];
    assert_eq!(check(folder.path(), &resume, &[]).1.lines().count(), 3);
    // As a kill leaves it: the second target is not done, and the line of the third is cut short.
    let done = fs::read_to_string(folder.path().join("done")).unwrap();
    let lines: Vec<&str> = done.lines().collect();
    let cut = format!("{}\n{}\n{}", lines[0], lines[1], &lines[3][..10]);
    fs::write(folder.path().join("done"), cut).unwrap();
    let (status, stdout, stderr) = check(folder.path(), &resume, &[]);
    assert_eq!((status, stdout.lines().count()), (1, 2));
    assert!(stderr.contains("3 targets"), "{stderr}");
    let (status, stdout, _) = check(folder.path(), &resume, &[]);
    assert_eq!((status, stdout.as_str()), (1, ""), "what an earlier run has found still decides");
    fs::write(folder.path().join("done"), "something else\n").unwrap();
    assert_eq!(check(folder.path(), &resume, &[]).0, 2, "another file is not written to");
}

#[test]
fn the_sample_is_a_policy() {
    let folder = repository();
    let sample = Command::new(env!("CARGO_BIN_EXE_supascope")).args(["list", "config"]).output().unwrap();
    fs::write(folder.path().join("supascope.toml"), sample.stdout).unwrap();
    assert_eq!(check(folder.path(), &[], &[]).0, 1);
}
