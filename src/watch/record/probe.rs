//! The report of a probe as a recording of one look. It has sums, not sessions: what it does not say stays unknown.

use std::io::{BufRead, Read as _};

use serde_json::Value;

use super::{RecordError, Recording};
use crate::watch::{Admin, Limits, Observation, Observer, Sample, Seen, Server, Session, Setup};

/// The largest report that is read, in bytes.
const MAX_REPORT_BYTES: u64 = 64 << 20;

/// Reads a report of which the first line has been read; the first target with measured connections counts.
pub(super) fn read(first: &str, rest: &mut dyn BufRead) -> Result<Recording, RecordError> {
    let mut text = first.to_owned();
    rest.take(MAX_REPORT_BYTES).read_to_string(&mut text).map_err(|error| match error.kind() {
        std::io::ErrorKind::InvalidData => RecordError::NotARecording,
        _ => RecordError::Io(1, error),
    })?;
    if text.len() as u64 > MAX_REPORT_BYTES {
        return Err(RecordError::Probe(format!("the report is larger than {MAX_REPORT_BYTES} bytes")));
    }
    let report: Value = serde_json::from_str(&text).map_err(|error| match error.classify() {
        serde_json::error::Category::Eof if text.contains("supascope.report/v1") => {
            RecordError::Probe(format!("the report ends in the middle (line {})", error.line()))
        }
        _ => RecordError::NotARecording,
    })?;
    if report.get("schema").and_then(Value::as_str) != Some("supascope.report/v1") {
        return Err(RecordError::NotARecording);
    }
    let targets = report.get("targets").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    targets.iter().find_map(of_target).unwrap_or_else(|| {
        Err(RecordError::Probe("no target of this report has measured connections (probe measures them)".to_owned()))
    })
}

/// `None` when this target has none.
fn of_target(target: &Value) -> Option<Result<Recording, RecordError>> {
    let headroom =
        target.pointer("/probe/headroom").filter(|it| it.get("max_connections").is_some_and(Value::is_u64))?;
    let Some(limits) = limits(headroom) else {
        return Some(Err(RecordError::Probe("the report's numbers of connections cannot be read".to_owned())));
    };
    let text = |path: &str| target.pointer(path).and_then(Value::as_str);
    let host = text("/connection/hosts/0/host").unwrap_or("unknown host");
    let database = text("/connection/database").unwrap_or_default();
    let setup = Setup {
        label: format!("{host}/{database}"),
        endpoint: text("/endpoint/kind").unwrap_or("ambiguous").to_owned(),
        mode: text("/probe/mode/value").unwrap_or("unknown").to_owned(),
        pool_size: headroom.pointer("/pool/size").and_then(number),
        pool_size_from: headroom.pointer("/pool/size_from").and_then(Value::as_str).map(str::to_owned),
        admin: Admin::NotAsked,
        interval_ms: 1000,
        leak_after_ms: 60_000,
        alerts: Vec::new(),
    };
    let in_use = headroom.get("in_use").and_then(number).unwrap_or_default();
    let flag = |path: &str| target.pointer(path).and_then(Value::as_bool).unwrap_or_default();
    let seen = Seen {
        now_s: 0.0,
        server: Server {
            version: text("/probe/server/server_version").unwrap_or("unknown").to_owned(),
            in_recovery: flag("/probe/server/in_recovery"),
            read_only: flag("/probe/server/read_only"),
            started_s: None,
            system_id: None,
            timeline: None,
        },
        limits,
        observer: Observer {
            role: text("/connection/user").unwrap_or_default().to_owned(),
            database: database.to_owned(),
            pid: 0,
            sees_all: headroom.get("sees_all").and_then(Value::as_bool).unwrap_or_default(),
        },
        in_use,
        sessions: sessions(headroom, text("/connection/user").unwrap_or_default()),
        server_ms: None,
    };
    if let Err(problem) = seen.plausible() {
        return Some(Err(RecordError::Probe(problem.to_owned())));
    }
    let sample = Sample { at_ms: 0, round_trip_ms: 0.0, seen, pools: None };
    Some(Ok(Recording {
        setup,
        observations: vec![Observation::Sample(Box::new(sample))],
        notes: vec![
            "a report of probe: one look, with sums by service and the oldest transactions; when it was and what \
                     each session does is not in it"
                .to_owned(),
        ],
    }))
}

fn limits(headroom: &Value) -> Option<Limits> {
    let max_connections = headroom.get("max_connections").and_then(number)?;
    let reserved = headroom.get("reserved").and_then(number)?;
    Some(Limits { max_connections, reserved, roles: Vec::new() })
}

fn number(value: &Value) -> Option<u32> {
    value.as_u64().and_then(|number| u32::try_from(number).ok())
}

/// The sessions with an open transaction as they are told, and one of unknown state for each other connection of a role.
fn sessions(headroom: &Value, user: &str) -> Vec<Session> {
    let list = |key: &str| headroom.get(key).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let mut sessions: Vec<Session> = list("holders").iter().map(holder).collect();
    for row in list("by_service") {
        let role = row.get("role").and_then(Value::as_str).unwrap_or_default();
        let count = row.get("connections").and_then(number).unwrap_or_default().min(2000);
        let told = sessions.iter().filter(|session| session.role == role && session.pid != 0).count();
        sessions.extend((told..count as usize).map(|_| unknown(role, "")));
    }
    let own = headroom.get("own").and_then(number).unwrap_or_default().min(100);
    sessions.extend((0..own).map(|_| Session { own: true, ..unknown(user, "supascope") }));
    sessions
}

fn holder(row: &Value) -> Session {
    let text = |key: &str| row.get(key).and_then(Value::as_str).map(str::to_owned);
    let ago = |key: &str| row.get(key).and_then(Value::as_f64).map(|age| -age);
    let pid = row.get("pid").and_then(Value::as_i64).and_then(|pid| i32::try_from(pid).ok()).unwrap_or_default();
    Session {
        pid,
        address: text("address"),
        state: text("state"),
        changed_s: ago("idle_s"),
        transaction_s: ago("transaction_s"),
        blocked: row.get("blocked").and_then(Value::as_bool).unwrap_or_default(),
        ..unknown(&text("role").unwrap_or_default(), &text("application").unwrap_or_default())
    }
}

fn unknown(role: &str, application: &str) -> Session {
    Session {
        pid: 0,
        role: role.to_owned(),
        application: application.to_owned(),
        address: None,
        database: String::new(),
        state: None,
        started_s: None,
        changed_s: None,
        transaction_s: None,
        blocked: false,
        own: false,
        pooled: false,
    }
}
