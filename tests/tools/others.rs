//! The pre-commit hook, the example for GitLab, and the image.

use std::fs;
use std::process::Command;

use crate::common::{BROKEN, bare, checked, file, shellcheck, yaml};

#[test]
fn the_pre_commit_hook_fails_on_a_broken_setting_and_passes_without() {
    let hooks = yaml(".pre-commit-hooks.yaml");
    let hook = &hooks[0];
    assert_eq!(
        (&hook["id"], &hook["language"], &hook["pass_filenames"]),
        (&"supascope".into(), &"rust".into(), &false.into())
    );
    let files = hook["files"].as_str().unwrap();
    assert_eq!(files, r"(^|/)(\.env.*|supascope\.toml)$");
    let entry: Vec<&str> = hook["entry"].as_str().unwrap().split(' ').collect();
    let folder = tempfile::tempdir().unwrap();
    let run = || bare(entry[0]).args(&entry[1..]).current_dir(folder.path()).output().unwrap().status.code();
    fs::write(folder.path().join(".env"), format!("DATABASE_URL={BROKEN}\n")).unwrap();
    assert_eq!(run(), Some(1));
    let right = BROKEN.replace("postgres:Tr", "postgres.abcdefghijklmnopqrst:Tr");
    fs::write(folder.path().join(".env"), format!("DATABASE_URL={right}?sslmode=require\n")).unwrap();
    assert_eq!(run(), Some(0));
    let mut command = Command::new("pre-commit");
    command.arg("validate-manifest").arg(file(".pre-commit-hooks.yaml"));
    checked(command);
}

#[test]
fn the_gitlab_job_fails_with_its_reports_written() {
    let job = &yaml("examples/ci/gitlab-ci.yml")["connections"];
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(".env"), format!("DATABASE_URL={BROKEN}\n")).unwrap();
    let lines: Vec<&str> = job["script"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
    // A runner joins the lines and stops at the first that fails.
    let script = lines.join("\n");
    shellcheck(&script, "bash");
    let output = bare("bash").args(["-eo", "pipefail", "-c", &script]).current_dir(folder.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let reports = &job["artifacts"]["reports"];
    let quality = fs::read_to_string(folder.path().join(reports["codequality"].as_str().unwrap())).unwrap();
    let quality: serde_json::Value = serde_json::from_str(&quality).unwrap();
    assert!(quality.as_array().unwrap().iter().all(|issue| issue["fingerprint"].is_string()));
    let junit = fs::read_to_string(folder.path().join(reports["junit"].as_str().unwrap())).unwrap();
    assert!(junit.contains("<failure"), "{junit}");
}

#[test]
fn the_image_is_built_from_what_is_there() {
    let dockerfile = fs::read_to_string(file("examples/docker/Dockerfile")).unwrap();
    assert!(dockerfile.contains("cargo build --release --locked"), "from the lock file");
    assert!(dockerfile.contains("USER 65532:65532"), "the user of the Kubernetes examples");
    for instruction in dockerfile.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let word = instruction.split(' ').next().unwrap();
        let known = ["FROM", "RUN", "WORKDIR", "COPY", "USER", "ENTRYPOINT", "CMD"];
        assert!(known.contains(&word), "{instruction}");
    }
    // Passwords and what was built here do not go into a layer.
    let ignored = fs::read_to_string(file("examples/docker/Dockerfile.dockerignore")).unwrap();
    for name in ["target", ".git", "**/.env*"] {
        assert!(ignored.lines().any(|line| line == name), "{name}");
    }
}
