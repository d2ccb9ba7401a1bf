//! The catalogue of errors against what drivers really print: `tests/data/driver-texts.jsonl`, captured by `make drivers` from
//! real servers in the situation that each line names. No network.

#![allow(clippy::expect_used, reason = "a test that cannot go on says where and stops")]

use serde_json::Value;
use supascope::explain;

const TEXTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/driver-texts.jsonl");

/// The cause that each situation has; the first that `explain` names must be one of these. Two where a driver can only tell
/// that much.
const CAUSES: &[(&str, &[&str])] = &[
    ("wrong-password", &["wrong-password"]),
    ("wrong-password-pooler", &["wrong-password"]),
    ("database-not-found", &["wrong-database-or-credentials"]),
    ("tls-untrusted", &["tls-untrusted-ca"]),
    ("tls-expired", &["tls-expired"]),
    ("tls-name-mismatch", &["tls-name-mismatch"]),
    ("tls-not-offered", &["tls-not-offered"]),
    ("ca-file-missing", &["tls-ca-file-missing"]),
    ("name-not-found", &["dns-failure"]),
    ("refused", &["connection-refused"]),
    ("timeout", &["network-timeout"]),
    ("server-gone", &["connection-dropped", "server-restarting"]),
    ("server-gone-pooler", &["connection-dropped", "server-restarting"]),
    ("max-clients", &["max-clients"]),
    ("pool-busy", &["checkout-timeout"]),
    ("role-limit", &["server-slots-exhausted"]),
    ("statement-timeout", &["statement-timeout"]),
    ("startup-option", &["unsupported-startup-param"]),
    ("unknown-key", &["unknown-connection-param", "unsupported-startup-param"]),
    ("read-only", &["read-only"]),
    ("prepared-statement", &["prepared-statement-on-transaction-pooler"]),
];

/// Texts that do not say enough for one cause: nothing may be guessed of them.
const SAYS_NOTHING: &[&str] = &[
    "TimeoutError",
    "FileNotFoundError: [Errno 2] No such file or directory",
    "No such file or directory (os error 2)",
    "Error occurred while creating a new object: No such file or directory (os error 2)",
    "timed out waiting for connection",
];

/// Texts that drivers print in more situations than one: the cause that is named is the most frequent.
const SAYS_LESS: &[(&str, &str)] = &[
    ("SSL error: certificate verify failed", "tls-untrusted-ca"),
    ("connection was closed in the middle of operation", "connection-dropped"),
    ("SSL connection has been closed unexpectedly", "connection-dropped"),
    ("driver: bad connection", "connection-dropped"),
    ("pool timed out while waiting for an open connection", "client-pool-exhausted"),
    ("Can't reach database server", "network-timeout"),
    ("ERR_POSTGRES_CONNECTION_REFUSED", "connection-refused"),
];

struct Line {
    driver: String,
    situation: String,
    text: String,
}

fn texts() -> Vec<Line> {
    let read = |line: &str| {
        let value: Value = serde_json::from_str(line).expect("a line is one JSON object");
        let word = |key: &str| value[key].as_str().unwrap_or_else(|| panic!("{key} in {line}")).to_owned();
        assert!(!word("version").is_empty());
        Line { driver: word("driver"), situation: word("situation"), text: word("text") }
    };
    let all = std::fs::read_to_string(TEXTS).expect("tests/data/driver-texts.jsonl");
    all.lines().map(read).collect()
}

#[test]
fn explain_names_the_cause_of_what_drivers_print() {
    let mut wrong = Vec::new();
    for Line { driver, situation, text } in texts() {
        let expected = CAUSES.iter().find(|(name, _)| *name == situation).unwrap_or_else(|| panic!("{situation}")).1;
        let explanation = explain::explain(&text);
        let found: Vec<&str> = explanation.matches.iter().map(|one| one.cause.id.as_str()).collect();
        let says_less = SAYS_LESS.iter().find(|(part, _)| text.contains(part)).map(|(_, cause)| *cause);
        let is_right = match found.first() {
            None => SAYS_NOTHING.contains(&text.as_str()),
            Some(first) => expected.contains(first) || says_less == Some(*first),
        };
        if !is_right {
            wrong.push(format!("{driver}, {situation}: {found:?} for {text:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of them:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_situation_was_met_and_no_secret_with_it() {
    let texts = texts();
    for (situation, _) in CAUSES {
        assert!(texts.iter().any(|text| text.situation == *situation), "{situation} is not in the data");
    }
    for text in texts {
        assert!(!text.text.contains("lab-secret") && !text.text.contains("not-the-password"), "{}", text.text);
    }
}
