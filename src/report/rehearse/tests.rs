//! Every format of rehearsals that end in different ways.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::time::Duration;

use serde_json::Value;

use super::*;
use crate::endpoint::{EndpointKind, Mode, Pooler};
use crate::knowledge::errors::Refusal;
use crate::rehearse::allowance::{Allowance, MaxShare, Slots, Taken};
use crate::rehearse::{
    Advised, Application, Evidence, Failed, Finding, Given, Learnt, Limit, LimitFrom, PerRequest, Pools, Volley,
};
use crate::report::human::Look;
use crate::report::schema;
use crate::target::Neighbours;

fn times(ms: &[u64]) -> Histogram {
    let mut times = Histogram::default();
    for ms in ms {
        times.add(Duration::from_millis(*ms));
    }
    times
}

fn step_of(clients: u32, served: u32) -> StepResult {
    StepResult {
        offered: Offered::Clients(clients),
        connections: clients,
        volley: Volley { asked: clients, served, backends: served },
        elapsed: Duration::from_millis(500),
        checkout: times(&[0, 0, 3]),
        query: times(&[21, 22, 40]),
        not_started: 0,
    }
}

fn learnt(in_use: u32) -> Learnt {
    let pool = Some(Taken { limit: 15, used: 0 });
    let slots = Slots { max_connections: 60, reserved: 3, in_use, role: None, pool };
    Learnt {
        slots,
        sees_all: false,
        connect: Duration::from_millis(30),
        round_trip: Duration::from_millis(4),
        server_version: "15.8".to_owned(),
        allowance: Allowance::new(&slots, MaxShare::DEFAULT),
    }
}

/// A session pool of two, met by an application that asks for thirty.
fn exceeding() -> Rehearsal {
    let given = Given { pool_size: Some(5), overflow: Some(10), replicas: Some(2), ..Given::default() };
    let application = Application::resolve(&given, &Neighbours::default(), None, None).unwrap();
    let demand = application.demand();
    let advised = crate::capacity::Demand { pool: 1, overflow: 0, ..demand };
    let failed = Failed {
        cause: Some("max-clients-session"),
        refusal: Refusal::PoolFull,
        text: "failed to log in: 127.0.0.1:5432 refuses: (EMAXCONNSESSION) max clients reached\u{1b}[2J".to_owned(),
        first: Some("Make the pools smaller."),
        count: 1,
    };
    Rehearsal {
        setting: "postgresql://postgres.abcdefghijklmnopqrst:****@aws-0-us-east-1.pooler.supabase.com:5432/postgres"
            .to_owned(),
        endpoint: crate::endpoint::Endpoint {
            kind: EndpointKind::SharedSession,
            mode: Mode::Session,
            pooler: Pooler::Supavisor,
            project_ref: None,
            region: None,
            cluster: None,
            evidence: Vec::new(),
        },
        learnt: Some(learnt(9)),
        unreachable: None,
        yours: Some(Load {
            demand,
            pools: Pools::spread(&demand, 11),
            steps: vec![step_of(1, 1)],
            knee: Some(Knee { offered: Some(Offered::Clients(1)), cap: Some(2), evidence: Evidence::Refused }),
            failed: vec![failed],
            most_open: 2,
            end: End::Refused,
        }),
        advised: Some(Load {
            demand: advised,
            pools: Pools::spread(&advised, 11),
            steps: vec![step_of(1, 1), step_of(2, 2)],
            knee: None,
            failed: Vec::new(),
            most_open: 3,
            end: End::Finished,
        }),
        advice: Some(Advised {
            demand: advised,
            limit: Limit { connections: 2, from: LimitFrom::Measured },
            settings: vec![("pool_size = 1".to_owned(), "create_engine()".to_owned())],
        }),
        per_request: Some(PerRequest { connect: times(&[30]), request: times(&[60]), pooled: times(&[20]) }),
        opened: 14,
        of_settings: Vec::new(),
        findings: vec![Finding {
            rule: "pool-refused",
            severity: Severity::Error,
            message: "Refused with 2 connections open.".to_owned(),
            fix: "set the pool to 1".to_owned(),
        }],
        wall: Duration::from_secs(4),
        application,
    }
}

fn fitting() -> Rehearsal {
    let mut rehearsal = exceeding();
    if let Some(yours) = &mut rehearsal.yours {
        *yours = Load {
            pools: Pools::spread(&yours.demand, 30),
            steps: vec![step_of(1, 1), step_of(30, 30)],
            knee: None,
            failed: Vec::new(),
            end: End::Finished,
            ..yours.clone()
        };
    }
    Rehearsal { findings: Vec::new(), advised: None, ..rehearsal }
}

/// Near its limit: nothing was run.
fn forbidden() -> Rehearsal {
    Rehearsal {
        learnt: Some(learnt(45)),
        yours: None,
        advised: None,
        advice: None,
        per_request: None,
        findings: Vec::new(),
        ..exceeding()
    }
}

fn unreachable() -> Rehearsal {
    let text = "failed to connect: 127.0.0.1:5432: Connection refused".to_owned();
    let failed =
        Failed { cause: Some("connection-refused"), refusal: Refusal::ConnectionRefused, text, first: None, count: 1 };
    Rehearsal { learnt: None, unreachable: Some(failed), ..forbidden() }
}

fn interrupted() -> Rehearsal {
    let mut rehearsal = fitting();
    if let Some(yours) = &mut rehearsal.yours {
        yours.end = End::Interrupted;
    }
    rehearsal
}

fn all() -> [(&'static str, Rehearsal, u8); 5] {
    [
        ("exceeds", exceeding(), 1),
        ("fits", fitting(), 0),
        ("forbidden", forbidden(), 3),
        ("unreachable", unreachable(), 3),
        ("interrupted", interrupted(), 3),
    ]
}

fn written(rehearsal: &Rehearsal, write: impl Fn(&RehearseReport<'_>, &mut Vec<u8>)) -> String {
    let mut out = Vec::new();
    write(&RehearseReport { rehearsal, fail_on: Some(Severity::Error) }, &mut out);
    String::from_utf8(out).unwrap()
}

#[test]
fn the_exit_status_tells_a_fit_from_a_failure_and_from_no_answer() {
    for (name, rehearsal, status) in all() {
        let report = RehearseReport { rehearsal: &rehearsal, fail_on: Some(Severity::Error) };
        assert_eq!(report.exit_status(), status, "{name}");
    }
    let never = RehearseReport { rehearsal: &exceeding(), fail_on: None };
    assert_eq!(never.exit_status(), 0, "a refusal is an answer");
}

#[test]
fn every_document_is_as_the_schema_says() {
    let schema: Value = serde_json::from_str(schema::REHEARSE).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    for (name, rehearsal, _) in all() {
        let text = written(&rehearsal, |report, out| json(report, out).unwrap());
        let mut document: Value = serde_json::from_str(&text).unwrap();
        let errors: Vec<String> =
            validator.iter_errors(&document).map(|error| format!("{}: {error}", error.instance_path)).collect();
        assert!(errors.is_empty(), "{name}: {errors:#?}");
        document["verdict"] = "perhaps".into();
        assert!(!validator.is_valid(&document), "{name}: a schema that takes everything proves nothing");
    }
}

#[test]
fn every_format_begins_with_the_verdict_and_escapes_what_servers_say() {
    for (name, rehearsal, _) in all() {
        let human = written(&rehearsal, |report, out| super::human(report, &Look::PLAIN, out).unwrap());
        let markdown = written(&rehearsal, |report, out| super::markdown(report, out).unwrap());
        let json = written(&rehearsal, |report, out| super::json(report, out).unwrap());
        let html = written(&rehearsal, |report, out| super::html(report, out).unwrap());
        for text in [&human, &markdown, &json, &html] {
            assert!(!text.contains('\u{1b}'), "{name}");
        }
        insta::with_settings!({ snapshot_path => "../snapshots", prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(format!("rehearse-html-{name}"), html);
            if ["exceeds", "fits", "forbidden"].contains(&name) {
                insta::assert_snapshot!(format!("rehearse-human-{name}"), human);
            }
            if name == "exceeds" {
                insta::assert_snapshot!("rehearse-markdown-exceeds", markdown);
            }
        });
    }
}
