//! The built program against every case: its exit status, its output, its memory.

use std::io::Read;
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use supascope::report::escape::is_unsafe;

use super::case::Case;
use super::certificates;
use super::play::{self, HOST, PASSWORD, USER};
use super::server::Server;

/// What a run of the program came to.
struct Ran {
    status: ExitStatus,
    stdout: String,
    stderr: String,
    /// The most memory it ever had, in KiB, as seen until shortly before its end.
    peak_kib: u64,
}

/// Runs `supascope probe` on a case's server.
fn probe(case: &Case, format: &str) -> Ran {
    let server = Server::start(case);
    let encoded = PASSWORD.replace('!', "%21");
    let uri = format!(
        "postgresql://{USER}:{encoded}@{HOST}:{}/postgres?hostaddr={}&sslmode={}&sslrootcert={}",
        server.address.port(),
        server.address.ip(),
        case.door.sslmode,
        certificates::root_file().display(),
    );
    run(&uri, format, case.door.deadline_s)
}

fn run(uri: &str, format: &str, deadline_s: u64) -> Ran {
    let directory = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_supascope"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("PG")) {
        command.env_remove(name);
    }
    let (half, seconds) = (deadline_s.div_ceil(2).to_string(), deadline_s.to_string());
    let mut child = command
        .args(["probe", "env:THE_SETTING", "--format", format, "--connect-timeout", &half, "--deadline", &seconds])
        .current_dir(directory.path())
        .env("HOME", directory.path())
        .env("THE_SETTING", uri)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (out, err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    let readers = [std::thread::spawn(|| read(out)), std::thread::spawn(|| read(err))];
    let until = Instant::now() + Duration::from_secs(deadline_s + 20);
    let mut peak_kib = 0;
    let status = loop {
        peak_kib = peak_kib.max(high_water_kib(child.id()));
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if Instant::now() > until {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("the program does not end");
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let [stdout, stderr] = readers.map(|reader| reader.join().unwrap());
    Ran { status, stdout, stderr, peak_kib }
}

fn read(mut from: impl Read) -> String {
    let mut bytes = Vec::new();
    from.read_to_end(&mut bytes).unwrap();
    String::from_utf8(bytes).expect("output is UTF-8")
}

/// `VmHWM` of a running process; 0 where there is no such file.
fn high_water_kib(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse().unwrap_or_default()
}

/// What is wrong with a run, whoever answered.
fn wrong(ran: &Ran, format: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut must = |holds: bool, what: &str| {
        if !holds {
            wrong.push(what.to_owned());
        }
    };
    must(matches!(ran.status.code(), Some(0 | 1 | 3)), &format!("exit status {:?}", ran.status.code()));
    must(!ran.stderr.contains("panicked"), &format!("a panic: {}", ran.stderr));
    for (text, name) in [(&ran.stdout, "stdout"), (&ran.stderr, "stderr")] {
        must(!play::holds_password(text.as_bytes()), &format!("a piece of the password on {name}"));
        let raw = text.chars().find(|character| *character != '\n' && is_unsafe(*character));
        must(raw.is_none(), &format!("a raw {raw:?} on {name}"));
        must(!text.lines().any(|line| line.starts_with("forged: line")), &format!("a forged line on {name}"));
    }
    must(ran.peak_kib < 64 * 1024, &format!("{} KiB of memory", ran.peak_kib));
    if format == "json" {
        let json = serde_json::from_str::<serde_json::Value>(&ran.stdout);
        let status = json.as_ref().ok().and_then(|json| json["summary"]["exit_status"].as_i64());
        must(status == ran.status.code().map(i64::from), &format!("the JSON says {status:?}: {json:?}"));
    }
    wrong
}

/// Runs the program on every case of a file, in every one of those formats.
fn all(text: &str, formats: &[&str]) {
    let runs: Vec<_> = play::cases(text)
        .into_iter()
        .flat_map(|case| formats.iter().map(move |format| (case.clone(), *format)))
        .collect();
    let failed = play::each(&runs, |(case, format)| {
        let ran = probe(case, format);
        let mut wrong = wrong(&ran, format);
        let refused = !case.expect.refusal.is_empty();
        let status = ran.status.code().unwrap_or(-1);
        let fits = match case.expect.exit {
            Some(exit) => status == exit,
            None if refused => matches!(status, 1 | 3),
            None => status == 0,
        };
        if !fits {
            wrong.push(format!("exit status {status}"));
        }
        (!wrong.is_empty()).then(|| format!("{} ({format})\n  {}\n{}", case.about, wrong.join("\n  "), ran.stdout))
    });
    assert!(failed.is_empty(), "{} fail:\n\n{}", failed.len(), failed.join("\n\n"));
}

#[test]
fn what_is_no_postgres_server_gives_a_finding_and_its_status() {
    all(include_str!("cases/not-postgres.toml"), &["json"]);
}

#[test]
fn handshakes_and_logins_leak_nothing_into_any_output() {
    all(include_str!("cases/handshake.toml"), &["json"]);
    all(include_str!("cases/login.toml"), &["human"]);
}

#[test]
fn floods_stay_in_memory_and_time() {
    all(include_str!("cases/unbreakable.toml"), &["json"]);
}

#[test]
fn no_text_of_a_server_reaches_the_terminal_raw() {
    all(include_str!("cases/texts.toml"), &["human", "json", "markdown", "ndjson"]);
}

#[test]
fn supavisors_refusals_are_findings() {
    all(include_str!("cases/supavisor.toml"), &["human"]);
}

#[test]
fn a_name_that_does_not_resolve_and_a_port_where_nobody_listens() {
    let unresolved = format!("postgresql://{USER}:{PASSWORD}@no-such-host.invalid:6543/postgres?sslmode=require");
    // A port that was free a moment ago: nobody listens there.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let refused = format!("postgresql://{USER}:{PASSWORD}@{HOST}:{port}/postgres?hostaddr=127.0.0.1&sslmode=require");
    for (uri, rules) in
        [(unresolved, ["name-not-found", "resolver-failed"]), (refused, ["connection-refused", "connection-refused"])]
    {
        for format in ["human", "json"] {
            let ran = run(&uri, format, 10);
            assert_eq!(wrong(&ran, format), Vec::<String>::new(), "{}", ran.stdout);
            assert!(matches!(ran.status.code(), Some(1 | 3)), "{:?}\n{}", ran.status, ran.stdout);
            let told = rules.iter().any(|rule| ran.stdout.contains(rule));
            assert!(told || ran.status.code() == Some(3), "{}", ran.stdout);
        }
    }
}
