//! Sessions as an application has them, against real servers.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says where and stops")]

mod lab;

use std::time::Duration;

use lab::Lab;
use supascope::client::{ConnectError, Dialer, Retry, Session, is_lost, server_error};
use supascope::probe::Refusal;
use supascope::probe::door::Door;
use supascope::{conninfo, endpoint};

fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

async fn connect(setting: &str) -> Result<Session, ConnectError> {
    let reading = conninfo::read_text(setting);
    let conninfo = reading.conninfo().unwrap();
    let door = Door::new(conninfo, &endpoint::classify(conninfo)).unwrap();
    Dialer::new(door, None, Duration::from_secs(5)).await?.connect().await
}

#[test]
fn every_kind_of_endpoint_is_entered_over_verified_tls_under_our_own_name() {
    let lab = Lab::start(&["transaction", "session"]);
    run(async {
        for endpoint in lab.endpoints() {
            let session = connect(&endpoint.uri("")).await.unwrap();
            assert!(session.encrypted, "{}", endpoint.name);
            let rows = session.client.simple_query("SELECT current_setting('application_name')").await.unwrap();
            let name = rows.iter().find_map(|row| match row {
                tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
                _ => None,
            });
            assert_eq!(name.unwrap(), concat!("supascope/", env!("CARGO_PKG_VERSION")));
            session.leave().await;
        }
    });
}

#[test]
fn a_wrong_password_is_tried_once_and_never_again_and_never_told() {
    let lab = Lab::start(&[]);
    run(async {
        let direct = lab.endpoint("direct");
        let error = connect(&direct.uri_as(&direct.user, "wr0ng-s3cret", "")).await.err().unwrap();
        assert_eq!((error.failure.refusal, error.retry), (Refusal::AuthFailed, Retry::Never));
        assert!(!format!("{error} {error:?}").contains("wr0ng"), "{error}");
    });
    assert_eq!(lab.log("direct").matches("password authentication failed").count(), 1);
}

#[test]
fn a_certificate_that_does_not_pass_gets_no_login() {
    let lab = Lab::start(&[]);
    run(async {
        let setting = lab.endpoint("direct").uri(&format!("sslrootcert={}", lab.foreign_ca().display()));
        let error = connect(&setting).await.err().unwrap();
        assert_eq!((error.failure.refusal, error.retry), (Refusal::TlsUntrusted, Retry::Never));
    });
    assert!(!lab.log("direct").contains("supascope"));
}

#[test]
fn nobody_there_may_be_tried_again() {
    let error = run(connect("postgresql://u:p@127.0.0.1:9/d")).err().unwrap();
    assert_eq!((error.failure.refusal, error.retry), (Refusal::ConnectionRefused, Retry::Later));
}

#[test]
fn a_session_that_the_server_ends_is_lost_and_a_query_that_fails_is_not() {
    let lab = Lab::start(&[]);
    run(async {
        let session = connect(&lab.endpoint("direct").uri("")).await.unwrap();
        let error = session.client.simple_query("SELECT 1/0").await.unwrap_err();
        assert!(!is_lost(&error));
        assert_eq!(server_error(&error).unwrap().1.sqlstate, "22012");
        lab.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'supascope%'");
        let error = session.client.simple_query("SELECT 1").await.unwrap_err();
        assert!(is_lost(&error), "{error:?}");
    });
}
