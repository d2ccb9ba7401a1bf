//! `supascope rehearse` from outside, as far as it needs no endpoint.

use serde_json::Value;

use crate::common::{Outcome, PASSWORD, good, supascope, supascope_with};

/// A dry run of the setting in `DATABASE_URL`, with more variables beside it.
fn dry(arguments: &[&str], beside: &[(&str, &str)]) -> Outcome {
    let setting = good();
    let environment = [&[("DATABASE_URL", setting.as_str())], beside].concat();
    let arguments = [&["rehearse", "--dry-run", "--format", "json"], arguments].concat();
    supascope_with(&arguments, &environment, "")
}

fn document(outcome: &Outcome) -> Value {
    assert_eq!((outcome.status, outcome.stderr.as_str()), (0, ""));
    outcome.assert_keeps_the_secret();
    serde_json::from_str(&outcome.stdout).unwrap()
}

#[test]
fn the_numbers_come_from_options_the_environment_or_the_stack() {
    let beside = [("DB_POOL_SIZE", "7"), ("DB_MAX_OVERFLOW", "3"), ("WEB_CONCURRENCY", "4")];
    assert_eq!(document(&dry(&[], &beside))["connections"], 40);
    assert_eq!(document(&dry(&["--pool-size", "2", "--replicas", "2"], &beside))["connections"], 40);
    assert_eq!(document(&dry(&["--stack", "sqlalchemy-asyncpg"], &[]))["connections"], 15);
    assert_eq!(document(&dry(&["--pool-size", "2", "--max-share", "0.5"], &[]))["needs_free"], 6);
}

#[test]
fn absurd_numbers_are_counted_and_not_built() {
    let many = ["--pool-size", "100000", "--replicas", "100000", "--workers", "100000", "--overflow", "100000"];
    let plan = document(&dry(&many, &[]));
    assert_eq!(plan["connections"], u32::MAX);
    assert!(plan["steps"].as_array().unwrap().len() <= 12);
}

#[test]
fn bad_input_is_exit_status_two_with_a_way_out() {
    let pool = ["--pool-size", "2"];
    for (arguments, wanted) in [
        (&[][..], "--pool-size N, or --stack ID"),
        (&["--pool-size", "0"], "0 is not in 1..=100000"),
        (&["--pool-size", "-3"], "--pool-size"),
        (&[&pool[..], &["--max-share", "0"]].concat(), "a share is a percentage above 0"),
        (&[&pool[..], &["--max-share", "101%"]].concat(), "a share is a percentage above 0"),
        (&[&pool[..], &["--max-share", "-5"]].concat(), "a share is a percentage above 0"),
        (&[&pool[..], &["--qps", "0"]].concat(), "a rate is a number above 0"),
        (&[&pool[..], &["--qps", "NaN"]].concat(), "a rate is a number above 0"),
        (&[&pool[..], &["--qps", "5", "--clients", "2"]].concat(), "cannot be used with"),
        (&[&pool[..], &["--query-ms", "10001"]].concat(), "10001 is not in 1..=10000"),
        (&[&pool[..], &["--seconds", "0"]].concat(), "0 is not in 1..=600"),
        (&["--stack", "sqlalchemi-asyncpg"], "did you mean"),
    ] {
        let outcome = dry(arguments, &[]);
        assert_eq!((outcome.status, outcome.stdout.as_str()), (2, ""), "{arguments:?}: {}", outcome.stderr);
        assert!(outcome.stderr.contains(wanted), "{arguments:?}: {}", outcome.stderr);
    }
}

#[test]
fn of_several_settings_one_must_be_named() {
    let setting = good();
    let outcome = dry(&["--pool-size", "2"], &[("DIRECT_URL", setting.as_str())]);
    assert_eq!(outcome.status, 2);
    assert!(
        outcome.stderr.contains("env:DATABASE_URL") && outcome.stderr.contains("env:DIRECT_URL"),
        "{}",
        outcome.stderr
    );
    assert_eq!(dry(&["env:DIRECT_URL", "--pool-size", "2"], &[("DIRECT_URL", setting.as_str())]).status, 0);
}

#[test]
fn a_setting_in_the_wrong_place_keeps_its_secret() {
    let setting = format!("postgresql://postgres:{PASSWORD}@h/d");
    for option in ["--pool-size", "--max-share", "--qps", "--stack", "--tier", "--env-file"] {
        let outcome = supascope(&["rehearse", option, &setting]);
        outcome.assert_keeps_the_secret();
        assert_eq!(outcome.status, 2, "{option}");
    }
}

#[test]
fn a_setting_that_leads_nowhere_is_no_answer() {
    // Nothing listens on port 1 of the loopback address.
    let setting = format!("host=127.0.0.1 port=1 user=u dbname=d password={PASSWORD}");
    let arguments = ["rehearse", "env:DB", "--pool-size", "2", "--format", "json"];
    let outcome = supascope_with(&arguments, &[("DB", &setting)], "");
    outcome.assert_keeps_the_secret();
    let report: Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!((outcome.status, &report["verdict"], &report["yours"]), (3, &"unknown".into(), &Value::Null));
    assert_eq!(report["unreachable"]["cause"], "connection-refused", "{report:#}");
}
