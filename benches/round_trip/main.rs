//! What a user waits for: whole processes against whole processes, by the wall clock, on one machine in one run.
//!
//! `probe` and one `psql -c 'select 1'` (TLS, `verify-full`, SCRAM) reach the laboratory through a relay that adds a round-trip
//! time; `inspect` is set against `psql --version`. Prints medians and ratios, asserts nothing.
//!
//! `cargo bench --bench round_trip`. Environment: `RTT_MS` (60), `RUNS` (7).

#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a measurement that cannot run says why and stops; it prints its result"
)]

#[path = "../../tests/lab/mod.rs"]
mod lab;
mod relay;

use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use lab::{Endpoint, Lab};
use relay::Relay;

const SUPASCOPE: &str = env!("CARGO_BIN_EXE_supascope");

fn main() {
    let round_trip = Duration::from_millis(number("RTT_MS", 60));
    let runs = usize::try_from(number("RUNS", 7)).expect("RUNS fits");
    let lab = Lab::start(&["direct", "session", "transaction", "tracked"]);

    println!("through a relay of {} ms round trip, median of {runs}, whole process", round_trip.as_millis());
    println!("{:<12} {:>9} {:>9} {:>6}  connections (at once)  exit status", "endpoint", "psql", "probe", "ratio");
    for (index, name) in ["session", "transaction", "tracked", "direct"].into_iter().enumerate() {
        let mut endpoint = lab.endpoint(name).clone();
        let server = address(&endpoint);
        endpoint.hostaddr = format!("{}.{}", lab.block(), 201 + index);
        let relay = Relay::start(address(&endpoint), server, round_trip).expect("the relay listens");
        compare(&lab, &endpoint, &relay, runs);
    }
    offline(&lab);
}

/// One line of the table: `psql` and `probe` at one endpoint, in turn, so that a busy moment meets both.
fn compare(lab: &Lab, endpoint: &Endpoint, relay: &Relay, runs: usize) {
    let psql = || {
        let mut command = lab.psql_command("");
        for (name, value) in [
            ("PGHOST", &*endpoint.host),
            ("PGHOSTADDR", &endpoint.hostaddr),
            ("PGPORT", &endpoint.port.to_string()),
            ("PGUSER", &endpoint.user),
            ("PGDATABASE", &endpoint.database),
            ("PGPASSWORD", &endpoint.password),
            ("PGSSLMODE", "verify-full"),
            ("PGSSLROOTCERT", &endpoint.sslrootcert.to_string_lossy()),
        ] {
            command.env(name, value);
        }
        command.args(["-c", "select 1"]);
        command
    };
    let probe = || {
        let mut command = Command::new(SUPASCOPE);
        command.args(["probe", "env:BENCH_TARGET"]).env("BENCH_TARGET", endpoint.uri(""));
        command
    };
    wall(&mut psql()); // the pooler's first backend
    relay.take_counts();
    let (mut psql_times, mut probe_times) = (Vec::new(), Vec::new());
    let (mut connections, mut at_once, mut status) = (0, 0, None);
    for _ in 0..runs {
        let (time, psql_status) = wall(&mut psql());
        assert_eq!(psql_status, Some(0), "psql reaches the endpoint through the relay");
        psql_times.push(time);
        assert_eq!(relay.take_counts().0, 1, "psql opens one connection, and the relay counts it");
        let (time, probe_status) = wall(&mut probe());
        probe_times.push(time);
        let counts = relay.take_counts();
        (connections, at_once, status) = (connections.max(counts.0), at_once.max(counts.1), probe_status);
    }
    let (psql_time, probe_time) = (median(psql_times), median(probe_times));
    println!(
        "{:<12} {:>6.1} ms {:>6.1} ms {:>6.2}  {connections} ({at_once}){:<16} {}",
        endpoint.name,
        milliseconds(psql_time),
        milliseconds(probe_time),
        probe_time.as_secs_f64() / psql_time.as_secs_f64(),
        "",
        status.map_or_else(|| "killed".to_owned(), |status| status.to_string()),
    );
}

/// `inspect` against `psql --version`: neither touches the network.
fn offline(lab: &Lab) {
    let inspect = || {
        let mut command = Command::new(SUPASCOPE);
        command.args(["inspect", "env:BENCH_TARGET"]).env("BENCH_TARGET", lab.endpoint("transaction").uri(""));
        command
    };
    let version = || {
        let mut command = lab.psql_command("");
        command.arg("--version");
        command
    };
    let (mut inspect_times, mut version_times) = (Vec::new(), Vec::new());
    for _ in 0..50 {
        inspect_times.push(wall(&mut inspect()).0);
        version_times.push(wall(&mut version()).0);
    }
    let (inspect_time, version_time) = (median(inspect_times), median(version_times));
    println!("\nno network, median of 50, whole process");
    println!(
        "inspect {:.2} ms, psql --version {:.2} ms, ratio {:.2}",
        milliseconds(inspect_time),
        milliseconds(version_time),
        inspect_time.as_secs_f64() / version_time.as_secs_f64()
    );
    let peak = |command: fn(&Lab) -> Command| (0..10).map(|_| peak_rss_kib(command(lab))).max().unwrap_or(0);
    let inspect_peak = peak(|lab| {
        let mut command = Command::new(SUPASCOPE);
        command.args(["inspect", "env:BENCH_TARGET"]).env("BENCH_TARGET", lab.endpoint("transaction").uri(""));
        command
    });
    let probe_peak = peak(|lab| {
        let mut command = Command::new(SUPASCOPE);
        command.args(["probe", "env:BENCH_TARGET"]).env("BENCH_TARGET", lab.endpoint("transaction").uri(""));
        command
    });
    println!("peak memory, sampled (most of 10): inspect {inspect_peak} KiB, probe {probe_peak} KiB");
}

/// Wall time from before the process starts to after it has ended, and its exit status.
fn wall(command: &mut Command) -> (Duration, Option<i32>) {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let start = Instant::now();
    let status = command.status().expect("the program starts");
    (start.elapsed(), status.code())
}

/// The most resident memory seen, in KiB: the kernel keeps the high-water mark, and it is read until the process ends.
fn peak_rss_kib(mut command: Command) -> u64 {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().expect("the program starts");
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    while let Ok(None) = child.try_wait() {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let mark = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = mark.and_then(|mark| mark.trim().trim_end_matches(" kB").parse().ok());
        peak = peak.max(kib.unwrap_or(0));
    }
    peak
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

fn address(endpoint: &Endpoint) -> SocketAddr {
    format!("{}:{}", endpoint.hostaddr, endpoint.port).parse().expect("an address")
}

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}
