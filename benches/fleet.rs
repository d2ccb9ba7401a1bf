//! What a list of targets costs: `probe @FILE --concurrency 8` against `xargs -P 8 psql -c 'select 1'` on the same targets,
//! by the processor time of both and by the memory of the first. Prints figures and ratios, asserts nothing.
//!
//! Every target has a host name of its own, so that none waits for another, and all lead to the laboratory's poolers.
//! psql verifies the chain as supascope does (`verify-ca`; the certificates are for other names).
//!
//! `cargo bench --bench fleet`. Environment: `TARGETS` (1000).

#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a measurement that cannot run says why and stops; it prints its result"
)]

#[path = "../tests/lab/mod.rs"]
mod lab;

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use lab::Lab;

/// As many connections as the poolers of the laboratory allow, and no more.
const CONCURRENCY: &str = "8";

fn main() {
    let targets: u32 = std::env::var("TARGETS").ok().and_then(|count| count.parse().ok()).unwrap_or(1000);
    let lab = Lab::start(&["transaction", "tracked"]);
    let list = tempfile::NamedTempFile::new().expect("a temporary file");
    println!("{:>8} {:<22} {:>10} {:>14} {:>10}", "targets", "", "wall", "CPU a target", "peak");
    for count in [targets / 10, targets] {
        write_list(&lab, list.path(), count);
        let psql = run(&mut xargs(&lab, list.path()));
        let probe = run(&mut probe(list.path()));
        for (name, cost) in [("xargs -P psql", &psql), ("supascope probe", &probe)] {
            let cpu = cost.cpu.as_secs_f64() * 1000.0 / f64::from(count);
            let (wall, peak) = (cost.wall.as_secs_f64(), cost.peak_kib);
            println!("{count:>8} {name:<22} {wall:>8.2} s {cpu:>11.2} ms {peak:>6} KiB");
        }
        println!("{:>8} {:<22} {:>10} {:>14.2}", "", "ratio", "", probe.cpu.as_secs_f64() / psql.cpu.as_secs_f64());
    }
}

/// Half of the targets are of each pooler, every one under a host name of its own.
fn write_list(lab: &Lab, path: &Path, count: u32) {
    let mut file = std::fs::File::create(path).expect("the list can be written");
    for index in 0..count {
        let endpoint = lab.endpoint(if index % 2 == 0 { "transaction" } else { "tracked" });
        let host = format!("aws-{index}-us-east-1.pooler.supabase.com");
        let uri = endpoint.uri("").replace("verify-full", "verify-ca").replace(&endpoint.host, &host);
        writeln!(file, "{uri}").expect("the list can be written");
    }
}

fn probe(list: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_supascope"));
    command.arg("probe").arg(format!("@{}", list.display()));
    command.args(["--concurrency", CONCURRENCY, "--format", "ndjson"]);
    command
}

fn xargs(lab: &Lab, list: &Path) -> Command {
    let psql = lab.psql_command("");
    let mut command = Command::new("xargs");
    command.arg("-a").arg(list).args(["-P", CONCURRENCY, "-I", "{}"]);
    command.arg(psql.get_program()).args(["-X", "-A", "-t", "-q", "{}", "-c", "select 1"]);
    command
}

/// What a run cost.
struct Cost {
    wall: Duration,
    /// Of the process and of those that it started.
    cpu: Duration,
    peak_kib: u64,
}

fn run(command: &mut Command) -> Cost {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let (started, before) = (Instant::now(), cpu_of_children());
    let mut child = command.spawn().expect("the program starts");
    let status = format!("/proc/{}/status", child.id());
    let mut peak_kib = 0;
    while let Ok(None) = child.try_wait() {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let mark = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = mark.and_then(|mark| mark.trim().trim_end_matches(" kB").parse().ok());
        peak_kib = peak_kib.max(kib.unwrap_or(0));
        std::thread::sleep(Duration::from_millis(20));
    }
    Cost { wall: started.elapsed(), cpu: cpu_of_children().saturating_sub(before), peak_kib }
}

/// Processor time of all children that have ended, theirs included: `cutime` and `cstime` of `/proc/self/stat`, in ticks
/// of 10 ms (proc(5); the tick is 100 Hz on every Linux for user space).
fn cpu_of_children() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("this measures on Linux only");
    let behind_name = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
    let ticks: u64 = behind_name.split(' ').skip(13).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 10)
}
