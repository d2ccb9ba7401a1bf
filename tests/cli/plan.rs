//! `supascope plan` from outside.

use crate::common::{PASSWORD, supascope, supascope_with};

const WEB: &str = "web=replicas:3,workers:2,pool:5,overflow:10,endpoint:session";
const FN: &str = "fn=instances:200,pool:1,endpoint:transaction";

#[test]
fn the_contracts_example() {
    let outcome = supascope(&["plan", "--tier", "medium", "--service", WEB, "--service", FN, "--data-api"]);
    assert_eq!((outcome.status, outcome.stderr.as_str()), (1, ""));
    for piece in ["does not fit Medium", "90 of 15 clients", "200 of 600 clients", "pool-exceeds-session-cap"] {
        assert!(outcome.stdout.contains(piece), "{piece}: {}", outcome.stdout);
    }
    let json = supascope(&["plan", "--tier", "medium", "--service", WEB, "--service", FN, "--format", "json"]);
    let document: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!((json.status, &document["totals"]["verdict"]), (1, &"exceeds".into()));
    assert_eq!(document["services"][0]["largest_pool"], 2);
}

#[test]
fn the_exit_status_follows_the_verdict() {
    let plan = |more: &[&str]| supascope(&[&["plan", "--tier", "medium", "--service", WEB], more].concat()).status;
    assert_eq!(plan(&["--pool-size", "90"]), 0, "tight is a warning");
    assert_eq!(plan(&["--pool-size", "90", "--fail-on", "warning"]), 1);
    assert_eq!(plan(&["--fail-on", "never"]), 0);
    assert_eq!(plan(&["--pool-size", "90", "--max-connections", "60"]), 1);
    assert_eq!(plan(&["--pool-size", "90", "--direct", "100"]), 1);
    assert_eq!(plan(&["--pool-size", "90", "--internal", "5", "--fail-on", "warning"]), 0);
}

#[test]
fn numbers_do_without_a_tier() {
    let numbers = ["--max-connections", "300", "--pool-size", "100", "--pooler-clients", "400"];
    let outcome = supascope(&[&["plan", "--service", WEB, "--service", FN, "--format", "json"], &numbers[..]].concat());
    let document: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!((outcome.status, &document["tier"]), (0, &serde_json::Value::Null));
}

#[test]
fn bad_input_is_exit_status_two_with_a_way_out() {
    for (arguments, wanted) in [
        (&["--service", WEB][..], "--tier, one of nano, micro"),
        (&["--tier", "medium"], "a plan needs a service, for example"),
        (&["--tier", "mediun", "--service", WEB], "did you mean medium?"),
        (&["--tier", "24xl", "--service", WEB], "--max-connections is missing"),
        (&["--tier", "medium", "--service", "web=pol:5,endpoint:session"], "did you mean 'pool'?"),
        (&["--tier", "medium", "--service", "web=pool:5,endpoint:sesssion"], "endpoint takes session"),
        (&["--tier", "medium", "--service", WEB, "--service", WEB], "two services are called 'web'"),
        (
            &["--tier", "medium", "--direct", "1", "--service", "direct=pool:1,endpoint:direct"],
            "--direct makes one too",
        ),
        (&["--tier", "medium", "--service", WEB, "--pool-size", "-3"], "-3 is not in 1..=1000000"),
        (&["--tier", "medium", "--service", WEB, "--max-connections", "0"], "0 is not in 1..=1000000"),
        (&["--tier", "medium", "--service", WEB, "--direct", "4294967297"], "--direct <N>"),
        (&["--tier", "medium", "--service", WEB, "--internal", "-1"], "-1 is not in 0..=1000000"),
        (&["--service", WEB, "--from", "no-such-file.json"], "failed to read no-such-file.json (--from)"),
        (&["--service", WEB, "--from", "."], "failed to read . (--from)"),
    ] {
        let outcome = supascope(&[&["plan"], arguments].concat());
        assert_eq!((outcome.status, outcome.stdout.as_str()), (2, ""), "{arguments:?}: {}", outcome.stderr);
        assert!(outcome.stderr.contains(wanted), "{arguments:?}: {}", outcome.stderr);
    }
    let many: Vec<String> = (0..101).map(|index| format!("--service=s{index}=pool:1,endpoint:direct")).collect();
    let many: Vec<&str> = ["plan", "--tier", "small"].into_iter().chain(many.iter().map(String::as_str)).collect();
    assert!(supascope(&many).stderr.contains("at most 100 services"));
}

#[test]
fn a_setting_in_the_wrong_place_keeps_its_secret() {
    let setting = format!("postgresql://postgres:{PASSWORD}@h/d");
    for arguments in [
        vec!["plan", &setting],
        vec!["plan", "--tier", &setting, "--service", WEB],
        vec!["plan", "--tier", "small", "--service", &setting],
        vec!["plan", "--pool-size", &setting],
        vec!["plan", "--from", &setting, "--service", WEB],
    ] {
        let outcome = supascope(&arguments);
        outcome.assert_keeps_the_secret();
        assert_eq!(outcome.status, 2, "{arguments:?}");
    }
}

#[test]
fn a_probes_report_gives_the_numbers() {
    let report = r#"{"schema": "supascope.report/v1", "targets": [{"probe": {"headroom": {"status": "measured",
        "max_connections": 90, "reserved": 3, "by_service": [{"service": "PostgREST", "role": "authenticator", "connections": 8}],
        "tier": {"id": "small", "consistent_with": ["small"]}, "pool": {"size": 15, "size_from": "tier-default"}}}}]}"#;
    let web = "web=pool:15,endpoint:session";
    let outcome = supascope_with(&["plan", "--from", "-", "--service", web, "--format", "json"], &[], report);
    assert_eq!(outcome.status, 0, "{}", outcome.stderr);
    let document: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(document["tier"]["id"], "small", "the tier that the probe was told");
    assert_eq!(document["limits"]["internal_max"], 8);
    assert_eq!(document["limits"]["max_connections_from"], "measured");
    let broken = report.replace("\"reserved\": 3", "\"reserved\": -1");
    let outcome = supascope_with(&["plan", "--from", "-", "--service", web], &[], &broken);
    assert_eq!(outcome.status, 2);
    assert!(outcome.stderr.contains("targets[0].probe.headroom.reserved"), "{}", outcome.stderr);
}

/// A hundred services of every kind, far beyond every limit: the searches for what would fit come to an end.
#[test]
fn the_largest_plan_is_worked_out() {
    let services: Vec<String> = (0..100)
        .map(|index| {
            let endpoint = ["session", "transaction", "dedicated", "direct"][index % 4];
            format!("--service=s{index}=instances:1000,engines:900,pool:9,endpoint:{endpoint},user:u{index}")
        })
        .collect();
    let arguments: Vec<&str> =
        ["plan", "--tier", "16xl"].into_iter().chain(services.iter().map(String::as_str)).collect();
    assert_eq!(supascope(&arguments).status, 1);
}
