//! Lists of targets against real servers: one probe at a time for each host, killed and taken up again, and no second login
//! where one was refused.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says where and stops")]

mod lab;
mod relaying;

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use lab::Lab;
use relaying::{Relay, relayed};
use serde_json::Value;

fn fleet(directory: &Path, arguments: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_supascope"))
        .args(arguments)
        .args(["@fleet.txt", "--format", "ndjson", "--fail-on", "never"])
        .env_clear()
        .current_dir(directory)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// The lines of the list that these results are about.
fn lines(results: &str) -> Vec<u64> {
    let document = |line| serde_json::from_str::<Value>(line).unwrap();
    results.lines().map(|line| document(line)["source"]["line"].as_u64().unwrap()).collect()
}

#[test]
fn one_host_never_sees_more_than_the_budget_of_one_probe() {
    const EACH: usize = 20;
    let lab = Lab::start(&["transaction", "tracked", "direct"]);
    let directory = tempfile::tempdir().unwrap();
    let hosts: Vec<(Relay, String)> = ["transaction", "tracked", "direct"]
        .iter()
        .zip(200..)
        .map(|(name, last)| relayed(&lab, lab.endpoint(name), last))
        .collect();
    let list: String = (0..EACH).flat_map(|_| hosts.iter().map(|(_, uri)| format!("{uri}\n"))).collect();
    fs::write(directory.path().join("fleet.txt"), list).unwrap();
    for command in [&["check", "--no-config", "--probe"][..], &["probe"]] {
        for (relay, _) in &hosts {
            relay.stop_at(None);
        }
        let output = fleet(directory.path(), &[command, &["--concurrency", "16"]].concat()).wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let results = String::from_utf8(output.stdout).unwrap();
        let mut told = lines(&results);
        told.sort_unstable();
        assert_eq!(told, (1..=3 * EACH as u64).collect::<Vec<_>>(), "every target once");
        assert!(results.lines().all(|line| line.contains("\"reached\":true")));
        for (relay, uri) in &hosts {
            let (opened, most) = relay.connections();
            assert!(opened as usize >= 2 * EACH, "{opened}");
            // The relay's threads learn of the end of one probe's connections a little after the next one's beginning; two
            // probes at a time would show up to twelve, and sixteen far more.
            assert!(most <= supascope::probe::budget::MAX_AT_ONCE + 2, "{most} at a time: {}", &uri[uri.len() - 80..]);
        }
    }
}

#[test]
fn a_list_that_is_killed_again_and_again_is_told_whole() {
    const TARGETS: u64 = 300;
    let lab = Lab::start(&["transaction", "tracked"]);
    let directory = tempfile::tempdir().unwrap();
    // Every tenth is real; the others refuse, which is quick: addresses where nothing listens.
    let target = |index: u64| {
        let endpoint = lab.endpoint(if index.is_multiple_of(20) { "transaction" } else { "tracked" });
        if index.is_multiple_of(10) {
            return endpoint.uri("");
        }
        let dead = format!("hostaddr={}.{}&", lab.block(), 210 + index % 40);
        let uri = endpoint.uri("").replace(&format!("hostaddr={}&", endpoint.hostaddr), &dead);
        uri.replace(&endpoint.host, &format!("aws-{}-us-east-1.pooler.supabase.com", index % 7))
    };
    let list: String = (0..TARGETS).map(|index| target(index) + "\n").collect();
    fs::write(directory.path().join("fleet.txt"), list).unwrap();
    let arguments = ["check", "--no-config", "--probe", "--concurrency", "8", "--resume", "done"];
    let mut told: BTreeMap<u64, u32> = BTreeMap::new();
    let mut kills = 0;
    for stop_after in [1, 17, 60, usize::MAX] {
        let mut child = fleet(directory.path(), &arguments);
        let reader = BufReader::new(child.stdout.take().unwrap());
        for line in reader.lines().map_while(Result::ok).take(stop_after) {
            // The last line of a process that was killed may be cut; it counts as not told.
            if serde_json::from_str::<Value>(&line).is_ok() {
                *told.entry(lines(&line)[0]).or_default() += 1;
            }
        }
        if stop_after == usize::MAX {
            let output = child.wait_with_output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr);
            // Most of the list is not there, and whoever asks again is told so.
            assert_eq!(output.status.code(), Some(3), "{said}");
            assert!(said.contains(&format!("{TARGETS} targets")), "{said}");
        } else {
            child.kill().unwrap();
            child.wait().unwrap();
            kills += 1;
        }
    }
    // What was told in the moment of a kill, and read by nobody, is not told again: its reader is gone.
    let told_twice = told.values().filter(|times| **times > 1).count();
    assert!(told_twice <= kills, "one target may be told again after each kill, not {told_twice}");
    let done = fs::read_to_string(directory.path().join("done")).unwrap();
    let mut noted: Vec<&str> = done.lines().filter_map(|line| line.strip_suffix('.')?.split(' ').next()).collect();
    assert_eq!(noted.len() as u64, TARGETS, "every target is done once");
    noted.sort_unstable();
    noted.dedup();
    assert_eq!(noted.len() as u64, TARGETS);
}

#[test]
fn a_refused_login_stops_further_logins_there_and_nowhere_else() {
    let lab = Lab::start(&["session", "tracked"]);
    let directory = tempfile::tempdir().unwrap();
    let (refusing, other) = (lab.endpoint("tracked"), lab.endpoint("session"));
    let wrong = refusing.uri_as(&refusing.user, "lab-wrong-password", "");
    let list = format!("{wrong}\n{}\n", other.uri("")).repeat(8);
    fs::write(directory.path().join("fleet.txt"), list).unwrap();
    let output = fleet(directory.path(), &["probe", "--concurrency", "8"]).wait_with_output().unwrap();
    let results = String::from_utf8(output.stdout).unwrap();
    assert_eq!(
        lab.log("tracked").matches("closing because: SASL authentication failed").count(),
        1,
        "{}",
        lab.log("tracked")
    );
    let documents: Vec<Value> = results.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (of_refusing, of_other): (Vec<&Value>, Vec<&Value>) =
        documents.iter().partition(|target| target["source"]["line"].as_u64().unwrap() % 2 == 1);
    assert_eq!((of_refusing.len(), of_other.len()), (8, 8));
    assert!(of_other.iter().all(|target| target["probe"]["auth"]["ok"] == true), "{results}");
    assert!(of_refusing.iter().all(|target| target["probe"]["auth"]["ok"] != true), "{results}");
}
