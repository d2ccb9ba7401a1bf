//! `explain` from outside: texts, logs, endpoints, bad input.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::common::{PASSWORD, good, supascope, supascope_with};

const FULL: &str =
    "FATAL:  (EMAXCONNSESSION) max clients reached in session mode - max clients are limited to pool_size: 15";

#[test]
fn a_text_is_explained_in_every_format() {
    let human = supascope(&["explain", FULL]);
    assert_eq!((human.status, human.stderr.as_str()), (0, ""));
    for word in ["max-clients-session", "First", "Prevent", "Supavisor"] {
        assert!(human.stdout.contains(word), "{word}:\n{}", human.stdout);
    }
    let json: Value = serde_json::from_str(&supascope(&["explain", FULL, "--format", "json"]).stdout).unwrap();
    assert_eq!(json["schema"], "supascope.explain/v1");
    let found = &json["matches"][0];
    assert_eq!(
        (&found["error"], &found["cause"]),
        (&"supavisor-max-clients-session".into(), &"max-clients-session".into())
    );
    assert_eq!(
        (&found["confidence"], &found["count"], &found["first_line"]),
        (&"certain".into(), &1.into(), &1.into())
    );
    assert!(
        found["fix"].is_string()
            && !found["sources"].as_array().unwrap().is_empty()
            && found["example"] == FULL.replace("  ", " ")
    );
    assert_eq!(json["unmatched_errors"], 0);
    assert!(supascope(&["explain", FULL, "--format", "markdown"]).stdout.starts_with("## "));
}

#[test]
fn words_need_no_quotes_and_what_is_not_known_is_status_one() {
    let words = supascope(&["explain", "Tenant", "or", "user", "not", "found"]);
    assert!(words.status == 0 && words.stdout.contains("tenant-not-found"), "{}", words.stdout);
    let nothing = supascope(&["explain", "the weather is fine today"]);
    assert_eq!(nothing.status, 1);
    assert!(nothing.stdout.contains("No known connection error"), "{}", nothing.stdout);
}

#[test]
fn ids_of_errors_and_causes_are_explained_too() {
    for id in ["supavisor-max-clients-session", "max-clients-session", "wrong-port"] {
        assert_eq!(supascope(&["explain", id]).status, 0, "{id}");
    }
}

#[test]
fn a_log_tells_each_error_once_with_its_lines() {
    let log =
        format!("2026-11-21T10:00:00Z {FULL}\nok\n2026-11-21T10:05:00Z {FULL}\nFATAL: Tenant or user not found\n");
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("app.log");
    fs::write(&path, &log).unwrap();
    let path = path.to_str().unwrap();
    for outcome in [supascope(&["explain", "-f", path]), supascope_with(&["explain", "-"], &[], &log)] {
        assert_eq!((outcome.status, outcome.stderr.as_str()), (0, ""));
        for word in [
            "2 known connection errors in 4 lines",
            "2 times",
            "lines 1 to 3, 2026-11-21 10:00:00 to 2026-11-21 10:05:00",
            "line 4",
        ] {
            assert!(outcome.stdout.contains(word), "{word}:\n{}", outcome.stdout);
        }
    }
    let follow = supascope_with(&["explain", "-", "--follow"], &[], &log);
    assert!(follow.status == 0 && follow.stdout.contains("tenant-not-found"), "{}", follow.stdout);
}

#[test]
fn the_answer_is_about_the_target_and_keeps_its_password() {
    let about = supascope(&["explain", FULL, "--target", &good()]);
    about.assert_keeps_the_secret();
    assert!(about.stdout.contains("shared-session") && about.stdout.contains("hard limit"), "{}", about.stdout);
    let variable = supascope_with(&["explain", FULL, "--target", "env:URL"], &[("URL", &good())], "");
    assert!(variable.status == 0 && variable.stdout.contains("shared-session"), "{}", variable.stderr);
    assert_eq!(supascope(&["explain", FULL, "--target", "env:NONE"]).status, 2);
}

#[test]
fn a_password_in_a_log_is_masked() {
    let log = format!("connect {} failed: FATAL: Tenant or user not found\n", good());
    for format in ["human", "json", "markdown"] {
        let outcome = supascope_with(&["explain", "-", "--format", format], &[], &log);
        outcome.assert_keeps_the_secret();
        assert!(outcome.status == 0 && outcome.stdout.contains("****"), "{}", outcome.stdout);
    }
    supascope(&["explain", &format!("psql: error: invalid port number: \"{PASSWORD}\"")]).assert_keeps_the_secret();
}

#[test]
fn unreadable_input_is_said_so() {
    let directory = tempfile::tempdir().unwrap();
    for (bytes, word) in [(&b"\x1f\x8b\x08rest"[..], "gzip -dc"), (b"\xff\xfeF\0", "UTF-16"), (b"BZh91AY", "bzip2")] {
        let path = directory.path().join("log");
        fs::write(&path, bytes).unwrap();
        let outcome = supascope(&["explain", "-f", path.to_str().unwrap()]);
        assert_eq!((outcome.status, outcome.stdout.as_str()), (2, ""));
        assert!(outcome.stderr.contains(word), "{}", outcome.stderr);
    }
    for arguments in [
        &["explain", "-f", "/nonexistent/log"][..],
        &["explain", "-f", "/"],
        &["explain", "x y", "--follow"],
        &["explain"],
    ] {
        assert_eq!(supascope(arguments).status, 2, "{arguments:?}");
    }
    let empty = supascope_with(&["explain", "-"], &[], "");
    assert_eq!(empty.status, 1);
}

/// The log grows while it is followed, and what comes then is told. Bounded in time, and ended by its own handle.
#[test]
fn a_log_that_grows_is_followed() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("app.log");
    fs::write(&path, "starting\n").unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_supascope"))
        .args(["explain", "--follow", "-f", path.to_str().unwrap()])
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let stdout = BufReader::new(child.stdout.take().unwrap());
    let (sender, lines) = channel();
    thread::spawn(move || stdout.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
    let mut log = fs::OpenOptions::new().append(true).open(&path).unwrap();
    writeln!(log, "{FULL}").unwrap();
    let told = std::iter::from_fn(|| lines.recv_timeout(Duration::from_secs(20)).ok())
        .any(|line| line.contains("max-clients-session"));
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(told);
}
