//! Watching real servers: the load is made here, and the watch has to say who it is.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says where and stops")]

mod lab;

use std::io::{Read as _, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use lab::Lab;
use supascope::client::Dialer;
use supascope::explain::explain;
use supascope::probe::door::Door;
use supascope::watch::sampler::Sampler;
use supascope::watch::{Admin, EventKind, Full, Level, Link, Model, Observation, Picture, Setup};
use supascope::{conninfo, endpoint};

/// A client that has said something and stays.
struct Client {
    child: Child,
    _stdin: ChildStdin,
}

impl Client {
    fn new(lab: &Lab, uri: &str, says: &str) -> Self {
        let mut command = lab.psql_command(uri);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        writeln!(stdin, "{says}").unwrap();
        Self { child, _stdin: stdin }
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn door(uri: &str) -> Door {
    let reading = conninfo::read_text(uri);
    let conninfo = reading.conninfo().unwrap();
    Door::new(conninfo, &endpoint::classify(conninfo)).unwrap()
}

/// A watch that is driven look by look.
struct Watch {
    runtime: tokio::runtime::Runtime,
    sampler: Sampler,
    model: Model,
}

impl Watch {
    fn new(uri: &str, console: Option<&str>) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let dial = |uri: &str| runtime.block_on(Dialer::new(door(uri), None, Duration::from_secs(5))).unwrap();
        let sampler = Sampler::new(dial(uri), console.map(dial), Duration::from_millis(200));
        let reading = conninfo::read_text(uri);
        let endpoint = endpoint::classify(reading.conninfo().unwrap());
        let mut setup = Setup::new("lab".to_owned(), &endpoint, 200);
        setup.leak_after_ms = 300;
        if console.is_some() {
            setup.admin = Admin::Asked;
        }
        Self { sampler, model: Model::new(setup, 0), runtime }
    }

    fn look(&mut self) -> (Observation, Picture) {
        let observation = self.runtime.block_on(self.sampler.look());
        (observation.clone(), self.model.take(observation))
    }

    /// Looks until a picture is as wanted; the last one when none is in time.
    fn until(&mut self, wanted: impl Fn(&Picture) -> bool) -> Picture {
        let started = Instant::now();
        loop {
            let (_, picture) = self.look();
            if wanted(&picture) || started.elapsed() > Duration::from_secs(20) {
                return picture;
            }
            self.pause();
        }
    }

    fn pause(&self) {
        self.runtime.block_on(async { tokio::time::sleep(Duration::from_millis(150)).await });
    }

    fn kinds(&self) -> Vec<EventKind> {
        self.model.events_since(0).map(|event| event.kind).collect()
    }
}

#[test]
fn a_leak_is_told_from_an_open_transaction_and_a_long_query_and_each_is_named() {
    let lab = Lab::start(&[]);
    let app = |name: &str| lab.uri_of("app_user", "direct", &format!("application_name={name}"));
    let _stuck = Client::new(&lab, &app("checkout"), "BEGIN; SELECT 1;");
    let _slow = Client::new(&lab, &app("report"), "SELECT pg_sleep(60);");
    let mut watch = Watch::new(&lab.endpoint("direct").uri(""), None);
    let mut leaked = Vec::new();
    for _ in 0..7 {
        leaked.push(Client::new(&lab, &app("worker"), "SELECT 1;"));
        let wanted = u32::try_from(leaked.len()).unwrap();
        watch.until(|picture| {
            picture.holdings.iter().any(|it| it.key.application == "worker" && it.count >= wanted && it.state.is_some())
        });
    }
    let picture = watch.until(|picture| picture.suspects.first().is_some_and(|suspect| suspect.unused == 7));
    assert_eq!(picture.suspects.len(), 1, "{:?}", picture.suspects);
    assert_eq!(picture.suspects[0].key.application, "worker");
    assert_eq!((picture.suspects[0].to, picture.suspects[0].unused), (7, 7));
    assert_eq!(picture.verdict.level, Level::Warning);
    assert!(picture.verdict.culprit.as_deref().unwrap().contains("worker"), "{:?}", picture.verdict);
    let first = &picture.sessions[0].session;
    assert_eq!((first.application.as_str(), first.is_idle_in_transaction()), ("checkout", true));
    assert_eq!(picture.sessions[1].session.application, "report");
    let statement = supascope::watch::termination(first, picture.now_s).unwrap();
    assert!(statement.statement.contains(&first.pid.to_string()) && statement.hits.contains("rolled back"));
    assert!(watch.kinds().contains(&EventKind::Leak));
    assert_eq!(picture.slots.as_ref().unwrap().own, 1, "one connection of our own");
}

#[test]
fn a_role_without_a_free_slot_is_said_so_at_once_and_watched_again_when_there_is_one() {
    let lab = Lab::start(&[]);
    let limited = lab.uri_of("limited", "direct", "");
    let mut direct = Watch::new(&lab.endpoint("direct").uri(""), None);
    let holder = Client::new(&lab, &limited, "SELECT 1;");
    let picture = direct.until(|picture| picture.roles.iter().any(|role| role.used == 1));
    assert!(picture.verdict.headline.contains("role limited has all the 1 connections"), "{:?}", picture.verdict);

    let mut watch = Watch::new(&limited, None);
    let (observation, picture) = watch.look();
    let Observation::Failure(trouble) = observation else { panic!("there is no slot") };
    assert_eq!(trouble.full, Some(Full::Slots), "{trouble:?}");
    assert!(trouble.next_try_ms.is_some(), "a full server may be asked again");
    assert!(picture.verdict.headline.starts_with("no slot is free"), "{:?}", picture.verdict);
    drop(holder);
    let picture = watch.until(|picture| picture.link == Link::Up);
    assert_eq!(picture.link, Link::Up);
    assert!(watch.kinds().ends_with(&[EventKind::Full, EventKind::Recovered]), "{:?}", watch.kinds());

    let log = lab.log("direct");
    let causes: Vec<&str> = explain(&log).matches.iter().map(|found| found.cause.id.as_str()).collect();
    assert!(causes.contains(&"server-slots-exhausted"), "{causes:?}");
}

#[test]
fn a_session_that_is_ended_is_an_event_and_is_replaced() {
    let lab = Lab::start(&[]);
    let mut watch = Watch::new(&lab.endpoint("direct").uri(""), None);
    let (_, before) = watch.look();
    lab.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'supascope/%'");
    let (observation, picture) = watch.look();
    let Observation::Failure(trouble) = observation else { panic!("the session is gone") };
    assert_eq!(trouble.cause.as_deref(), Some("connection-dropped"), "{trouble:?}");
    assert_eq!(picture.slots, before.slots, "the last picture stays");
    let (_, picture) = watch.look();
    assert_eq!(picture.link, Link::Up);
    assert_eq!(watch.kinds(), [EventKind::Started, EventKind::Lost, EventKind::Recovered]);
}

#[test]
fn a_restart_a_failover_and_a_promotion_are_events_and_the_last_picture_stays() {
    let lab = Lab::start(&[]);
    let mut watch = Watch::new(&lab.endpoint("direct").uri(""), None);
    let (_, before) = watch.look();
    // Start times are told apart by the second.
    let settle =
        "select pg_sleep(greatest(0, 1.5 - extract(epoch from clock_timestamp() - pg_postmaster_start_time())))";
    lab.sql(settle);
    lab.restart(false);
    let (observation, picture) = watch.look();
    assert!(matches!(observation, Observation::Failure(_)), "{observation:?}");
    assert_eq!(picture.slots, before.slots, "the last picture stays");
    watch.until(|picture| picture.link == Link::Up);
    assert_eq!(watch.kinds(), [EventKind::Started, EventKind::Lost, EventKind::Recovered, EventKind::Restart]);

    lab.sql(settle);
    lab.restart(true);
    watch.look();
    watch.until(|picture| picture.link == Link::Up);
    assert!(watch.kinds().contains(&EventKind::Failover), "it answers, and is a standby: {:?}", watch.kinds());
    let failovers = watch.kinds().iter().filter(|kind| **kind == EventKind::Failover).count();
    lab.sql("select pg_promote()");
    let promoted =
        |watch: &Watch| watch.kinds().iter().filter(|kind| **kind == EventKind::Failover).count() > failovers;
    for _ in 0..40 {
        watch.look();
        if promoted(&watch) {
            break;
        }
        watch.pause();
    }
    assert!(promoted(&watch), "the standby became a primary: {:?}", watch.kinds());
}

#[test]
fn a_refused_password_is_never_tried_a_second_time() {
    let lab = Lab::start(&[]);
    let direct = lab.endpoint("direct");
    let mut watch = Watch::new(&direct.uri_as(&direct.user, "wr0ng", ""), None);
    let (observation, _) = watch.look();
    let Observation::Failure(trouble) = observation else { panic!("the password is wrong") };
    assert_eq!(trouble.next_try_ms, None);
    assert!(!trouble.message.contains("wr0ng"));
    assert_eq!(trouble.cause.as_deref(), Some("wrong-password"));
    let output = supascope(&direct.uri_as(&direct.user, "wr0ng", ""), &["--plain", "--for", "3"]);
    assert_eq!(output.status.code(), Some(3));
    assert_eq!(lab.log("direct").matches("password authentication failed").count(), 2, "one for each watch");
}

#[test]
fn waiting_clients_are_seen_where_an_admin_console_answers_and_a_full_pool_is_told() {
    let lab = Lab::start(&["pool-of-one"]);
    let pooled = lab.endpoint("pool-of-one").uri("");
    let holder = Client::new(&lab, &pooled, "BEGIN; SELECT 1;");
    // Only now: who comes first would else be left to luck.
    Watch::new(&lab.endpoint("direct").uri(""), None).until(|picture| picture.oldest_transaction_s.is_some());
    let _waits = Client::new(&lab, &pooled, "SELECT 1;");
    let console = lab.endpoint("pool-of-one").uri_as("lab_admin", "lab-secret-console", "dbname=pgbouncer");
    let mut watch = Watch::new(&lab.endpoint("direct").uri(""), Some(&console));
    let picture = watch.until(|picture| picture.waiting.clients().is_some_and(|clients| clients > 0));
    assert_eq!(picture.waiting.clients(), Some(1), "{:?}", picture.waiting);
    assert_eq!(picture.verdict.level, Level::Critical);

    let mut inside = Watch::new(&pooled, None);
    let (observation, picture) = inside.look();
    let Observation::Failure(trouble) = observation else { panic!("the pool is full") };
    assert_eq!((trouble.full, trouble.lost), (Some(Full::Pool), true), "{trouble:?}");
    assert_eq!(picture.verdict.level, Level::Critical);
    drop(holder);
    let picture = inside.until(|picture| picture.link == Link::Up);
    assert_eq!(picture.link, Link::Up, "{:?}", picture.verdict);
}

#[test]
fn a_role_that_may_not_see_others_says_what_it_does_not_know() {
    let lab = Lab::start(&[]);
    let _other = Client::new(&lab, &lab.endpoint("direct").uri("application_name=other"), "SELECT 1;");
    let mut watch = Watch::new(&lab.uri_of("app_user", "direct", ""), None);
    let picture = watch.until(|picture| picture.holdings.iter().any(|it| it.key.application == "other"));
    assert!(picture.notes[0].contains("may not see other roles' sessions"), "{:?}", picture.notes);
    assert!(picture.states.iter().any(|(state, _)| state == "not visible"), "{:?}", picture.states);
}

fn command(uri: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_supascope"));
    command.env("WATCHED", uri).arg("watch").arg("env:WATCHED").args(arguments);
    command
}

fn supascope(uri: &str, arguments: &[&str]) -> std::process::Output {
    command(uri, arguments).output().unwrap()
}

#[test]
fn an_incident_is_recorded_alerted_and_replayed() {
    let lab = Lab::start(&[]);
    let _stuck = Client::new(&lab, &lab.uri_of("app_user", "direct", "application_name=checkout"), "BEGIN; SELECT 1;");
    let uri = lab.endpoint("direct").uri("");
    let file = lab.dir().join("incident.ndjson");
    let path = file.to_str().unwrap();
    let alert = ["--for", "3", "--interval", "500ms", "--alert", "idle_in_transaction=1s", "--record", path];
    let output = supascope(&uri, &alert);
    let lines = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{lines}");
    assert!(lines.contains("event    alert: idle_in_transaction is"), "{lines}");
    let again = supascope(&uri, &["--once", "--record", path]);
    assert_eq!(again.status.code(), Some(2), "a recording is never written over");

    let replay = |arguments: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_supascope"))
            .args(["watch", "--replay", path])
            .args(arguments)
            .output()
            .unwrap()
    };
    let page = replay(&["--once", "-v"]);
    let text = String::from_utf8_lossy(&page.stdout);
    assert!(text.contains("checkout") && text.contains("SELECT pg_terminate_backend("), "{text}");
    assert_eq!(replay(&["--once", "--alert", "idle_in_transaction=1s"]).status.code(), Some(1));
    assert!(!std::fs::read_to_string(&file).unwrap().contains(&lab.endpoint("direct").password));
    let exposition = supascope(&uri, &["--format", "prometheus"]);
    assert!(String::from_utf8_lossy(&exposition.stdout).contains("supascope_up 1\n"));
}

#[test]
fn a_signal_ends_it_and_says_goodbye() {
    let lab = Lab::start(&[]);
    let mut child = command(&lab.endpoint("direct").uri(""), &["--plain"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut first = [0_u8; 10];
    child.stdout.as_mut().unwrap().read_exact(&mut first).unwrap();
    Command::new("kill").arg("-TERM").arg(child.id().to_string()).status().unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(!lab.log("direct").contains("unexpected EOF on client connection"));
}

/// Runs the screen in a real terminal of 24 lines and 80 columns; what it wrote.
fn in_a_terminal(uri: &str, keys: &str, signal: Option<&str>) -> Option<String> {
    if !has_script() {
        return None;
    }
    let tool = env!("CARGO_BIN_EXE_supascope");
    let inner =
        format!("stty rows 24 cols 80; {tool} watch env:WATCHED & tool=$!; echo $tool >\"$PID_FILE\"; wait $tool");
    let inner = if signal.is_some() { inner } else { format!("stty rows 24 cols 80; {tool} watch env:WATCHED") };
    let pid_file = tempfile::NamedTempFile::new().unwrap();
    let mut child = Command::new("script")
        .args(["-qec", &inner, "/dev/null"])
        .env("WATCHED", uri)
        .env("TERM", "xterm-256color")
        .env("LANG", "C.UTF-8")
        .env("PID_FILE", pid_file.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    std::thread::sleep(Duration::from_secs(3));
    match signal {
        Some(signal) => {
            let pid = std::fs::read_to_string(pid_file.path()).unwrap();
            Command::new("kill").arg(signal).arg(pid.trim()).status().unwrap();
        }
        None => stdin.write_all(keys.as_bytes()).unwrap(),
    }
    let output = child.wait_with_output().unwrap();
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn the_screen_is_drawn_in_a_real_terminal_and_the_terminal_given_back() {
    let lab = Lab::start(&[]);
    let uri = lab.endpoint("direct").uri("");
    for (keys, signal) in [("q", None), ("", Some("-TERM")), ("", Some("-HUP"))] {
        let Some(written) = in_a_terminal(&uri, keys, signal) else { return };
        assert!(written.contains("\u{1b}[?1049h") && written.contains("slots"), "{signal:?}: {written:?}");
        assert!(written.contains("\u{1b}[?1049l") && written.contains("\u{1b}[?25h"), "{signal:?}: {written:?}");
    }
}

/// Run by the next test, in a terminal of its own.
#[test]
#[ignore = "panics on purpose"]
fn panics_with_the_screen_taken() {
    let _screen = supascope::watch::terminal::Screen::take().unwrap();
    panic!("on purpose");
}

#[test]
fn a_panic_gives_the_terminal_back_before_it_is_told() {
    if !has_script() {
        return;
    }
    let this = std::env::current_exe().unwrap();
    let inner = format!("{} --ignored --exact panics_with_the_screen_taken --nocapture", this.display());
    let output = Command::new("script").args(["-qec", &inner, "/dev/null"]).stdin(Stdio::null()).output().unwrap();
    let written = String::from_utf8_lossy(&output.stdout);
    let back = written.find("\u{1b}[?1049l").expect("the terminal is given back");
    assert!(back < written.find("on purpose").unwrap(), "{written:?}");
    assert_eq!(written.matches("\u{1b}[?1049l").count(), 1, "once: {written:?}");
}

fn has_script() -> bool {
    let found = Command::new("script").arg("--version").output().is_ok();
    if !found {
        #[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
        {
            eprintln!("SKIPPED: there is no script(1) here, so no terminal to try the screen in");
        }
    }
    found
}
