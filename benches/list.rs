//! `inspect @FILE` to `ndjson`: settings a second on one core and the most memory held, as a whole process.
//!
//! One list holds the setting that the dashboard gives, with another password on every line; the other one every syntax
//! and the usual mistakes. `LIST_BENCH_SETTINGS` changes the length of the longer runs (1,000,000).

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a bench that cannot go on fails, and prints its result")]

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

const SHORT: u32 = 10_000;

const DASHBOARD: &[&str] =
    &["postgresql://postgres.{ref}:S3cret{n}@aws-0-us-east-1.pooler.supabase.com:6543/postgres?sslmode=require"];

const MIXED: &[&str] = &[
    "postgresql://postgres.{ref}:S3cret{n}@aws-0-us-east-1.pooler.supabase.com:6543/postgres?pgbouncer=true&connection_limit=1",
    "postgres://postgres.{ref}:S3cret{n}@aws-1-eu-west-1.pooler.supabase.com:5432/postgres",
    "postgresql://postgres:S3cret{n}@db.{ref}.supabase.co:5432/postgres?sslmode=verify-full",
    "host=aws-0-us-east-1.pooler.supabase.com port=6543 user=postgres.{ref} password=S3cret{n} dbname=postgres",
    "jdbc:postgresql://aws-0-us-east-1.pooler.supabase.com:5432/postgres?user=postgres.{ref}&password=S3cret{n}",
    "postgresql+asyncpg://postgres.{ref}:S3cret{n}@aws-0-us-east-1.pooler.supabase.com:6543/postgres",
    "postgresql://postgres.{ref}:p@ss{n}@aws-0-us-east-1.pooler.supabase.com:6543/postgres",
    "postgresql://postgres:[YOUR-PASSWORD]@db.{ref}.supabase.co:5432/postgres",
    "postgresql://postgres:S3cret{n}@aws-0-us-east-1.pooler.supabase.com:6543/postgres",
    "Host=aws-0-us-east-1.pooler.supabase.com;Port=5432;Username=postgres.{ref};Password=S3cret{n};Database=postgres",
];

fn main() {
    let settings = std::env::var("LIST_BENCH_SETTINGS").ok().and_then(|n| n.parse().ok()).unwrap_or(1_000_000);
    let directory = tempfile::tempdir().unwrap();
    for (name, shapes) in [("the dashboard's setting", DASHBOARD), ("every syntax, half of them wrong", MIXED)] {
        for settings in [SHORT, settings] {
            let list = directory.path().join("list");
            write_list(&list, shapes, settings);
            let (seconds, peak_kib) = run(&list);
            let rate = f64::from(settings) / seconds;
            println!("{name}: {settings} settings in {seconds:.2} s, {rate:.0} a second, at most {peak_kib} KiB");
        }
    }
}

fn write_list(path: &Path, shapes: &[&str], settings: u32) {
    let mut list = BufWriter::new(File::create(path).unwrap());
    for (n, shape) in (0..settings).zip(shapes.iter().cycle()) {
        let setting = shape.replace("{ref}", "abcdefghijklmnopqrst").replace("{n}", &n.to_string());
        writeln!(list, "{setting}").unwrap();
    }
    list.flush().unwrap();
}

/// Wall time, which is the time on one core as the program has one thread, and the peak of the resident set in KiB.
fn run(list: &Path) -> (f64, u64) {
    let begun = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_supascope"))
        .args(["inspect", &format!("@{}", list.display()), "--format", "ndjson"])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let peak_kib = peak_kib(&mut child);
    let status = child.wait().unwrap();
    assert!(status.code().is_some_and(|code| code <= 1), "inspect: {status}");
    (begun.elapsed().as_secs_f64(), peak_kib)
}

/// The kernel's own high-water mark, read until the process ends.
fn peak_kib(child: &mut Child) -> u64 {
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    while child.try_wait().unwrap().is_none() {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|rest| rest.trim().trim_end_matches("kB").trim().parse().ok());
        peak = peak.max(kib.unwrap_or(0));
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    peak
}
