//! `explain` on a long log against `rg -c -F -f PATTERNS` over the same bytes, and its start-up, as whole processes.
//!
//! The log is made in a temporary directory and removed; `EXPLAIN_BENCH_MB` changes its size (1024 MB). Without
//! ripgrep on the path (or in `RG`) the bench says so and prints its own times.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a bench that cannot go on fails, and prints its result")]

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use supascope::knowledge::errors;

const RUNS: u32 = 3;

fn main() {
    let megabytes: u64 = std::env::var("EXPLAIN_BENCH_MB").ok().and_then(|size| size.parse().ok()).unwrap_or(1024);
    let directory = tempfile::tempdir().unwrap();
    let log = directory.path().join("app.log");
    let patterns = directory.path().join("patterns");
    write_log(&log, megabytes << 20);
    write_patterns(&patterns);
    let supascope = env!("CARGO_BIN_EXE_supascope");
    let log = log.to_str().unwrap();

    let start = best(|| run(supascope, &["explain", "FATAL: Max client connections reached"]));
    println!("explain TEXT, whole process: {:.1} ms", start.as_secs_f64() * 1e3);
    let ours = best(|| run(supascope, &["explain", "-f", log]));
    println!("explain -f, {megabytes} MB: {:.2} s, {:.0} MB/s", ours.as_secs_f64(), rate(megabytes, ours));
    let rg = std::env::var("RG").unwrap_or_else(|_| "rg".to_owned());
    if Command::new(&rg).arg("--version").stdout(Stdio::null()).status().is_err() {
        println!("rg is not installed: nothing to compare with");
        return;
    }
    let patterns = patterns.to_str().unwrap();
    for (name, options) in [("rg -c -F", &["-c", "-F"][..]), ("rg -c -F -i", &["-c", "-F", "-i"])] {
        let theirs = best(|| run(&rg, &[options, &["-f", patterns, log]].concat()));
        let ratio = theirs.as_secs_f64() / ours.as_secs_f64();
        println!(
            "{name}: {:.2} s, {:.0} MB/s; explain is {ratio:.2} times as fast",
            theirs.as_secs_f64(),
            rate(megabytes, theirs)
        );
    }
}

#[expect(clippy::cast_precision_loss, reason = "a rate for people")]
fn rate(megabytes: u64, time: Duration) -> f64 {
    megabytes as f64 / time.as_secs_f64()
}

fn best(run: impl Fn() -> Duration) -> Duration {
    run();
    (0..RUNS).map(|_| run()).min().unwrap()
}

fn run(program: &str, arguments: &[&str]) -> Duration {
    let begun = Instant::now();
    let status = Command::new(program).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
    assert!(status.code().is_some_and(|code| code <= 1), "{program}: {status}");
    begun.elapsed()
}

/// The literal part of every pattern of the catalogue, one a line.
fn write_patterns(path: &Path) {
    let mut patterns: Vec<&str> = errors::families()
        .flat_map(|family| &family.error)
        .flat_map(|known| &known.text)
        .filter_map(|text| text.split(['{', '}', '"', '\'', '`']).max_by_key(|piece| piece.len()))
        .map(str::trim)
        .filter(|piece| piece.len() > 3)
        .collect();
    patterns.sort_unstable();
    patterns.dedup();
    fs::write(path, patterns.join("\n") + "\n").unwrap();
    println!("{} patterns", patterns.len());
}

/// Ordinary lines, and one error in a few hundred.
fn write_log(path: &Path, bytes: u64) {
    let mut out = BufWriter::with_capacity(1 << 20, File::create(path).unwrap());
    let mut written = 0;
    let mut number: u64 = 0;
    while written < bytes {
        number = number.wrapping_add(1);
        let second = number / 300;
        let time = format!(
            "2026-11-{:02}T{:02}:{:02}:{:02}.{:03}Z",
            second / 86_400 % 28 + 1,
            second / 3600 % 24,
            second / 60 % 60,
            second % 60,
            number % 1000
        );
        let line = match number % 307 {
            0 => format!(
                "{time} ERROR api FATAL:  (EMAXCONNSESSION) max clients reached in session mode - max clients are limited to pool_size: 15\n"
            ),
            100 => format!(
                "{{\"time\":\"{time}\",\"level\":\"error\",\"msg\":\"ERROR: prepared statement \\\"s{}\\\" already exists\"}}\n",
                number % 9
            ),
            n if n % 3 == 0 => format!(
                "{{\"time\":\"{time}\",\"level\":\"info\",\"msg\":\"request completed\",\"path\":\"/api/v1/orders/{number}\",\"status\":200,\"ms\":{}}}\n",
                number % 83
            ),
            n if n % 3 == 1 => format!(
                "{time} DEBUG pool acquired connection in {} us, active=3 idle=7, SELECT id, total FROM orders WHERE user_id = $1\n",
                number % 977
            ),
            _ => format!(
                "{time} INFO worker[{}]: job 'send-receipt' finished in {} ms, queue depth {}\n",
                number % 16,
                number % 911,
                number % 33
            ),
        };
        out.write_all(line.as_bytes()).unwrap();
        written += line.len() as u64;
    }
    out.flush().unwrap();
}
