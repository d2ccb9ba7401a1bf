//! The whole probe against a Supavisor, with a real PostgreSQL behind it.

use supascope::endpoint::{EndpointKind, Mode};
use supascope::probe::door::Door;
use supascope::probe::tls::Sslmode;
use supascope::probe::{Basis, Named, PoolSizeFrom, ProbeReport, Product, Refusal, Safety, Status, Tracking};
use supascope::rules::Context;
use supascope::secret::Secret;

use super::backend::{Backend, Frame};
use super::certificates;
use super::play::{self, HOST, PASSWORD};
use super::supavisor::{Lie, Port, Seen, Setup, Supavisor, Upstream, Version};
use crate::lab::Lab;

const QUIET: Setup =
    Setup { version: Version::New, port: Port::Transaction, tracking: false, pool_size: 5, taken: 0, lie: Lie::None };

fn start(lab: &Lab, setup: Setup) -> Supavisor {
    let direct = lab.endpoint("direct");
    let upstream = Upstream {
        address: format!("{}:{}", direct.hostaddr, direct.port).parse().unwrap(),
        role: "postgres".to_owned(),
        password: direct.password.clone(),
    };
    Supavisor::start(&format!("{}.200", lab.block()), setup, upstream)
}

/// Probes a Supavisor that is set up so.
fn probe_as(lab: &Lab, setup: Setup, password: &str, context: &Context) -> (ProbeReport, Seen) {
    let supavisor = start(lab, setup);
    let kind = if setup.port == Port::Session { EndpointKind::SharedSession } else { EndpointKind::SharedTransaction };
    let door = Door {
        host: HOST.to_owned(),
        hostaddr: Some(supavisor.address.ip().to_string()),
        port: supavisor.address.port(),
        user: Some(format!("postgres.{}", lab.project_ref())),
        database: "postgres".to_owned(),
        password: Some(Secret::new(password)),
        no_password: "",
        sslmode: Sslmode::VerifyFull,
        ssl_root_cert: Some(certificates::root_file().display().to_string()),
        tls_parameters: vec![("sslmode".to_owned(), "verify-full".to_owned())],
        plaintext_login: false,
        kind,
        mode: if setup.port == Port::Session { Mode::Session } else { Mode::Transaction },
    };
    // What only waits ends with the deadline; the rest is done in a second.
    let (connect_timeout_s, deadline_s) = if setup.lie == Lie::StallExtras { (60, 8) } else { (10, 25) };
    let report = play::probe_within(&door, context, connect_timeout_s, deadline_s);
    let seen = supavisor.stop();
    let what = format!("{setup:?}\n{report:#?}");
    assert_eq!(seen.broken_rules, Vec::<String>::new(), "{what}");
    assert!(report.connections_opened <= 14 && report.connections_at_once <= 6, "{what}");
    let pieces = password.as_bytes();
    assert!(
        !pieces.windows(6).any(|piece| seen.received.windows(6).any(|part| part == piece)),
        "the password was sent"
    );
    assert!(!format!("{report:?}").contains(password), "{what}");
    (report, seen)
}

fn probe(lab: &Lab, setup: Setup) -> (ProbeReport, Seen) {
    probe_as(lab, setup, PASSWORD, &Context::default())
}

fn statements(report: &ProbeReport) -> (Status, Named, Tracking) {
    let part = &report.prepared_statements;
    let value = part.value.as_ref().unwrap();
    (part.status, value.named, value.tracking)
}

fn mode(report: &ProbeReport) -> (Status, Mode) {
    (report.mode.status, report.mode.value.as_ref().map_or(Mode::Unknown, |mode| mode.mode))
}

fn assert_supavisor(report: &ProbeReport, version: Version) {
    let server = report.server.value.as_ref().unwrap();
    assert_eq!(server.product, Product::Supavisor, "{server:?}");
    let expected = if version == Version::New { "2.9.7" } else { "2.8.8" };
    assert_eq!(server.product_version.as_deref(), Some(expected));
}

#[test]
fn the_transaction_port_is_measured_with_and_without_tracking_in_both_versions() {
    let lab = Lab::start(&["direct"]);
    for version in [Version::New, Version::Old] {
        for tracking in [false, true] {
            let (report, seen) = probe(&lab, Setup { version, tracking, ..QUIET });
            let what = format!("{version:?} tracking {tracking}: {report:#?}");
            assert_eq!(report.failure, None, "{what}");
            assert_supavisor(&report, version);
            assert_eq!(mode(&report), (Status::Measured, Mode::Transaction), "{what}");
            let expected = if tracking {
                (Status::Measured, Named::Survive, Tracking::Supavisor)
            } else {
                (Status::Measured, Named::Break, Tracking::None)
            };
            assert_eq!(statements(&report), expected, "{what}");
            let state = report.session_state.value.as_ref().unwrap();
            assert_eq!(state.set_local.verdict, Safety::Safe, "{what}");
            assert_eq!(state.session_set.verdict, Safety::Unsafe, "{what}");
            assert!(state.session_set.evidence.contains("leaks"), "{what}");
            assert_eq!(state.startup_options.verdict, Safety::Unsafe, "{what}");
            assert!(state.startup_options.evidence.contains("without an error"), "{what}");
            assert_eq!(report.headroom.value.as_ref().unwrap().max_connections, 60, "{what}");
            assert_eq!(report.left_behind, Vec::<String>::new());
            // A tracking pooler keeps its own copy on a backend where the client did not close it.
            assert!(seen.left.iter().all(|left| tracking && left.starts_with("sv_")), "{:?}\n{what}", seen.left);
            assert!(!seen.options.is_empty(), "the startup options were not tried");
            assert!(seen.options.iter().all(|options| !options.contains("search_path")), "{:?}", seen.options);
        }
    }
}

#[test]
fn the_session_port_is_measured_in_both_versions() {
    let lab = Lab::start(&["direct"]);
    for version in [Version::New, Version::Old] {
        let (report, seen) = probe(&lab, Setup { version, port: Port::Session, ..QUIET });
        let what = format!("{version:?}: {report:#?}");
        assert_eq!(report.failure, None, "{what}");
        assert_supavisor(&report, version);
        assert_eq!(mode(&report), (Status::Measured, Mode::Session), "{what}");
        assert_eq!(statements(&report), (Status::Measured, Named::Survive, Tracking::NotNeeded), "{what}");
        let state = report.session_state.value.as_ref().unwrap();
        assert_eq!(state.startup_options.verdict, Safety::Unsafe, "{what}");
        for tried in [&state.session_set, &state.advisory_lock, &state.with_hold_cursor, &state.sql_prepare] {
            assert_eq!((tried.verdict, tried.basis), (Safety::Safe, Basis::Measured), "{what}");
        }
        assert_eq!(seen.left, Vec::<String>::new(), "{what}");
    }
}

#[test]
fn a_session_pool_with_one_slot_left_names_its_mode_and_its_size() {
    let lab = Lab::start(&["direct"]);
    let (report, _) = probe(&lab, Setup { port: Port::Session, taken: 4, ..QUIET });
    assert_eq!(mode(&report), (Status::Measured, Mode::Session), "{report:#?}");
    let pool = &report.headroom.value.as_ref().unwrap().pool;
    assert_eq!((pool.size, pool.size_from), (Some(5), PoolSizeFrom::ErrorText), "{pool:?}");
    let old = Setup { version: Version::Old, port: Port::Session, taken: 4, ..QUIET };
    let (report, _) = probe(&lab, old);
    assert_eq!(mode(&report), (Status::Measured, Mode::Session), "{report:#?}");
    assert_eq!(report.headroom.value.as_ref().unwrap().pool.size, None, "2.8.8 names no number");
}

/// Two slots are free, and the probe takes one: the other is for somebody who needs it.
#[test]
fn the_last_slot_of_a_session_pool_is_not_taken() {
    let lab = Lab::start(&["direct"]);
    for version in [Version::New, Version::Old] {
        let context = Context { pool_size: Some(2), ..Context::default() };
        let (report, seen) =
            probe_as(&lab, Setup { version, port: Port::Session, pool_size: 2, ..QUIET }, PASSWORD, &context);
        assert_eq!(seen.most_clients, 1, "{report:#?}");
        assert_eq!(report.failure, None, "{report:#?}");
        assert_eq!(mode(&report).0, Status::Skipped, "{report:#?}");
        assert_supavisor(&report, version);
    }
}

#[test]
fn a_full_session_pool_is_told_before_the_password() {
    let lab = Lab::start(&["direct"]);
    for version in [Version::New, Version::Old] {
        let (report, _) = probe(&lab, Setup { version, port: Port::Session, taken: 5, ..QUIET });
        assert_eq!(report.failure.as_ref().unwrap().refusal, Refusal::PoolFull, "{report:#?}");
        assert_eq!(mode(&report), (Status::Measured, Mode::Session), "{report:#?}");
        assert_supavisor(&report, version);
    }
}

#[test]
fn a_pool_of_one_has_two_backends_and_is_measured() {
    let lab = Lab::start(&["direct"]);
    for tracking in [false, true] {
        let (report, _) = probe(&lab, Setup { pool_size: 1, tracking, ..QUIET });
        assert_eq!(mode(&report), (Status::Measured, Mode::Transaction), "{report:#?}");
        let named = if tracking { Named::Survive } else { Named::Break };
        assert_eq!(statements(&report).1, named, "{report:#?}");
    }
}

#[test]
fn a_wrong_password_is_tried_once() {
    let lab = Lab::start(&["direct"]);
    for version in [Version::New, Version::Old] {
        let (report, _) = probe_as(&lab, Setup { version, ..QUIET }, "korrekt-Pferd-9!", &Context::default());
        assert_eq!(report.failure.as_ref().unwrap().refusal, Refusal::AuthFailed, "{report:#?}");
        assert_supavisor(&report, version);
    }
}

#[test]
fn survival_is_not_believed_of_process_ids_that_lie() {
    let lab = Lab::start(&["direct"]);
    for lie in [Lie::SamePid, Lie::NewPids] {
        for tracking in [false, true] {
            let (report, _) = probe(&lab, Setup { tracking, lie, ..QUIET });
            assert_ne!(statements(&report).1, Named::Survive, "{lie:?} {tracking}: {report:#?}");
        }
        let (report, _) = probe(&lab, Setup { lie, port: Port::Session, ..QUIET });
        assert_ne!(mode(&report).1, Mode::Direct, "{lie:?}: {report:#?}");
    }
}

#[test]
fn a_connection_that_is_killed_while_it_holds_leaves_what_was_learnt_before() {
    let lab = Lab::start(&["direct"]);
    let (report, _) = probe(&lab, Setup { lie: Lie::KillHolder, ..QUIET });
    assert_supavisor(&report, Version::New);
    assert_eq!(report.auth.value.as_ref().unwrap().ok, Some(true), "{report:#?}");
    assert_ne!(statements(&report).1, Named::Survive, "{report:#?}");
    assert!(report.headroom.value.is_some(), "{report:#?}");
}

#[test]
fn a_server_that_serves_one_connection_only_is_told_as_far_as_one_shows() {
    let lab = Lab::start(&["direct"]);
    let (report, _) = probe(&lab, Setup { lie: Lie::FirstOnly, tracking: true, ..QUIET });
    assert_eq!(report.server.value.as_ref().unwrap().product, Product::Supavisor, "{report:#?}");
    assert_eq!(report.auth.value.as_ref().unwrap().ok, Some(true), "{report:#?}");
    assert_eq!(report.headroom.value.as_ref().unwrap().max_connections, 60, "{report:#?}");
    assert_eq!(mode(&report), (Status::Inconclusive, Mode::Unknown), "{report:#?}");
    assert_eq!(statements(&report), (Status::Inconclusive, Named::Unknown, Tracking::Supavisor), "{report:#?}");
    let state = report.session_state.value.as_ref().unwrap();
    assert_eq!(state.set_local.verdict, Safety::Safe, "{report:#?}");
    assert_eq!(state.advisory_lock.verdict, Safety::Unknown, "{report:#?}");
}

/// What breaks the rules of a real Supavisor is noticed by the one made for the test: without this, the tests above would
/// prove less than they seem to.
#[test]
fn the_rules_of_a_supavisor_are_enforced() {
    let lab = Lab::start(&["direct"]);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let broken_by = |bytes: Vec<u8>| {
        let supavisor = start(&lab, QUIET);
        let client = Upstream {
            address: supavisor.address,
            role: format!("postgres.{}", lab.project_ref()),
            password: PASSWORD.to_owned(),
        };
        runtime.block_on(async {
            let mut client = Backend::connect(&client).await.unwrap();
            client.wire.send(&bytes).await.unwrap();
            // Whatever is answered: what is written down counts.
            let _ = tokio::time::timeout(std::time::Duration::from_millis(300), client.wire.frame()).await;
        });
        supavisor.stop().broken_rules
    };
    let sync = Frame::new(b'S', b"").bytes;
    let parse = Frame::new(b'P', b"\0SELECT 1\0\0\0").bytes;
    let batch = [parse, sync.clone()].concat();
    assert_eq!(broken_by(batch.clone()), Vec::<String>::new());
    assert!(!broken_by([sync, batch.clone()].concat()).is_empty(), "a write that begins with Sync");
    assert!(!broken_by([batch.clone(), batch].concat()).is_empty(), "two batches in one write");
}

#[test]
fn what_is_measured_stands_when_the_deadline_cuts_a_side_question_off() {
    let lab = Lab::start(&["direct"]);
    let (report, _) = probe(&lab, Setup { lie: Lie::StallExtras, ..QUIET });
    assert_eq!(report.failure, None, "{report:#?}");
    assert_eq!(mode(&report), (Status::Measured, Mode::Transaction), "{report:#?}");
    assert_eq!(statements(&report).1, Named::Break, "{report:#?}");
    assert_eq!(report.server.value.as_ref().unwrap().product, Product::Supavisor, "{report:#?}");
}
