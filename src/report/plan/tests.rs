//! The same plans through every format.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use super::{PlanReport, html, human, json, markdown};
use crate::capacity::{Given, Limits, Measured, Plan, Service, parse_service};
use crate::knowledge;
use crate::report::escape::is_unsafe;
use crate::report::fixtures;
use crate::report::human::{Detail, Look};
use crate::rules::Severity;

const TERMINAL: Look = Look { width: 80, color: false, unicode: true, detail: Detail::Normal };

fn plan(given: &Given, specs: &[&str]) -> Plan {
    let services: Vec<Service> = specs.iter().map(|spec| parse_service(spec).unwrap()).collect();
    Plan::new(&services, Limits::resolve(given, &services).unwrap())
}

fn on(tier: &str) -> Given {
    Given { tier: knowledge::tiers().find(tier), ..Given::default() }
}

/// Every plan by name.
fn all() -> Vec<(&'static str, Plan)> {
    let contract = [
        "web=replicas:3,workers:2,pool:5,overflow:10,endpoint:session",
        "fn=instances:200,pool:1,endpoint:transaction,qps:800,query_ms:12.5",
    ];
    let guide = Given { pool_size: Some(80), ..on("medium") };
    let measured = Measured {
        max_connections: 97,
        reserved: 3,
        services: 12,
        others: 5,
        pool_size: None,
        tier: None,
        consistent_with: Vec::new(),
    };
    let many: Vec<String> = (0..30)
        .map(|index| format!("service-with-a-long-name-{index}=pool:2,user:u{index},endpoint:session"))
        .collect();
    vec![
        ("exceeds", plan(&Given { data_api: true, ..on("medium") }, &contract)),
        ("fits", plan(&guide, &["web=pool:20,overflow:10,endpoint:session"])),
        (
            "tight",
            plan(
                &Given { measured: Some(measured), data_api: true, ..on("small") },
                &[
                    "schemas=search_path:a\u{202e}b+c,pool:15,endpoint:session,db:x\u{200b}y",
                    "etl=pool:42,endpoint:direct",
                    "jobs=pool:9,endpoint:dedicated,search_path:jobs",
                ],
            ),
        ),
        ("many", plan(&on("16xl"), &many.iter().map(String::as_str).collect::<Vec<_>>())),
    ]
}

fn text(write: impl Fn(&PlanReport<'_>, &mut dyn std::io::Write) -> std::io::Result<()>, plan: &Plan) -> String {
    let mut out = Vec::new();
    write(&PlanReport { plan, fail_on: Some(Severity::Error) }, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn looking(look: Look) -> impl Fn(&PlanReport<'_>, &mut dyn std::io::Write) -> std::io::Result<()> {
    move |report, out| human(report, &look, out)
}

#[test]
fn the_formats_look_as_before() {
    insta::with_settings!({ snapshot_path => "../snapshots", prepend_module_to_snapshot => false, omit_expression => true }, {
        for (name, plan) in all() {
            insta::assert_snapshot!(format!("plan-human-{name}"), text(looking(Look::PLAIN), &plan));
            if name != "many" {
                insta::assert_snapshot!(format!("plan-terminal-{name}"), text(looking(TERMINAL), &plan));
                insta::assert_snapshot!(format!("plan-json-{name}"), text(json, &plan));
                insta::assert_snapshot!(format!("plan-markdown-{name}"), text(markdown, &plan));
                insta::assert_snapshot!(format!("plan-html-{name}"), text(html, &plan));
            }
        }
        let quiet = Look { detail: Detail::Quiet, ..Look::PLAIN };
        insta::assert_snapshot!("plan-quiet-exceeds", text(looking(quiet), &all().remove(0).1));
    });
}

#[test]
fn no_format_lets_a_control_character_through() {
    for (name, plan) in all() {
        for shown in [text(looking(Look::PLAIN), &plan), text(json, &plan), text(markdown, &plan), text(html, &plan)] {
            assert!(!shown.contains(|c| c != '\n' && is_unsafe(c)), "{name}: {shown}");
        }
    }
}

#[test]
fn lines_keep_within_eighty_columns() {
    for (name, plan) in all() {
        for line in text(looking(TERMINAL), &plan).lines() {
            assert!(line.chars().count() <= 80, "{name}: {line}");
        }
    }
}

#[test]
fn colour_changes_no_word() {
    for (name, plan) in all() {
        let colored = text(looking(Look { color: true, ..TERMINAL }), &plan);
        assert_eq!(anstream::adapter::strip_str(&colored).to_string(), text(looking(TERMINAL), &plan), "{name}");
    }
}

/// The keys that the contract names, and the rest of the document in one parse.
#[test]
fn the_document_has_what_the_contract_says() {
    for (name, plan) in all() {
        let document: serde_json::Value = serde_json::from_str(&text(json, &plan)).unwrap();
        assert_eq!(document["schema"], "supascope.plan/v1", "{name}");
        assert!(document["tier"]["max_connections"].is_u64(), "{name}");
        for service in document["services"].as_array().unwrap() {
            for key in ["name", "endpoint", "demand", "limit", "fits", "largest_pool"] {
                assert!(!service[key].is_null(), "{name}: {key}");
            }
        }
        for key in ["backends", "max_connections", "used_percent", "verdict"] {
            assert!(!document["totals"][key].is_null(), "{name}: {key}");
        }
    }
}

#[test]
fn the_line_decides_the_exit_status() {
    let status = |name: &str, fail_on| {
        let plan = all().into_iter().find(|(known, _)| *known == name).unwrap().1;
        PlanReport { plan: &plan, fail_on }.exit_status()
    };
    assert_eq!(status("exceeds", Some(Severity::Error)), 1);
    assert_eq!(status("exceeds", None), 0);
    assert_eq!(status("fits", Some(Severity::Note)), 0);
    assert_eq!((status("tight", Some(Severity::Error)), status("tight", Some(Severity::Warning))), (0, 1));
}

/// What a probe's report says is what a plan reads: the two layouts cannot drift apart.
#[test]
fn the_report_of_a_probe_can_be_planned_with() {
    let (_, report) = fixtures::all().into_iter().find(|(name, _)| *name == "measured").unwrap();
    let headroom = report.targets[0].probe.as_ref().unwrap().headroom.value.as_ref().unwrap();
    let mut out = Vec::new();
    crate::report::json::write(&report, &mut out).unwrap();
    let measured = Measured::from_report(std::str::from_utf8(&out).unwrap()).unwrap();
    assert_eq!((measured.max_connections, measured.reserved), (headroom.max_connections, headroom.reserved));
    let held: u32 = headroom.by_service.iter().map(|user| user.connections).sum();
    assert_eq!(measured.services + measured.others, held);
    assert!(measured.services > 0);
}
