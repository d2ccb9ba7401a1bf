//! What reads the machine formats: schemas, and the tools themselves where this machine has them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::text;
use crate::report::checkout::Checkout;
use crate::report::fixtures::all;
use crate::report::{Report, gitlab, junit, prometheus, sarif};
use crate::rules::RULES;

fn sarif_of(report: &Report) -> Value {
    serde_json::from_str(&text(|report, out| sarif::write(report, &Checkout::default(), out), report)).unwrap()
}

#[test]
fn sarif_is_as_its_schema_says() {
    let schema = serde_json::from_str(include_str!("../../../tests/data/schemas/sarif-2.1.0.json")).unwrap();
    let validator = jsonschema::draft7::new(&schema).unwrap();
    for (name, report) in all() {
        let document = sarif_of(&report);
        let errors: Vec<String> =
            validator.iter_errors(&document).map(|error| format!("{}: {error}", error.instance_path)).collect();
        assert!(errors.is_empty(), "{name}: {errors:#?}");
    }
}

/// GitHub's own conditions: every result has a place with a relative path and a line, a rule that is listed, a text and a
/// fingerprint.
#[test]
fn code_scanning_takes_every_result() {
    for (name, report) in all() {
        let document = sarif_of(&report);
        let run = &document["runs"][0];
        let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
        assert_eq!(rules.len(), RULES.len());
        let mut fingerprints = Vec::new();
        for result in run["results"].as_array().unwrap() {
            let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(rules[index]["id"], result["ruleId"], "{name}");
            let place = &result["locations"][0]["physicalLocation"];
            assert!(!place["artifactLocation"]["uri"].as_str().unwrap().starts_with('/'), "{name}");
            assert!(place["region"]["startLine"].as_u64().unwrap() >= 1, "{name}");
            assert!(!result["message"]["text"].as_str().unwrap().is_empty(), "{name}");
            fingerprints.push(result["partialFingerprints"]["supascope/v1"].as_str().unwrap().to_owned());
        }
        let count = fingerprints.len();
        fingerprints.sort();
        fingerprints.dedup();
        assert_eq!(fingerprints.len(), count, "{name}: each finding is told from the others");
    }
}

#[test]
fn a_fingerprint_stays_when_lines_move_and_says_nothing_of_the_password() {
    let fingerprint = |report: &Report| {
        sarif_of(report)["runs"][0]["results"][0]["partialFingerprints"]["supascope/v1"].as_str().unwrap().to_owned()
    };
    let (_, mut report) = all().into_iter().find(|(name, _)| *name == "broken").unwrap();
    let before = fingerprint(&report);
    report.targets[0].target.source.line = Some(99);
    assert_eq!(fingerprint(&report), before);
    report.targets[0].target.source.variable = Some("OTHER".to_owned());
    assert_ne!(fingerprint(&report), before);
}

#[test]
fn junit_reads_back_and_counts_what_the_report_counts() {
    for (name, report) in all() {
        let shown = text(|report, out| junit::write(report, out), &report);
        let document = quick_junit::Report::deserialize_from_str(&shown).unwrap();
        assert_eq!(document.test_suites.len(), report.targets.len(), "{name}");
        for (suite, target) in document.test_suites.iter().zip(&report.targets) {
            assert_eq!(suite.test_cases.len(), RULES.len() + usize::from(target.unchecked), "{name}");
            assert_eq!(suite.errors, usize::from(target.unchecked), "{name}");
        }
        check_with("xmllint", &["--noout", "-"], &shown, name);
    }
}

#[test]
fn gitlab_finds_the_keys_that_it_requires() {
    for (name, report) in all() {
        let shown = text(|report, out| gitlab::write(report, &Checkout::default(), out), &report);
        for issue in serde_json::from_str::<Vec<Value>>(&shown).unwrap() {
            for key in ["description", "check_name", "fingerprint"] {
                assert!(!issue[key].as_str().unwrap().is_empty(), "{name}: {key}");
            }
            let severity = issue["severity"].as_str().unwrap();
            assert!(["info", "minor", "major", "critical", "blocker"].contains(&severity), "{name}: {severity}");
            assert!(issue["location"]["path"].is_string() && issue["location"]["lines"]["begin"].is_u64(), "{name}");
        }
    }
}

#[test]
fn no_series_occurs_twice_and_every_value_is_a_number() {
    for (name, mut report) in all() {
        // Two targets at one place.
        report.targets.extend(all().into_iter().filter(|(name, _)| *name == "measured").flat_map(|(_, r)| r.targets));
        let shown = text(|report, out| prometheus::write(report, out), &report);
        let mut series = Vec::new();
        for line in shown.lines().filter(|line| !line.starts_with('#')) {
            let (labels, value) = line.rsplit_once(' ').unwrap();
            assert!(value.parse::<f64>().is_ok(), "{name}: {line}");
            series.push(labels);
        }
        let count = series.len();
        series.sort_unstable();
        series.dedup();
        assert_eq!(series.len(), count, "{name}");
        check_with("promtool", &["check", "metrics"], &shown, name);
    }
}

/// Asks a tool that this machine may or may not have.
fn check_with(tool: &str, arguments: &[&str], input: &str, name: &str) {
    let spawned =
        Command::new(tool).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let Ok(mut child) = spawned else {
        eprintln!("SKIPPED: {tool} is not installed");
        return;
    };
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    // 3 is promtool's word for style, not for syntax.
    assert!(matches!(output.status.code(), Some(0 | 3)), "{tool} on {name}: {said}");
}
