//! The examples for Kubernetes and Prometheus: their commands are run by `sh`, and every metric that an alert asks for is
//! written.

use std::collections::BTreeSet;
use std::fs;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::common::{bare, checked, file, shellcheck, text, yaml};
use crate::lab::Lab;

/// The container of a pod's template, and its script.
fn container(template: &Value) -> (&Value, &str) {
    let container = &template["spec"]["containers"][0];
    assert_eq!(container["command"], serde_json::json!(["/bin/sh", "-c"]));
    assert_eq!(container["image"], concat!("supascope:", env!("CARGO_PKG_VERSION")));
    let script = text(container, "/args/0");
    shellcheck(script, "sh");
    (container, script)
}

/// The metrics' names in a text.
fn metrics(text: &str) -> BTreeSet<String> {
    let word = |c: char| !(c.is_ascii_alphanumeric() || c == '_');
    text.split(word).filter(|word| word.starts_with("supascope_")).map(str::to_owned).collect()
}

#[test]
fn the_cron_job_writes_figures_and_every_alert_asks_for_one_of_them() {
    let manifest = yaml("examples/kubernetes/cronjob.yaml");
    let (_, script) = container(&manifest["spec"]["jobTemplate"]["spec"]["template"]);
    let folder = tempfile::tempdir().unwrap();
    let script = script.replace("/metrics/", &format!("{}/", folder.path().display()));
    let lab = Lab::start(&["transaction"]);
    let run =
        |url: &str| bare("sh").args(["-c", &script]).env("DATABASE_URL", url).stdin(Stdio::null()).output().unwrap();
    let output = run(&lab.endpoint("transaction").uri(""));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let written = folder.path().join("supascope.prom");
    let figures = fs::read_to_string(&written).unwrap();
    assert!(figures.contains("supascope_target_checked{target=\"environment variable DATABASE_URL\"} 1"), "{figures}");
    if let Ok(mut child) =
        Command::new("promtool").args(["check", "metrics"]).stdin(fs::File::open(&written).unwrap()).spawn()
    {
        assert!(child.wait().unwrap().success());
    } else {
        eprintln!("SKIPPED: promtool is not installed");
    }

    let exists = metrics(&fs::read_to_string(file("src/report/prometheus.rs")).unwrap());
    let alerts = yaml("examples/prometheus/alerts.yml");
    let rules = alerts["groups"][0]["rules"].as_array().unwrap();
    assert!(rules.len() >= 5);
    for rule in rules {
        let asked = metrics(text(rule, "/expr"));
        assert!(!asked.is_empty(), "{rule}");
        assert!(asked.is_subset(&exists), "{asked:?}");
        text(rule, "/annotations/summary");
    }
    let mut command = Command::new("promtool");
    command.args(["check", "rules"]).arg(file("examples/prometheus/alerts.yml"));
    checked(command);

    // An endpoint that cannot be reached is a figure, too; a setting that is missing leaves the old figures alone.
    let dead = lab.endpoint("transaction").uri("").replace(":6543/", ":1/");
    assert!(run(&dead).status.success());
    let figures = fs::read_to_string(&written).unwrap();
    assert!(figures.contains("supascope_target_checked{target=\"environment variable DATABASE_URL\"} 0"), "{figures}");
    let output = bare("sh").args(["-c", &script]).stdin(Stdio::null()).output().unwrap();
    assert!(!output.status.success());
    assert_eq!(fs::read_to_string(&written).unwrap(), figures);
}

#[test]
fn the_pods_of_the_fleet_share_the_list_out() {
    const TARGETS: u64 = 20;
    let manifest = yaml("examples/kubernetes/fleet-job.yaml");
    let spec = &manifest["spec"];
    let completions = spec["completions"].as_u64().unwrap();
    assert_eq!(spec["completionMode"], "Indexed");
    let (container, script) = container(&spec["template"]);
    assert!(script.contains(&format!("/{completions}\"")), "as many shards as pods");
    assert_eq!(container["volumeMounts"][0]["mountPath"], "/fleet");
    let folder = tempfile::tempdir().unwrap();
    // Nothing listens there.
    let target = |index: u64| {
        format!(
            "postgresql://postgres.abcdefghijklmnopqrst:pw@aws-{index}-us-east-1.pooler.supabase.com:6543/postgres?hostaddr=127.0.0.1&port=1\n"
        )
    };
    fs::write(folder.path().join("targets.txt"), (0..TARGETS).map(target).collect::<String>()).unwrap();
    let script = script.replace("/fleet/", &format!("{}/", folder.path().display()));
    let mut told = Vec::new();
    for index in 0..completions {
        let output = bare("sh").args(["-c", &script]).env("JOB_COMPLETION_INDEX", index.to_string()).output().unwrap();
        assert!(matches!(output.status.code(), Some(0 | 3)), "{}", String::from_utf8_lossy(&output.stderr));
        for line in String::from_utf8(output.stdout).unwrap().lines() {
            told.push(serde_json::from_str::<Value>(line).unwrap()["source"]["line"].as_u64().unwrap());
        }
    }
    told.sort_unstable();
    assert_eq!(told, (1..=TARGETS).collect::<Vec<_>>());
}
