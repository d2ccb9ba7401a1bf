//! Observations for tests.

use super::{Admin, Limits, Observation, Observer, Sample, Seen, Server, Session, Setup};

/// The server's clock at second `second` of a test.
#[expect(clippy::cast_precision_loss, reason = "tests are short")]
pub fn at(second: i64) -> f64 {
    1_700_000_000.0 + second as f64
}

/// A session in a state since then.
pub fn session(pid: i32, role: &str, application: &str, state: &str, changed_s: f64) -> Session {
    let transaction = state != "idle";
    Session {
        pid,
        role: role.to_owned(),
        application: application.to_owned(),
        address: Some("10.0.0.7".to_owned()),
        database: "postgres".to_owned(),
        state: Some(state.to_owned()),
        started_s: Some(at(-600)),
        changed_s: Some(changed_s),
        transaction_s: transaction.then_some(changed_s),
        blocked: false,
        own: false,
        pooled: false,
    }
}

/// An idle session of `app_user`.
pub fn idle(pid: i32, application: &str, started_s: f64, changed_s: f64) -> Session {
    Session { started_s: Some(started_s), ..session(pid, "app_user", application, "idle", changed_s) }
}

/// The watcher's own session.
pub fn own(second: i64) -> Session {
    Session {
        own: true,
        ..session(1, "postgres", concat!("supascope/", env!("CARGO_PKG_VERSION")), "active", at(second))
    }
}

/// A look at second `second`.
pub fn sample(second: i64, sessions: Vec<Session>) -> Sample {
    Sample {
        at_ms: 1_700_000_000_000 + second * 1000,
        round_trip_ms: 2.5,
        seen: Seen {
            now_s: at(second),
            server: Server {
                version: "15.8".to_owned(),
                in_recovery: false,
                read_only: false,
                started_s: Some(at(-86_400)),
                system_id: Some("7300000000000000001".to_owned()),
                timeline: Some(1),
            },
            limits: Limits { max_connections: 60, reserved: 3, roles: Vec::new() },
            observer: Observer { role: "postgres".to_owned(), database: "postgres".to_owned(), pid: 1, sees_all: true },
            in_use: u32::try_from(sessions.len()).unwrap(),
            sessions,
            server_ms: Some(0.8),
        },
        pools: None,
    }
}

/// A look, as the model takes it.
pub fn look(second: i64, sessions: Vec<Session>) -> Observation {
    Observation::Sample(Box::new(sample(second, sessions)))
}

/// A direct connection.
pub fn setup() -> Setup {
    Setup {
        label: "db.abcdefghijklmnopqrst.supabase.co:5432/postgres".to_owned(),
        endpoint: "direct".to_owned(),
        mode: "direct".to_owned(),
        pool_size: None,
        pool_size_from: None,
        admin: Admin::NoPooler,
        interval_ms: 1000,
        leak_after_ms: 60_000,
        alerts: Vec::new(),
    }
}
