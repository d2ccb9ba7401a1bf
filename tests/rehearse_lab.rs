//! Rehearsals against real servers: what they find, that they never take more than their share, and that nothing stays.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says where and stops")]

mod lab;

use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use lab::Lab;
use serde_json::Value;

const APPLICATION: &str = concat!("supascope/", env!("CARGO_PKG_VERSION"));

/// `supascope rehearse` of a setting that only its environment holds.
fn command(setting: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_supascope"));
    command
        .args(["rehearse", "env:TARGET", "--format", "json"])
        .args(arguments)
        .env_clear()
        .env("TARGET", setting)
        .current_dir(std::env::temp_dir())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

struct Outcome {
    status: i32,
    report: Value,
}

fn outcome(output: &Output) -> Outcome {
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    let report = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}{errors}"));
    Outcome { status: output.status.code().expect("ended by itself"), report }
}

fn rehearse(setting: &str, arguments: &[&str]) -> Outcome {
    outcome(&command(setting, arguments).output().unwrap())
}

/// Waits, at most 20 s, until something holds.
#[track_caller]
fn wait_until(what: &str, holds: impl Fn() -> bool) {
    for _ in 0..400 {
        if holds() {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("{what} never came");
}

/// The most connections at once that PostgreSQL itself logged for supascope.
fn most_logged(log: &str) -> i64 {
    let mut open = 0_i64;
    let mut most = 0;
    for line in log.lines() {
        if line.contains("connection authorized") && line.contains(&format!("application_name={APPLICATION}")) {
            open += 1;
        } else if line.contains("disconnection: session time") && line.contains(&format!("app={APPLICATION} ")) {
            open -= 1;
        }
        most = most.max(open);
    }
    assert_eq!(open, 0, "every connection was closed");
    most
}

/// Counts again and again until it is told to stop; the most that was seen.
fn sample(stop: Arc<AtomicBool>, count: impl Fn() -> usize + Send + 'static) -> std::thread::JoinHandle<usize> {
    std::thread::spawn(move || {
        let mut most = 0;
        while !stop.load(Ordering::Relaxed) {
            most = most.max(count());
        }
        most
    })
}

/// Sessions that are held open until they are dropped.
struct Sessions(Vec<Child>);

impl Sessions {
    fn open(lab: &Lab, uri: &str, sql: &str, many: usize) -> Self {
        let open = || {
            let mut command = lab.psql_command(uri);
            command.args(["-c", sql]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
        };
        Self((0..many).map(|_| open()).collect())
    }
}

impl Drop for Sessions {
    fn drop(&mut self) {
        for session in &mut self.0 {
            let _ = session.kill();
            let _ = session.wait();
        }
    }
}

#[test]
fn the_cap_of_a_pooler_is_found_and_the_share_is_never_exceeded() {
    let lab = Arc::new(Lab::start(&["direct", "tracked-session", "pool-of-one", "transaction"]));
    for (name, share, cap) in [("pool-of-one", "25%", 1), ("tracked-session", "25%", 2), ("transaction", "50%", 15)] {
        let stop = Arc::new(AtomicBool::new(false));
        let watched = Arc::clone(&lab);
        let endpoint = name.to_owned();
        let sampler = sample(Arc::clone(&stop), move || {
            let clients = watched.console(&endpoint, "SHOW CLIENTS");
            clients.lines().filter(|line| line.contains(APPLICATION) || line.contains("|postgres.")).count()
        });
        let arguments = ["--pool-size", "10", "--replicas", "2", "--seconds", "2", "--max-share", share];
        let Outcome { report, .. } = rehearse(&lab.endpoint(name).uri(""), &arguments);
        stop.store(true, Ordering::Relaxed);
        let most = sampler.join().unwrap();
        let allowed = report["learnt"]["allowed_connections"].as_u64().unwrap();
        let free = report["learnt"]["free"].as_u64().unwrap();
        let percent = if share == "25%" { 25 } else { 50 };
        assert!(allowed * 100 <= free * percent, "{name}: {allowed} of {free}");
        assert!(most >= 1 && most as u64 <= allowed, "{name}: {most} clients at once, {allowed} allowed");
        assert!(report["yours"]["most_open"].as_u64().unwrap() <= allowed, "{name}");
        let found = report["yours"]["knee"]["server_connections"].as_i64();
        let found = found.unwrap_or_else(|| panic!("{name}: no cap was found: {report:#}"));
        assert!((found - cap).abs() <= 1, "{name}: found {found}, and there are {cap}");
        assert_eq!(report["limit"]["from"], "measured", "{name}");
    }
}

#[test]
fn the_advised_settings_fit_where_the_applications_own_do_not() {
    let lab = Lab::start(&["direct", "tracked-session"]);
    let arguments = ["--stack", "sqlalchemy-asyncpg", "--seconds", "2"];
    let Outcome { status, report } = rehearse(&lab.endpoint("tracked-session").uri(""), &arguments);
    assert_eq!(status, 1, "{report:#}");
    assert_eq!((&report["verdict"], &report["application"]["connections"]), (&"exceeds".into(), &15.into()));
    assert_eq!(report["findings"][0]["rule"], "pool-exceeds-session-cap");
    assert_eq!(report["advice"]["pool_size"], 1);
    let settings = report["advice"]["settings"].as_array().unwrap();
    assert!(settings.iter().any(|setting| setting["set"] == "max_overflow = 0"), "{settings:?}");
}

#[test]
fn a_driver_that_names_its_statements_is_told_so_on_a_transaction_pooler_with_the_setting_that_helps() {
    let lab = Lab::start(&["direct", "transaction"]);
    let uri = lab.endpoint("transaction").uri("");
    let arguments = ["--stack", "asyncpg", "--pool-size", "2", "--seconds", "1"];
    let Outcome { report, .. } = rehearse(&uri, &arguments);
    assert_eq!(report["verdict"], "fits", "nothing waits: {report:#}");
    let rules: Vec<&Value> = report["findings"].as_array().unwrap().iter().map(|finding| &finding["rule"]).collect();
    assert!(rules.contains(&&Value::from("prepared-statements-on-transaction")), "{rules:?}");
    let settings = report["advice"]["settings"].to_string();
    assert!(settings.contains("statement_cache_size = 0"), "{settings}");
    let Outcome { report, .. } = rehearse(&lab.endpoint("direct").uri(""), &arguments);
    assert!(!report["findings"].to_string().contains("prepared-statements"), "{report:#}");
}

#[test]
fn a_pool_that_fits_is_run_whole_and_postgres_saw_no_more_than_the_share() {
    let lab = Lab::start(&["direct"]);
    let arguments = ["--pool-size", "2", "--workers", "2", "--clients", "8", "--seconds", "2", "--per-request"];
    let Outcome { status, report } = rehearse(&lab.endpoint("direct").uri(""), &arguments);
    assert_eq!(status, 0, "{report:#}");
    assert_eq!((&report["verdict"], &report["yours"]["whole"]), (&"fits".into(), &true.into()));
    assert_eq!(report["yours"]["knee"]["evidence"], "own-pool", "eight clients share four connections");
    assert!(report["per_request"]["ratio"].as_f64().unwrap() > 1.0, "{}", report["per_request"]);
    let allowed = report["learnt"]["allowed_connections"].as_i64().unwrap();
    wait_until("the last disconnection in the log", || {
        let log = lab.log("direct");
        let count =
            |what: &str, who: &str| log.lines().filter(|line| line.contains(what) && line.contains(who)).count();
        count("connection authorized", &format!("application_name={APPLICATION}"))
            == count("disconnection: session time", &format!("app={APPLICATION} "))
    });
    let most = most_logged(&lab.log("direct"));
    assert!(most > 4 && most <= allowed, "{most} at once, {allowed} allowed");
    // A load that reads and writes nothing, within limits of its own.
    let log = lab.log("direct");
    for line in log.lines().filter(|line| line.contains(&format!("app={APPLICATION} ")) && line.contains("statement: "))
    {
        let statement = line.split_once("statement: ").unwrap().1;
        assert!(statement.starts_with("BEGIN; SET LOCAL ") || statement == "COMMIT", "{statement}");
    }
}

#[test]
fn a_refusal_ends_the_load_and_its_cause_is_told() {
    let lab = Lab::start(&["direct"]);
    // A limit that nobody can ask for beforehand.
    lab.sql("alter database postgres connection limit 6");
    let Outcome { status, report } = rehearse(&lab.endpoint("direct").uri(""), &["--pool-size", "10"]);
    assert_eq!((status, &report["yours"]["end"]), (1, &"refused".into()), "{report:#}");
    let failed = &report["yours"]["failed"][0];
    assert_eq!((&failed["cause"], &failed["count"]), (&"server-slots-exhausted".into(), &1.into()), "{failed}");
    assert!(failed["message"].as_str().unwrap().contains("too many connections for database"), "{failed}");
    let found = report["yours"]["knee"]["server_connections"].as_i64().unwrap();
    assert!((found - 6).abs() <= 1, "found {found}, and there are 6");
    assert_eq!(report["findings"][0]["rule"], "pool-refused");
}

#[test]
fn near_a_limit_nothing_is_begun() {
    let lab = Lab::start(&["direct"]);
    lab.sql("alter role app_user connection limit 10");
    let uri = lab.uri_of("app_user", "direct", "");
    let _others = Sessions::open(&lab, &uri, "select pg_sleep(60)", 7);
    let held = "select count(*) from pg_stat_activity where usename='app_user' and state='active'";
    wait_until("the load of others", || lab.sql(held) == "7");
    let Outcome { status, report } = rehearse(&uri, &["--pool-size", "2"]);
    assert_eq!((status, &report["verdict"], &report["yours"]), (3, &"unknown".into(), &Value::Null));
    let why = report["learnt"]["forbidden"].as_str().unwrap();
    assert!(why.contains("7 of 10 are taken (70 %) of the role's connection limit"), "{why}");
    assert_eq!(report["connections_opened"], 1);
}

#[test]
fn it_stops_when_others_begin_to_wait() {
    let lab = Lab::start(&["direct", "transaction"]);
    let endpoint = lab.endpoint("transaction");
    let arguments = ["--pool-size", "4", "--seconds", "60", "--pool-timeout", "60"];
    let child = command(&endpoint.uri(""), &arguments).spawn().unwrap();
    let loaded = format!(
        "select count(*) from pg_stat_activity where application_name='{APPLICATION}' and query like '%pg_sleep%'"
    );
    wait_until("the load", || lab.sql(&loaded) != "0");
    // Thirty clients with long queries fill the pool of fifteen, and wait.
    let others = Sessions::open(&lab, &endpoint.uri("application_name=others"), "select pg_sleep(15)", 30);
    let Outcome { report, .. } = outcome(&child.wait_with_output().unwrap());
    drop(others);
    assert_eq!(report["yours"]["end"], "others-wait", "{}", report["yours"]["end_reason"]);
    assert_eq!(report["advised"], Value::Null, "nothing follows");
    let rules: Vec<&Value> = report["findings"].as_array().unwrap().iter().map(|finding| &finding["rule"]).collect();
    assert!(rules.contains(&&Value::from("others-wait")), "{rules:?}");
}

#[test]
fn clients_that_wait_at_a_pgbouncer_are_seen_in_its_console() {
    let lab = Lab::start(&["direct", "transaction"]);
    let endpoint = lab.endpoint("transaction");
    let console = endpoint.uri_as("lab_admin", "lab-secret-console", "dbname=pgbouncer");
    let arguments = ["--pool-size", "2", "--seconds", "60", "--pool-timeout", "60", "--admin", "env:CONSOLE"];
    let child = command(&endpoint.uri(""), &arguments).env("CONSOLE", &console).spawn().unwrap();
    let loaded = format!(
        "select count(*) from pg_stat_activity where application_name='{APPLICATION}' and query like '%pg_sleep%'"
    );
    wait_until("the load", || lab.sql(&loaded) != "0");
    // The pool of another role is held by transactions that do nothing: the load waits for none, and only the console knows.
    let uri = lab.uri_of("app_user", "transaction", "application_name=others");
    let hold = |_| {
        let mut command = lab.psql_command(&uri);
        command.args(["-c", "begin", "-c", "\\! sleep 20"]).stdin(Stdio::null()).stdout(Stdio::null());
        command.stderr(Stdio::null()).spawn().unwrap()
    };
    let others = Sessions((0..24).map(hold).collect());
    let Outcome { report, .. } = outcome(&child.wait_with_output().unwrap());
    drop(others);
    assert_eq!(report["yours"]["end"], "others-wait", "{report:#}");
    let why = report["yours"]["end_reason"].as_str().unwrap();
    assert!(why.contains("clients wait for a server connection of the pooler"), "{why}");
}

#[test]
fn it_stops_when_somebody_waits_for_a_lock() {
    let lab = Lab::start(&["direct"]);
    let direct = lab.endpoint("direct");
    let child = command(&direct.uri(""), &["--pool-size", "2", "--seconds", "60"]).spawn().unwrap();
    let loaded = format!("select count(*) from pg_stat_activity where application_name='{APPLICATION}'");
    wait_until("the load", || lab.sql(&loaded).parse::<u32>().unwrap() >= 2);
    let holder = Sessions::open(&lab, &direct.uri(""), "select pg_advisory_lock(7), pg_sleep(20)", 1);
    wait_until("the lock", || lab.sql("select count(*) from pg_locks where locktype='advisory'") == "1");
    let waiter = Sessions::open(&lab, &direct.uri(""), "select pg_advisory_lock(7)", 1);
    let Outcome { status, report } = outcome(&child.wait_with_output().unwrap());
    drop((holder, waiter));
    assert_eq!((status, &report["yours"]["end"]), (3, &"others-wait".into()));
    assert!(report["yours"]["end_reason"].as_str().unwrap().contains("wait for a lock"), "{report:#}");
}

#[test]
fn an_endpoint_that_goes_away_is_told_and_left() {
    let lab = Lab::start(&["direct", "transaction"]);
    let child =
        command(&lab.endpoint("transaction").uri(""), &["--pool-size", "3", "--seconds", "60"]).spawn().unwrap();
    let loaded = format!(
        "select count(*) from pg_stat_activity where application_name='{APPLICATION}' and query like '%pg_sleep%'"
    );
    wait_until("the load", || lab.sql(&loaded) != "0");
    let pid = lab.pids().into_iter().find(|(name, _)| name == "transaction").unwrap().1;
    assert!(Command::new("kill").args(["-KILL", &pid.to_string()]).status().unwrap().success());
    let Outcome { status, report } = outcome(&child.wait_with_output().unwrap());
    assert_eq!((status, &report["yours"]["end"]), (1, &"lost".into()), "{report:#}");
    assert_eq!(report["findings"][0]["rule"], "endpoint-lost");
}

#[test]
fn a_wrong_password_is_tried_once() {
    let lab = Lab::start(&["direct"]);
    let uri = lab.endpoint("direct").uri_as("postgres", "wrong-secret-password", "");
    let output = command(&uri, &["--pool-size", "5", "--replicas", "4", "--per-request"]).output().unwrap();
    for stream in [&output.stdout, &output.stderr] {
        assert!(!String::from_utf8_lossy(stream).contains("secret"), "the password stays hidden");
    }
    let Outcome { status, report } = outcome(&output);
    assert_eq!((status, &report["connections_opened"]), (3, &1.into()));
    assert_eq!(report["unreachable"]["cause"], "wrong-password", "{report:#}");
    assert_eq!(lab.log("direct").matches("password authentication failed").count(), 1);
}

#[test]
fn an_interrupt_leaves_nothing_behind_and_reports_what_was_seen() {
    let lab = Lab::start(&["direct"]);
    let arguments = ["--pool-size", "4", "--seconds", "60", "--query-ms", "9000", "--pool-timeout", "60"];
    let child = command(&lab.endpoint("direct").uri(""), &arguments).spawn().unwrap();
    let running = format!(
        "select count(*) from pg_stat_activity where application_name='{APPLICATION}' and state='active' and query like '%pg_sleep(9)%'"
    );
    wait_until("a long query", || lab.sql(&running) != "0");
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let Outcome { status, report } = outcome(&child.wait_with_output().unwrap());
    assert_eq!((status, &report["yours"]["end"]), (3, &"interrupted".into()), "{report:#}");
    let left = format!("select count(*) from pg_stat_activity where application_name='{APPLICATION}'");
    wait_until("the end of the last backend", || lab.sql(&left) == "0");
    // The query was ended, and not waited for.
    let log = lab.log("direct");
    let slept = log.lines().filter(|line| line.contains("connection to client lost")).count();
    assert!(slept > 0, "PostgreSQL noticed that the client had left");
}

#[test]
fn a_dry_run_opens_nothing() {
    let lab = Lab::start(&["direct"]);
    let Outcome { status, report } = rehearse(&lab.endpoint("direct").uri(""), &["--pool-size", "3", "--dry-run"]);
    assert_eq!((status, &report["schema"]), (0, &"supascope.rehearse-plan/v1".into()));
    assert_eq!((&report["connections"], &report["needs_free"]), (&3.into(), &16.into()));
    assert!(!lab.log("direct").contains(APPLICATION), "nobody of that name was there");
}
