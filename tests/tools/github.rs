//! `action.yml` and the example of a workflow, their steps run by bash as a runner does.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::common::{BROKEN, PASSWORD, bare, checked, file, shellcheck, text, yaml};

/// A checkout with one broken setting.
fn checkout() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join(".git")).unwrap();
    fs::write(folder.path().join(".env"), format!("DATABASE_URL={BROKEN}\n")).unwrap();
    folder
}

/// Runs a step's script as `shell: bash` does (GitHub documentation, "Workflow syntax", `jobs.<job_id>.steps[*].shell`).
fn step(folder: &Path, script: &str, environment: &[(&str, &str)]) -> Output {
    let path = folder.join(".git/step.sh");
    fs::write(&path, script).unwrap();
    let output = bare("bash")
        .args(["--noprofile", "--norc", "-eo", "pipefail"])
        .arg(&path)
        .current_dir(folder)
        .env("GITHUB_ACTIONS", "true")
        .env("GITHUB_OUTPUT", folder.join(".git/output"))
        .env("GITHUB_STEP_SUMMARY", folder.join(".git/summary"))
        .envs(environment.iter().copied())
        .output()
        .unwrap();
    let said = [output.stdout.as_slice(), &output.stderr].concat();
    assert!(!String::from_utf8_lossy(&said).contains(&PASSWORD[..6]));
    output
}

fn action_step(name: &str) -> Value {
    let action = yaml("action.yml");
    let steps = action["runs"]["steps"].as_array().unwrap();
    steps.iter().find(|step| step["name"] == name).unwrap().clone()
}

fn read(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(name)).unwrap_or_default()
}

fn assert_sarif(text: &str) {
    let schema: Value =
        serde_json::from_str(&fs::read_to_string(file("tests/data/schemas/sarif-2.1.0.json")).unwrap()).unwrap();
    let document: Value = serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    let validator = jsonschema::draft7::new(&schema).unwrap();
    assert!(validator.is_valid(&document));
    let result = &document["runs"][0]["results"][0];
    assert_eq!(result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], ".env");
}

#[test]
fn the_actions_check_tells_its_status_and_writes_sarif() {
    let step_of_action = action_step("Check");
    let script = text(&step_of_action, "/run");
    assert_eq!(step_of_action["shell"], "bash");
    let folder = checkout();
    let output = step(folder.path(), script, &[("ARGUMENTS", ""), ("SARIF", "out.sarif")]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stdout).contains("::error file=.env,line=1,"));
    assert_eq!(read(folder.path(), ".git/output"), "exit-status=1\n");
    assert_sarif(&read(folder.path(), "out.sarif"));
    let summary = read(folder.path(), ".git/summary");
    assert_eq!(
        summary.matches("user-missing-ref").count(),
        {
            let alone = checkout();
            step(alone.path(), script, &[("ARGUMENTS", ""), ("SARIF", "")]);
            assert!(!alone.path().join("out.sarif").exists());
            read(alone.path(), ".git/summary").matches("user-missing-ref").count()
        },
        "the summary is written once"
    );
}

#[test]
fn the_actions_arguments_reach_both_looks_but_for_the_format() {
    let step_of_action = action_step("Check");
    let script = text(&step_of_action, "/run");
    for arguments in ["--format json", "--format=junit --fail-on error", "--env-file .env --format markdown"] {
        let folder = checkout();
        let output = step(folder.path(), script, &[("ARGUMENTS", arguments), ("SARIF", "out.sarif")]);
        assert_eq!(output.status.code(), Some(1), "{arguments}");
        assert_sarif(&read(folder.path(), "out.sarif"));
    }
    // Bad usage is told, and leaves no half of a document.
    let folder = checkout();
    let output = step(folder.path(), script, &[("ARGUMENTS", "--no-such-option"), ("SARIF", "out.sarif")]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(read(folder.path(), ".git/output"), "exit-status=2\n");
    assert!(!folder.path().join("out.sarif").exists());
}

#[test]
fn every_input_of_the_action_is_used_and_no_expression_stands_in_a_script() {
    let action = yaml("action.yml");
    let whole = fs::read_to_string(file("action.yml")).unwrap();
    for input in action["inputs"].as_object().unwrap().keys() {
        assert!(whole.contains(&format!("${{{{ inputs.{input} }}}}")), "{input}");
    }
    assert_eq!(action["runs"]["using"], "composite");
    for step in action["runs"]["steps"].as_array().unwrap() {
        let script = text(step, "/run");
        // An expression in a script is text that a stranger may have written; variables are not.
        assert!(!script.contains("${{"), "{script}");
        shellcheck(script, "bash");
    }
}

#[test]
fn the_workflows_steps_run() {
    let workflow = yaml("examples/ci/github-workflow.yml");
    let folder = checkout();
    let steps = workflow["jobs"]["settings"]["steps"].as_array().unwrap();
    let check = steps.iter().find(|step| step["name"] == "Check the settings in the repository").unwrap();
    let output = step(folder.path(), text(check, "/run"), &[]);
    assert_eq!(output.status.code(), Some(1), "a broken setting fails the pull request");
    assert_sarif(&read(folder.path(), "supascope.sarif"));
    assert!(steps.iter().any(|step| step["with"]["sarif_file"] == "supascope.sarif"), "and is uploaded");

    let steps = workflow["jobs"]["endpoint"]["steps"].as_array().unwrap();
    let measure = steps.iter().find(|step| step["env"]["DATABASE_URL"].is_string()).unwrap();
    // Nothing listens there.
    let dead = format!("{BROKEN}?hostaddr=127.0.0.1&sslmode=require")
        .replace("postgres:Tr", "postgres.abcdefghijklmnopqrst:Tr")
        .replace(":6543", ":1");
    let folder = tempfile::tempdir().unwrap(); // this job checks nothing out
    fs::create_dir(folder.path().join(".git")).unwrap();
    let output = step(folder.path(), text(measure, "/run"), &[("DATABASE_URL", &dead)]);
    assert!(matches!(output.status.code(), Some(1 | 3)), "{output:?}");
    let output = step(folder.path(), text(measure, "/run"), &[]);
    assert_eq!(output.status.code(), Some(2), "a secret that is not set is bad usage");
}

#[test]
fn every_script_of_the_workflow_passes_shellcheck_and_the_workflow_actionlint() {
    let workflow = yaml("examples/ci/github-workflow.yml");
    for job in workflow["jobs"].as_object().unwrap().values() {
        for script in job["steps"].as_array().unwrap().iter().filter_map(|step| step["run"].as_str()) {
            shellcheck(script, "bash");
        }
    }
    let mut command = Command::new("actionlint");
    command.arg(file("examples/ci/github-workflow.yml"));
    checked(command);
}
