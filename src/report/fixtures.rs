//! The reports that every format is tested with. Refs, names and passwords are invented.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::time::Duration;

use super::{Report, TargetReport};
use crate::advice::{Advice, AdvisedSetting, Fit};
use crate::conninfo::{Conninfo, Field, Host, Parameter, Password, PasswordState, Reading, Scheme, Syntax};
use crate::endpoint::{Endpoint, EndpointKind, Mode, Pooler};
use crate::probe::*;
use crate::rules::{Finding, Selection, Severity, Workload};
use crate::secret::{Secret, SecretText};
use crate::target::{Neighbours, Setting, Source, SourceKind, Target};

/// The password of every fixture: it must occur in no output.
pub const PASSWORD: &str = "korrekt-Pferd-9";

const REF: &str = "abcdefghijklmnopqrst";
const HOST: &str = "aws-0-us-east-1.pooler.supabase.com";

/// `postgresql://USER:PASSWORD@HOST:PORT/postgres`, read.
fn reading(user: &str, host: &str, port: u16) -> Reading {
    let head = format!("postgresql://{user}:");
    let text = format!("{head}{PASSWORD}@{host}:{port}/postgres?sslmode=require");
    let secret = head.len()..head.len() + PASSWORD.len();
    let conninfo = Conninfo {
        syntax: Syntax::Uri,
        scheme: Some(Scheme { text: "postgresql".to_owned(), driver: None, span: 0..10 }),
        hosts: vec![Host {
            host: Some(Field::unplaced(host)),
            hostaddr: None,
            port: Some(Field::unplaced(port.to_string())),
        }],
        user: Some(Field { value: user.to_owned(), span: Some(13..13 + user.len()) }),
        password: Password {
            state: PasswordState::Set,
            value: Some(Secret::new(PASSWORD)),
            span: Some(secret.clone()),
        },
        database: Some(Field::unplaced("postgres")),
        parameters: vec![Parameter {
            key: "sslmode".to_owned(),
            value: "require".to_owned(),
            key_span: None,
            value_span: None,
        }],
    };
    Reading {
        text: SecretText::with_secrets(text, [secret]),
        syntax: Some(Syntax::Uri),
        literal: Ok(conninfo),
        intended: None,
        anomalies: Vec::new(),
        is_doubtful: false,
        repaired: None,
    }
}

fn endpoint(kind: EndpointKind, mode: Mode, pooler: Pooler) -> Endpoint {
    let shared = matches!(kind, EndpointKind::SharedSession | EndpointKind::SharedTransaction);
    Endpoint {
        kind,
        mode,
        pooler,
        project_ref: Some(REF.to_owned()),
        region: shared.then(|| "us-east-1".to_owned()),
        cluster: shared.then(|| "aws-0".to_owned()),
        evidence: if shared {
            vec!["host matches the shared pooler".to_owned(), format!("user carries the project ref {REF}")]
        } else {
            vec!["host matches db.<ref>.supabase.co".to_owned()]
        },
    }
}

fn target(source: Source, reading: Reading, endpoint: Endpoint) -> TargetReport {
    TargetReport {
        target: Target { source, setting: Setting::Text(reading.text.clone()), neighbours: Neighbours::default() },
        reading,
        endpoint,
        advice: Vec::new(),
        findings: Vec::new(),
        probe: None,
        unchecked: false,
        repair: None,
    }
}

fn env_file(line: usize) -> Source {
    Source {
        kind: SourceKind::File,
        variable: Some("DATABASE_URL".to_owned()),
        path: Some(".env".to_owned()),
        line: Some(line),
        column: Some(14),
    }
}

fn report(targets: Vec<TargetReport>) -> Report {
    Report { targets, fail_on: Some(Severity::Error), reveal_password: false, rules: Selection::default() }
}

fn finding(rule: &'static str, severity: Severity, message: &str, fix: &str) -> Finding {
    Finding {
        rule,
        severity,
        message: message.to_owned(),
        fix: Some(fix.to_owned()),
        repaired: None,
        span: None,
        docs: "Supabase documentation, \"Connect to your database\" (September 2026)".to_owned(),
    }
}

fn advice(workload: Workload, fit: Fit, summary: &str) -> Advice {
    Advice {
        stack: "asyncpg".to_owned(),
        workload,
        fit,
        summary: summary.to_owned(),
        settings: vec![AdvisedSetting {
            name: "statement_cache_size".to_owned(),
            value: "0".to_owned(),
            place: "create_pool()".to_owned(),
            why: "asyncpg prepares every statement under a name, and another server connection does not know it"
                .to_owned(),
            source: "asyncpg documentation, FAQ (0.30)".to_owned(),
        }],
    }
}

fn good_target() -> TargetReport {
    let reading = reading(&format!("postgres.{REF}"), HOST, 6543);
    let endpoint = endpoint(EndpointKind::SharedTransaction, Mode::Transaction, Pooler::Supavisor);
    let mut target = target(env_file(1), reading, endpoint);
    target.advice = vec![
        advice(Workload::Persistent, Fit::Works, "The session pooler suits a long-running process better."),
        advice(Workload::Serverless, Fit::Fits, "The right endpoint for many short-lived processes."),
    ];
    target
}

fn broken_target() -> TargetReport {
    let reading = reading("postgres", HOST, 6543);
    let secrets = reading.text.secrets().to_vec();
    let repaired = reading.text.reveal().replacen("postgres:", &format!("postgres.{REF}:"), 1);
    let secrets = secrets.into_iter().map(|range| range.start + REF.len() + 1..range.end + REF.len() + 1);
    let repaired = SecretText::with_secrets(repaired, secrets);
    let mut endpoint = endpoint(EndpointKind::SharedTransaction, Mode::Transaction, Pooler::Supavisor);
    endpoint.project_ref = None;
    let mut target = target(env_file(3), reading, endpoint);
    target.findings = vec![
        finding(
            "user-missing-ref",
            Severity::Error,
            "The shared pooler finds the project by the user name, and this one carries no project ref.",
            "Write the user as postgres.<project ref>.",
        )
        .at(Some(13..21))
        .with_repaired(Some(repaired)),
        finding(
            "sslmode-missing",
            Severity::Note,
            "Without sslmode libpq takes plaintext when the server offers no TLS.",
            "Add sslmode=verify-full with Supabase's root certificate.",
        ),
    ];
    target
}

fn unreachable_target() -> TargetReport {
    let reading = reading("postgres", &format!("db.{REF}.supabase.co"), 5432);
    let mut target = target(Source::argument(), reading, endpoint(EndpointKind::Direct, Mode::Direct, Pooler::None));
    let why = "the host has only IPv6 addresses, and this machine has no IPv6 route";
    let mut probe = ProbeReport::not_run(why);
    probe.resolve =
        Part::measured(Resolve { ipv4: vec![], ipv6: vec!["2600:1f18::1".to_owned()] }, Some(Duration::from_millis(9)));
    probe.connect = Part::failed("network is unreachable");
    probe.failure = Some(Failure { refusal: Refusal::NoIpv6Route, message: why.to_owned(), server: None });
    target.findings = vec![finding(
        "no-ipv6-route",
        Severity::Error,
        "The direct host has only IPv6 addresses, and this machine has no IPv6 route.",
        "Use the session pooler, which has IPv4 addresses.",
    )];
    target.probe = Some(probe);
    target.unchecked = true;
    target
}

fn state(verdict: Safety, basis: Basis, evidence: &str) -> StateVerdict {
    StateVerdict { verdict, basis, evidence: evidence.to_owned() }
}

fn session_state() -> SessionState {
    let lost = |what: &str| {
        let evidence = format!("{what} stays on the server connection, which is another one in the next transaction");
        state(Safety::Unsafe, Basis::Derived, &evidence)
    };
    SessionState {
        set_local: state(Safety::Safe, Basis::Measured, "gone after COMMIT on the same server connection"),
        session_set: state(Safety::Unsafe, Basis::Measured, "a value set here was met on another client"),
        startup_options: state(Safety::Unsafe, Basis::Measured, "the value was not there after login"),
        search_path: state(Safety::Unknown, Basis::Measured, "the default was met"),
        listen_notify: lost("a LISTEN"),
        advisory_lock: lost("a lock"),
        temp_table: lost("a temporary table"),
        with_hold_cursor: lost("a cursor"),
        sql_prepare: lost("a prepared statement"),
    }
}

fn tls() -> Tls {
    Tls {
        offered: true,
        plaintext: Plaintext::Refused,
        tls12: Some(true),
        tls13: Some(true),
        given_roots: Some(Sslmodes {
            require: SslmodeVerdict::Ok,
            verify_ca: SslmodeVerdict::Unknown("no root certificate given".to_owned()),
            verify_full: SslmodeVerdict::Unknown("no root certificate given".to_owned()),
        }),
        system_roots: Some(Sslmodes {
            require: SslmodeVerdict::Ok,
            verify_ca: SslmodeVerdict::No("the chain ends in a root that the system does not trust".to_owned()),
            verify_full: SslmodeVerdict::No("the chain ends in a root that the system does not trust".to_owned()),
        }),
        certificate: Some(Certificate {
            subject: "CN=*.pooler.supabase.com".to_owned(),
            issuer: "CN=Supabase Intermediate 2021 CA".to_owned(),
            names: vec!["*.pooler.supabase.com".to_owned()],
            not_before: "2026-01-01T00:00:00Z".to_owned(),
            not_after: "2027-12-31T00:00:00Z".to_owned(),
            days_left: 400,
            sha256: "ab".repeat(32),
        }),
        chain_length: 3,
        root: "supabase-2021".to_owned(),
        direct: Some(false),
        channel_binding: Some(false),
        key: Some(CertificateKey {
            name: "RSA 2048".to_owned(),
            signature_algorithm: "sha256WithRSAEncryption".to_owned(),
        }),
        chain: vec![SentCertificate {
            subject: "CN=*.pooler.supabase.com".to_owned(),
            issuer: "CN=Supabase Intermediate 2021 CA".to_owned(),
            not_after: "2027-12-31T00:00:00Z".to_owned(),
            sha256: "ab".repeat(32),
            der: Vec::new(),
        }],
        clients: vec![
            driver("libpq", ClientOutcome::Unverified, "encrypted, and nobody checks who answers"),
            driver("node-postgres", ClientOutcome::Fails, "the chain ends in a root that the system does not trust"),
        ],
    }
}

fn driver(id: &str, outcome: ClientOutcome, why: &str) -> ClientTls {
    ClientTls { id: id.to_owned(), name: id.to_owned(), word: Some("require".to_owned()), outcome, why: why.to_owned() }
}

fn headroom() -> Headroom {
    Headroom {
        max_connections: 60,
        reserved: 3,
        in_use: 15,
        own: 3,
        free: 42,
        used_percent: 21,
        by_service: vec![
            ServiceUse { service: "PostgREST".to_owned(), role: "authenticator".to_owned(), connections: 6 },
            ServiceUse { service: "other".to_owned(), role: "postgres".to_owned(), connections: 4 },
        ],
        by_state: vec![("idle".to_owned(), 10), ("idle in transaction".to_owned(), 1)],
        oldest_idle_in_transaction_s: Some(4.2),
        oldest_transaction_s: Some(4.2),
        sees_all: true,
        tier: None,
        consistent_with: vec!["nano".to_owned(), "micro".to_owned()],
        trouble: crate::probe::Trouble::default(),
        pool: PoolUse {
            size: Some(15),
            size_from: PoolSizeFrom::Flag,
            backends: Some(4),
            used_percent: Some(27),
            data_api_budget: Some(24),
            max_budget: Some(48),
        },
        verdict: Fullness::Ok,
    }
}

fn measured_target() -> TargetReport {
    let mut target = good_target();
    target.target.source = Source {
        kind: SourceKind::Environment,
        variable: Some("DATABASE_URL".to_owned()),
        path: None,
        line: None,
        column: None,
    };
    target.findings = vec![finding(
        "named-statements-break",
        Severity::Error,
        "asyncpg prepares statements under names, and named statements break at this endpoint.",
        "Set statement_cache_size=0, or use the session pooler.",
    )];
    let ms = |ms| Some(Duration::from_millis(ms));
    target.probe = Some(ProbeReport {
        reached: true,
        connections_opened: 6,
        connections_at_once: 4,
        wall: Duration::from_micros(411_800),
        resolve: Part::measured(Resolve { ipv4: vec!["192.0.2.7".to_owned()], ipv6: vec![] }, ms(8)),
        connect: Part::measured(Connect { address: "192.0.2.7:6543".parse().unwrap(), tried: Vec::new() }, ms(21)),
        tls: Part::measured(tls(), ms(44)),
        auth: Part::measured(Auth { method: Some("scram-sha-256".to_owned()), ok: Some(true), failure: None }, ms(60)),
        server: Part::measured(
            Server {
                product: Product::Supavisor,
                product_version: Some("2.9.7".to_owned()),
                server_version: Some("15.8".to_owned()),
                in_recovery: Some(false),
                read_only: Some(false),
                read_only_source: None,
                key_is_backend: Some(false),
                parameters: vec![("application_name".to_owned(), "Supavisor".to_owned())],
                // A server may say anything.
                evidence: vec!["greeting\x1b[2J\u{202e}".to_owned()],
            },
            ms(20),
        ),
        mode: Part::measured(
            PoolMode {
                mode: Mode::Transaction,
                evidence: "two transactions of one client ran on backends 101 and 102".to_owned(),
            },
            ms(41),
        ),
        prepared_statements: Part::measured(
            PreparedStatements {
                named: Named::Break,
                tracking: Tracking::None,
                evidence: "prepared on backend 101, missing on backend 102 (26000)".to_owned(),
            },
            ms(62),
        ),
        session_state: Part::measured(session_state(), ms(80)),
        headroom: Part::measured(headroom(), ms(30)),
        latency: Part::measured(
            Latency {
                connect_ms: 101.234,
                tcp_ms: 20.5,
                tls_ms: Some(43.0),
                auth_ms: 37.7,
                query_min_ms: Some(19.8),
                query_median_ms: Some(20.1),
            },
            ms(60),
        ),
        failure: None,
        left_behind: Vec::new(),
        trace: Vec::new(),
    });
    target
}

/// A setting that cannot be read.
fn unreadable_target() -> TargetReport {
    let text = format!("postgresql://postgres:{PASSWORD}");
    let mut reading = reading("postgres", HOST, 6543);
    reading.text = SecretText::with_secrets(text, std::iter::once(22..22 + PASSWORD.len()));
    reading.literal = Err(crate::conninfo::ConninfoError {
        message: "the setting ends before the host".to_owned(),
        span: Some(22 + PASSWORD.len()..22 + PASSWORD.len()),
    });
    let mut endpoint = endpoint(EndpointKind::Ambiguous, Mode::Unknown, Pooler::Unknown);
    endpoint.project_ref = None;
    endpoint.evidence = vec!["the setting cannot be read".to_owned()];
    let source = Source { kind: SourceKind::Stdin, variable: None, path: None, line: Some(7), column: Some(1) };
    let end = reading.text.len();
    let mut target = target(source, reading, endpoint);
    target.findings = vec![
        finding("truncated", Severity::Error, "The setting ends before the host.", "Copy the whole setting.")
            .at(Some(end..end)),
    ];
    target
}

/// Every fixture with its name.
pub fn all() -> Vec<(&'static str, Report)> {
    vec![
        ("good", report(vec![good_target()])),
        ("broken", report(vec![broken_target()])),
        ("unreadable", report(vec![unreadable_target()])),
        ("unreachable", report(vec![unreachable_target()])),
        ("measured", report(vec![measured_target()])),
        ("several", report(vec![good_target(), broken_target(), unreachable_target(), unreadable_target()])),
        ("empty", report(Vec::new())),
    ]
}
