//! The probe against real servers: what it says of each endpoint of the laboratory, and what it leaves behind.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says where and stops")]

mod lab;
mod probing;

use std::time::Duration;

use lab::Lab;
use probing::{door, probe_with};
use supascope::endpoint::Mode;
use supascope::probe::{
    Basis, ClientOutcome, Named, Plaintext, ProbeReport, Product, Refusal, Safety, SslmodeVerdict, Status, Tracking,
};
use supascope::rules::Context;
use supascope::secret::Secret;

fn probe(lab: &Lab, name: &str) -> ProbeReport {
    let report = probe_with(&door(lab, lab.endpoint(name)), &Context::default());
    assert!(report.connections_opened <= 14, "{name}: {}", report.connections_opened);
    assert!(report.connections_at_once <= 6, "{name}: {}", report.connections_at_once);
    report
}

fn mode(report: &ProbeReport) -> (Status, Option<Mode>) {
    (report.mode.status, report.mode.value.as_ref().map(|mode| mode.mode))
}

fn statements(report: &ProbeReport) -> (Status, Option<Named>, Option<Tracking>) {
    let part = &report.prepared_statements;
    let value = part.value.as_ref();
    (part.status, value.map(|value| value.named), value.map(|value| value.tracking))
}

fn product(report: &ProbeReport) -> Product {
    report.server.value.as_ref().unwrap().product
}

/// Nothing of ours is left: no open transaction and no lock anywhere, and on each pooled backend no statement, no listen
/// and no parameter. Several clients hold a transaction at the same time, so that each meets a backend of its own.
fn assert_nothing_left(lab: &Lab, report: &ProbeReport, name: &str) {
    assert_eq!(report.left_behind, Vec::<String>::new(), "{name}");
    let open = "select count(*) from pg_stat_activity where state like 'idle in transaction%' and backend_type='client backend'";
    assert_eq!(lab.sql(open).trim(), "0", "{name}: a transaction stays open");
    assert_eq!(lab.sql("select count(*) from pg_locks where locktype='advisory'").trim(), "0", "{name}: a lock stays");
    let endpoint = lab.endpoint(name);
    if endpoint.pool_mode == "statement" {
        return;
    }
    let log = lab.log("direct");
    let mut parameters: Vec<&str> = log.match_indices("supascope.n_").map(|(at, _)| &log[at..at + 28]).collect();
    parameters.sort_unstable();
    parameters.dedup();
    assert!(!parameters.is_empty(), "{name}: the probe's own names are not in the log");
    let values: Vec<String> =
        parameters.iter().map(|name| format!("coalesce(current_setting('{name}',true),'')")).collect();
    let sql = format!(
        "begin; select 'left:'||(select count(*) from pg_prepared_statements where statement like '%pg_backend_pid() /*%')\
         ||','||(select count(*) from pg_listening_channels())||','||{}; select pg_sleep(0.3); commit",
        values.join("||")
    );
    let clients: Vec<_> = (0..endpoint.pool_size.min(3))
        .map(|_| {
            let mut command = lab.psql_command(&endpoint.uri(""));
            command.args(["-XAtq", "-c", &sql]);
            std::thread::spawn(move || command.output().unwrap())
        })
        .collect();
    for client in clients {
        let output = lab::text(&client.join().unwrap());
        assert!(output.lines().any(|line| line == "left:0,0,"), "{name}: something stays on a backend: {output}");
    }
}

/// Where the client has a backend of its own, session state is tried; a temporary table would be written.
fn assert_state_was_tried(report: &ProbeReport) {
    let state = report.session_state.value.as_ref().unwrap();
    for tried in [&state.session_set, &state.advisory_lock, &state.with_hold_cursor, &state.sql_prepare] {
        assert_eq!((tried.verdict, tried.basis), (Safety::Safe, Basis::Measured), "{state:#?}");
    }
    // On a busy machine the notification may come too late to be counted.
    assert_eq!(state.listen_notify.verdict, Safety::Safe, "{state:#?}");
    assert_eq!((state.temp_table.verdict, state.temp_table.basis), (Safety::Safe, Basis::Derived), "{state:#?}");
}

#[test]
fn each_kind_of_endpoint_is_told_by_measurement() {
    let lab = Lab::start(&["direct", "session", "transaction", "tracked", "dedicated"]);

    let direct = probe(&lab, "direct");
    assert_eq!(mode(&direct), (Status::Measured, Some(Mode::Direct)), "{:?}", direct.mode);
    assert_eq!(statements(&direct), (Status::Measured, Some(Named::Survive), Some(Tracking::NotNeeded)));
    assert_eq!(product(&direct), Product::Postgres, "{:?}", direct.server);
    let state = direct.session_state.value.as_ref().unwrap();
    assert_eq!(state.startup_options.verdict, Safety::Safe, "{:?}", state.startup_options);
    assert_eq!(state.search_path.verdict, Safety::Safe, "{:?}", state.search_path);
    assert_state_was_tried(&direct);
    assert_nothing_left(&lab, &direct, "direct");

    let session = probe(&lab, "session");
    assert_eq!(mode(&session), (Status::Measured, Some(Mode::Session)), "{:?}", session.mode);
    assert_eq!(statements(&session), (Status::Measured, Some(Named::Survive), Some(Tracking::NotNeeded)));
    assert_eq!(product(&session), Product::PgBouncer, "{:?}", session.server);
    assert_state_was_tried(&session);
    assert_nothing_left(&lab, &session, "session");

    let transaction = probe(&lab, "transaction");
    assert_eq!(mode(&transaction), (Status::Measured, Some(Mode::Transaction)), "{:?}", transaction.mode);
    assert_eq!(statements(&transaction), (Status::Measured, Some(Named::Break), Some(Tracking::None)));
    let state = transaction.session_state.value.as_ref().unwrap();
    assert_eq!(state.set_local.verdict, Safety::Safe);
    assert_eq!(state.session_set.verdict, Safety::Unsafe);
    assert_eq!(state.startup_options.verdict, Safety::Unsafe, "{:?}", state.startup_options);
    assert_eq!(state.listen_notify.verdict, Safety::Unsafe);
    assert_eq!(state.advisory_lock.basis, Basis::Derived, "a shared pool is not for trying");
    assert_nothing_left(&lab, &transaction, "transaction");

    for name in ["tracked", "dedicated"] {
        let tracked = probe(&lab, name);
        assert_eq!(mode(&tracked), (Status::Measured, Some(Mode::Transaction)), "{name}: {:?}", tracked.mode);
        assert_eq!(
            statements(&tracked),
            (Status::Measured, Some(Named::Survive), Some(Tracking::PgBouncer)),
            "{name}: {:?}",
            tracked.prepared_statements
        );
        assert_eq!(product(&tracked), Product::PgBouncer);
        assert_nothing_left(&lab, &tracked, name);
    }
}

#[test]
fn luck_is_not_taken_for_proof() {
    let lab = Lab::start(&[
        "pool-of-one",
        "pool-of-one-tracked",
        "round-robin",
        "reset-always",
        "statement",
        "tracked-session",
    ]);

    for name in ["pool-of-one", "pool-of-one-tracked"] {
        let one = probe(&lab, name);
        assert_eq!(mode(&one), (Status::Measured, Some(Mode::Transaction)), "{name}: {:?}", one.mode);
        let (status, named, _) = statements(&one);
        assert_eq!(
            (status, named),
            (Status::Inconclusive, Some(Named::Unknown)),
            "{name}: {:?}",
            one.prepared_statements
        );
        assert!(one.prepared_statements.reason.as_deref().unwrap().contains("second backend"), "{name}");
        assert_nothing_left(&lab, &one, name);
    }
    for name in ["round-robin", "reset-always"] {
        let report = probe(&lab, name);
        assert_eq!(mode(&report), (Status::Measured, Some(Mode::Transaction)), "{name}: {:?}", report.mode);
        assert_eq!(statements(&report).1, Some(Named::Break), "{name}: {:?}", report.prepared_statements);
        let state = report.session_state.value.as_ref().unwrap();
        assert_eq!(state.session_set.verdict, Safety::Unsafe, "{name}: {:?}", state.session_set);
        assert_nothing_left(&lab, &report, name);
    }
    let statement = probe(&lab, "statement");
    assert_eq!(mode(&statement), (Status::Measured, Some(Mode::Statement)), "{:?}", statement.mode);
    // A session pool of two: the probe's own connections fill it, and it is still told.
    let session = probe(&lab, "tracked-session");
    assert_eq!(mode(&session).1, Some(Mode::Session), "{:?}", session.mode);
}

/// Session mode is documented and it is none: neither the verdict nor the backends may suffer from it.
#[test]
fn a_transaction_pool_on_a_session_port_is_told() {
    let lab = Lab::start(&["transaction", "tracked", "round-robin", "reset-always", "pool-of-one"]);
    for name in ["transaction", "tracked", "round-robin", "reset-always", "pool-of-one"] {
        let mut door = door(&lab, lab.endpoint(name));
        door.mode = Mode::Session;
        let context = Context { pool_size: Some(15), ..Context::default() };
        let report = probe_with(&door, &context);
        assert_eq!(mode(&report), (Status::Measured, Some(Mode::Transaction)), "{name}: {:?}", report.mode);
        assert_ne!(
            statements(&report).1,
            Some(if name == "tracked" { Named::Break } else { Named::Survive }),
            "{name}"
        );
        assert_nothing_left(&lab, &report, name);
    }
}

#[test]
fn tls_is_described_and_judged_before_any_password() {
    let lab = Lab::start(&["direct", "transaction", "expired", "foreign", "wrong-name", "no-tls", "tls-required"]);

    let good = probe(&lab, "transaction");
    let tls = good.tls.value.as_ref().unwrap();
    assert_eq!((tls.tls12, tls.tls13, tls.plaintext), (Some(true), Some(true), Plaintext::Accepted));
    let given = tls.given_roots.as_ref().unwrap();
    assert_eq!(given.verify_full, SslmodeVerdict::Ok);
    assert!(matches!(tls.system_roots.as_ref().unwrap().verify_full, SslmodeVerdict::No(_)));
    assert!(tls.certificate.as_ref().unwrap().names.iter().any(|name| name == "*.pooler.supabase.com"));
    assert_eq!((tls.direct, tls.channel_binding), (Some(false), Some(false)), "PgBouncer before 1.25");
    assert_eq!(tls.chain[0].sha256, tls.certificate.as_ref().unwrap().sha256);
    assert!(tls.key.is_some());
    let driver = |id: &str| tls.clients.iter().find(|client| client.id == id).unwrap().outcome;
    assert_eq!((driver("libpq"), driver("postgres-js")), (ClientOutcome::Verified, ClientOutcome::Fails));

    let direct = probe(&lab, "direct");
    let tls = direct.tls.value.as_ref().unwrap();
    assert_eq!((tls.direct, tls.channel_binding), (Some(false), Some(true)), "PostgreSQL 15");

    for (name, refusal) in
        [("expired", Refusal::TlsExpired), ("foreign", Refusal::TlsUntrusted), ("wrong-name", Refusal::TlsNameMismatch)]
    {
        let report = probe(&lab, name);
        assert_eq!(report.failure.as_ref().unwrap().refusal, refusal, "{name}: {:?}", report.failure);
        assert_eq!(report.auth.value.as_ref().and_then(|auth| auth.ok), None, "{name}: no login may be tried");
        assert!(report.tls.value.as_ref().unwrap().certificate.is_some(), "{name}");
    }

    let without = probe(&lab, "no-tls");
    assert_eq!(without.failure.as_ref().unwrap().refusal, Refusal::TlsRefused);
    assert!(!without.tls.value.as_ref().unwrap().offered);

    let required = probe(&lab, "tls-required");
    assert_eq!(required.tls.value.as_ref().unwrap().plaintext, Plaintext::Refused);
    assert_eq!(mode(&required).1, Some(Mode::Transaction));
}

/// A CA that nobody knows is not stored, whoever asks for it: the lab's own is such a one.
#[test]
fn an_unknown_root_is_never_stored() {
    let lab = Lab::start(&["transaction"]);
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("root.crt");
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_supascope"))
        .args(["probe", "--format", "json", "--save-ca"])
        .arg(&file)
        .arg(lab.endpoint("transaction").uri(""))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("nothing is stored"), "{said}");
    assert_eq!(directory.path().read_dir().unwrap().count(), 0, "not even a draft stays");
    assert_ne!(output.status.code(), Some(2), "{said}");
}

#[test]
fn a_wrong_password_costs_one_failed_login_and_no_more() {
    let lab = Lab::start(&["direct", "transaction"]);
    for name in ["direct", "transaction"] {
        let mut door = door(&lab, lab.endpoint(name));
        door.password = Some(Secret::new("not the password"));
        let report = probe_with(&door, &Context::default());
        assert_eq!(report.failure.as_ref().unwrap().refusal, Refusal::AuthFailed, "{name}: {:?}", report.failure);
        assert_eq!(report.auth.value.as_ref().unwrap().ok, Some(false), "{name}");
        assert!(!format!("{report:?}").contains("not the password"), "{name}: a secret in the report");
    }
    let failures = lab.log("direct").matches("password authentication failed for user \"postgres\"").count();
    assert_eq!(failures, 1, "PostgreSQL bans an address after two or three");
}

#[test]
fn headroom_counts_slots_services_and_the_pool() {
    let lab = Lab::start(&["direct", "transaction"]);
    let context = Context { pool_size: Some(10), tier: Some("micro".into()), ..Context::default() };
    let report = probe_with(&door(&lab, lab.endpoint("transaction")), &context);
    let headroom = report.headroom.value.as_ref().unwrap();
    assert_eq!((headroom.max_connections, headroom.reserved), (60, 3));
    assert!(headroom.sees_all);
    assert_eq!(headroom.consistent_with, ["nano", "micro"]);
    assert_eq!(
        (headroom.pool.size, headroom.pool.data_api_budget, headroom.pool.max_budget),
        (Some(10), Some(24), Some(48))
    );
    assert!(headroom.pool.backends.is_some_and(|backends| (1..=3).contains(&backends)), "{:?}", headroom.pool);
    assert!(headroom.own >= 1 && headroom.free <= 57);
    assert!(report.latency.value.as_ref().unwrap().query_median_ms.is_some());
}

#[test]
fn a_database_in_trouble_names_the_holder_and_who_waits() {
    let lab = Lab::start(&["direct", "transaction"]);
    lab.sql("create table busy(id int); insert into busy values (1); grant all on busy to postgres");
    lab.sql("alter role app_user connection limit 1");
    let session = |uri: &str, sql: &str| {
        let mut child = lab
            .psql_command(uri)
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        std::io::Write::write_all(&mut stdin, sql.as_bytes()).unwrap();
        (child, stdin)
    };
    let until = |condition: &str| {
        let sql = format!("select count(*) from pg_stat_activity where {condition}");
        for _ in 0..200 {
            if lab.sql(&sql).trim() == "1" {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("never: {condition}");
    };
    let (mut culprit, culprits) =
        session(&lab.endpoint("direct").uri("application_name=culprit"), "begin; lock table busy;\n");
    until("application_name='culprit' and state='idle in transaction'");
    let victim = lab.uri_of("supabase_admin", "direct", "application_name=victim");
    let (mut victim, victims) = session(&victim, "select * from busy;\n");
    until("application_name='victim' and wait_event_type='Lock'");
    let (mut lonely, lonelys) = session(&lab.uri_of("app_user", "direct", "application_name=lonely"), "select 1;\n");
    until("application_name='lonely'");
    let report = probe(&lab, "transaction");
    drop((culprits, victims, lonelys));
    for child in [&mut culprit, &mut victim, &mut lonely] {
        child.wait().unwrap();
    }
    let headroom = report.headroom.value.as_ref().unwrap();
    let trouble = &headroom.trouble;
    let holder = trouble.holders.iter().find(|holder| holder.application == "culprit").expect("the culprit");
    assert_eq!(
        (holder.role.as_str(), holder.state.as_str(), holder.blocked),
        ("postgres", "idle in transaction", false)
    );
    assert!(holder.idle_s.is_some());
    assert_eq!(trouble.blocked, 1);
    let [waiting] = trouble.waiting.as_slice() else { panic!("{trouble:?}") };
    assert_eq!((waiting.application.as_str(), waiting.role.as_str()), ("victim", "supabase_admin"));
    let [blocker] = waiting.blocked_by.as_slice() else { panic!("{waiting:?}") };
    assert_eq!((blocker.application.as_str(), blocker.state.as_str()), ("culprit", "idle in transaction"));
    assert!(trouble.crowded_roles.iter().any(|it| (it.role.as_str(), it.limit, it.connections) == ("app_user", 1, 1)));
    assert!(trouble.timeouts_ms.iter().any(|(name, ms)| name == "statement_timeout" && *ms == 120_000));
    assert!(trouble.by_application.iter().any(|(name, _)| name == "culprit"));
}

#[test]
fn a_read_only_role_is_told_with_the_place_where_that_is_set() {
    let lab = Lab::start(&["direct"]);
    lab.sql("alter role postgres set default_transaction_read_only = on");
    let report = probe(&lab, "direct");
    let server = report.server.value.as_ref().unwrap();
    assert_eq!((server.read_only, server.in_recovery), (Some(true), Some(false)));
    assert_eq!(server.read_only_source.as_deref(), Some("user"));
    assert_eq!(server.key_is_backend, Some(true));
    assert!(server.parameters.iter().any(|(key, _)| key == "server_encoding"), "{:?}", server.parameters);
    assert_eq!(mode(&report).1, Some(Mode::Direct), "a read-only database is measured like any other");
    assert_state_was_tried(&report);
}

#[test]
fn a_role_without_rights_sees_less_and_says_so() {
    let lab = Lab::start(&["direct", "transaction"]);
    let mut door = door(&lab, lab.endpoint("direct"));
    door.user = Some("app_user".to_owned());
    door.password = Some(Secret::new(lab.password("app_user")));
    let report = probe_with(&door, &Context::default());
    let headroom = report.headroom.value.as_ref().unwrap_or_else(|| panic!("{:?}", report.headroom));
    assert!(!headroom.sees_all);
    assert_eq!(report.headroom.status, Status::Measured);
    assert!(report.headroom.reason.as_deref().unwrap().contains("pg_read_all_stats"));
    assert!(headroom.in_use >= 1 && headroom.in_use < 20, "{headroom:?}");
    assert_eq!(mode(&report).1, Some(Mode::Direct));
}
