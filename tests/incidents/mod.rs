//! The table of incidents, and what must hold for each; see `tests/incidents.rs`.

mod clients;
mod screen;
mod watching;

use std::collections::BTreeSet;

use supascope::explain::explain;
use supascope::watch::Level;

use super::lab::Lab;
use clients::Clients;
use watching::Watch;

/// One incident.
struct Incident {
    /// The pooler of the laboratory in which it happens; PostgreSQL itself where there is none.
    pooler: Option<&'static str>,
    /// How the servers are set up for it, so that they give up within the time of a test.
    prepare: fn(&Lab),
    /// The load that exhausts the pool.
    load: fn(&Lab) -> Clients,
    /// Clients that come too late.
    victims: fn(&Lab) -> Clients,
    /// The application that is to blame.
    culprit: &'static str,
    /// Words of the verdict or its culprit.
    words: &'static str,
    /// The causes that `explain` names of what the victims were told, or of what the culprit was.
    told: &'static [&'static str],
    /// The causes that it names of PgBouncer's log.
    pooler_log: &'static [&'static str],
    /// The causes that it names of PostgreSQL's log.
    server_log: &'static [&'static str],
}

const WAIT_S: &str = "2";

/// A pooler whose clients are told soon that they wait in vain.
fn impatient(lab: &Lab, pooler: &str) {
    lab.console(pooler, &format!("SET query_wait_timeout = {WAIT_S}"));
}

fn app(lab: &Lab, endpoint: &str, name: &str) -> String {
    lab.uri_of("app_user", endpoint, &format!("application_name={name}"))
}

/// A transaction that is left open holds the only server connection.
const IDLE_IN_TRANSACTION: Incident = Incident {
    pooler: Some("pool-of-one"),
    prepare: |lab| {
        impatient(lab, "pool-of-one");
        lab.sql("alter role app_user set idle_in_transaction_session_timeout = '15s'");
    },
    load: |lab| Clients::that_stay(lab, &app(lab, "pool-of-one", "checkout"), 1, "BEGIN; SELECT 1;"),
    victims: |lab| Clients::that_ask(lab, &app(lab, "pool-of-one", "shop"), 3, "SELECT 2"),
    culprit: "checkout",
    words: "wait for a server connection",
    told: &["checkout-timeout"],
    pooler_log: &["checkout-timeout"],
    server_log: &["idle-in-transaction"],
};

/// Connections that are opened and never used again, up to what the role may have.
const LEAK: Incident = Incident {
    pooler: None,
    prepare: |lab| drop(lab.sql("alter role app_user connection limit 9")),
    load: |lab| Clients::one_by_one(lab, &app(lab, "direct", "worker"), 9, "SELECT 1;"),
    victims: |lab| Clients::that_ask(lab, &app(lab, "direct", "shop"), 2, "SELECT 2"),
    culprit: "worker",
    words: "role app_user has all the 9 connections",
    told: &["server-slots-exhausted"],
    pooler_log: &[],
    server_log: &["server-slots-exhausted"],
};

/// Long queries hold every server connection of a pool.
const LONG_QUERIES: Incident = Incident {
    pooler: Some("transaction"),
    prepare: |lab| {
        impatient(lab, "transaction");
        lab.sql("alter role app_user set statement_timeout = '15s'");
    },
    load: |lab| Clients::that_stay(lab, &app(lab, "transaction", "report"), 15, "SELECT pg_sleep(60);"),
    victims: |lab| Clients::that_ask(lab, &app(lab, "transaction", "shop"), 3, "SELECT 2"),
    culprit: "report",
    words: "wait for a server connection",
    told: &["checkout-timeout"],
    pooler_log: &["checkout-timeout"],
    server_log: &["statement-timeout"],
};

/// Everybody comes back at once, and takes every slot of the database.
const RECONNECT_STORM: Incident = Incident {
    pooler: None,
    prepare: |_| {},
    load: |lab| Clients::that_storm(lab, &app(lab, "direct", "api"), 60, "SELECT 1;"),
    victims: |lab| Clients::that_ask(lab, &app(lab, "direct", "api"), 4, "SELECT 2"),
    culprit: "api",
    words: "no slot is free",
    told: &["server-slots-exhausted"],
    pooler_log: &[],
    server_log: &["server-slots-exhausted"],
};

fn causes(text: &str) -> BTreeSet<&'static str> {
    explain(text).matches.iter().map(|found| found.cause.id.as_str()).collect()
}

/// Makes the incident, and holds what is seen of it against the table.
fn happens(incident: &Incident) {
    let lab = Lab::start(incident.pooler.as_slice());
    (incident.prepare)(&lab);
    let console = incident
        .pooler
        .map(|pooler| lab.endpoint(pooler).uri_as("lab_admin", "lab-secret-console", "dbname=pgbouncer"));
    let watched = lab.endpoint("direct").uri("");
    let mut watch = Watch::new(&watched, console.as_deref());
    watch.look();
    let screen = screen::Screen::start(&watched, console.as_deref());
    let load = watch.through(|| (incident.load)(&lab));
    watch.until(|picture| picture.holdings.iter().any(|it| it.key.application == incident.culprit));
    let victims = (incident.victims)(&lab);
    let picture = watch
        .until(|picture| picture.verdict.level == Level::Critical && picture.verdict.headline.contains(incident.words));
    let verdict = &picture.verdict;
    assert!(verdict.headline.contains(incident.words), "{verdict:?}");
    let culprit = verdict.culprit.as_deref().unwrap_or_default();
    assert!(culprit.contains(incident.culprit), "{verdict:?}");
    if let Some(screen) = screen {
        let shown = screen.until(|shown| shown.contains("CRITICAL") && shown.contains(incident.culprit));
        assert!(shown.contains("CRITICAL") && shown.contains(incident.culprit), "{shown}");
        assert!(shown.lines().count() <= 24 && shown.lines().all(|line| line.chars().count() <= 80), "{shown}");
    }
    let told = victims.told();
    assert_eq!(causes(&told).into_iter().collect::<Vec<_>>(), incident.told, "{told}");
    if let Some(pooler) = incident.pooler {
        watching::wait_for_causes(&lab, pooler, incident.pooler_log);
    }
    watching::wait_for_causes(&lab, "direct", incident.server_log);
    drop(load);
}

#[test]
fn a_transaction_that_is_left_open() {
    happens(&IDLE_IN_TRANSACTION);
}

#[test]
fn a_leak() {
    happens(&LEAK);
}

#[test]
fn long_queries() {
    happens(&LONG_QUERIES);
}

#[test]
fn a_reconnect_storm() {
    happens(&RECONNECT_STORM);
}
