//! What `explain` says of texts: of those that poolers, servers, drivers and systems are known to print
//! (`tests/data/known-errors.tsv`), of those that people paste (`tests/data/pasted-errors.tsv`), and of every example of
//! the catalogue in the dress of loggers and issue trackers. No network.

use std::fmt::Write as _;

use supascope::explain::explain;
use supascope::knowledge::errors::{self, Confidence};

const KNOWN: &str = include_str!("data/known-errors.tsv");
const PASTED: &str = include_str!("data/pasted-errors.tsv");
const FOREIGN: &str = include_str!("data/explain-negative.txt");

/// One text, and the causes that are right; none where nothing is to be claimed.
struct Case {
    source: &'static str,
    causes: Vec<&'static str>,
    text: String,
}

fn cases(table: &'static str) -> Vec<Case> {
    let read = |line: &'static str| {
        let mut columns = line.splitn(3, '\t');
        let mut column = || columns.next().unwrap_or_else(|| panic!("three columns: {line}"));
        let (source, causes, text) = (column(), column(), column());
        let causes = if causes == "-" { Vec::new() } else { causes.split('|').collect() };
        Case { source, causes, text: text.replace("\\\\", "\0").replace("\\n", "\n").replace('\0', "\\") }
    };
    table.lines().filter(|line| !line.starts_with("#!")).map(read).collect()
}

fn causes(text: &str) -> Vec<&'static str> {
    explain(text).matches.iter().map(|found| found.cause.id.as_str()).collect()
}

#[track_caller]
fn check(table: &'static str) {
    let mut wrong = String::new();
    for Case { source, causes: expected, text } in cases(table) {
        assert!(expected.iter().all(|cause| errors::cause(cause).is_some()), "{source}: {expected:?}");
        let found = causes(&text);
        let is_right = match found.as_slice() {
            [] => expected.is_empty(),
            [only] => expected.contains(only),
            _ => false,
        };
        if !is_right {
            let _ = writeln!(wrong, "{source}: {found:?}, not {expected:?}: {text}");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn every_text_that_is_known_has_its_cause_and_no_second_one() {
    assert!(cases(KNOWN).len() >= 150);
    check(KNOWN);
}

#[test]
fn what_people_paste_has_its_cause_and_no_second_one() {
    assert!(cases(PASTED).len() >= 60);
    check(PASTED);
}

/// A text as it arrives: the way, and what it does to the text.
type Dress = (&'static str, fn(&str) -> String);

const DRESSES: [Dress; 12] = [
    ("docker", |text| each_line(text, "app-1  | ")),
    ("kubernetes", |text| each_line(text, "2026-11-21T10:00:00.123456789Z stderr F ")),
    ("syslog", |text| each_line(text, "Nov 21 10:00:00 web-1 app[123]: ")),
    ("github quote", |text| each_line(text, "> ")),
    ("markdown", |text| format!("I get this:\n```\n{text}\n```\nAny idea?")),
    ("list", |text| format!("* `{text}`")),
    ("colours", |text| format!("\u{1b}[31m{text}\u{1b}[0m")),
    ("json", |text| serde_json::json!({"level": "error", "msg": text}).to_string()),
    ("json in json", |text| {
        let inner = serde_json::json!({"level": "error", "msg": text}).to_string();
        serde_json::json!({"log": inner, "stream": "stderr"}).to_string()
    }),
    ("upper case", str::to_uppercase),
    ("crlf", |text| text.replace('\n', "\r\n")),
    ("wrapped", wrapped),
];

fn each_line(text: &str, prefix: &str) -> String {
    text.lines().flat_map(|line| [prefix, line, "\n"]).collect()
}

/// Wrapped at 60 columns between words, as mail and chat do it.
fn wrapped(text: &str) -> String {
    let mut wrapped = String::new();
    let mut column = 0;
    for word in text.split(' ') {
        if column + word.len() > 60 {
            wrapped.push_str("\n    ");
            column = 4;
        } else if !wrapped.is_empty() {
            wrapped.push(' ');
        }
        wrapped.push_str(word);
        column += word.len() + 1;
    }
    wrapped
}

#[test]
fn a_known_text_keeps_its_cause_in_every_dress() {
    let mut wrong = String::new();
    for known in errors::families().flat_map(|family| &family.error) {
        for example in &known.examples {
            for (name, dress) in DRESSES {
                let text = dress(example);
                let found = causes(&text);
                if found.first().copied() != known.cause.as_deref() {
                    let _ = writeln!(wrong, "{name}: {found:?}, not {:?}: {text}", known.cause);
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn what_says_nothing_of_what_was_connected_to_is_only_possible_and_not_claimed_beside_other_services() {
    for (text, claimed) in [
        ("Connection refused (os error 111)", true),
        ("worker: sqlx: Connection refused (os error 111)", true),
        ("redis: Connection refused (os error 111)", false),
        ("error sending request for url (http://localhost:8080): Connection refused (os error 111)", false),
        ("postgres and redis: Connection refused (os error 111)", true),
    ] {
        let found = explain(text).matches;
        assert_eq!(!found.is_empty(), claimed, "{text}");
        assert!(found.iter().all(|found| found.confidence == Confidence::Possible), "{text}");
    }
}

#[test]
fn no_error_of_another_service_or_of_a_statement_is_claimed() {
    let lines = FOREIGN.lines().filter(|line| !line.starts_with("#!") && !line.is_empty());
    let claimed: Vec<_> = lines.filter(|line| !causes(line).is_empty()).collect();
    assert!(claimed.is_empty(), "{}", claimed.join("\n"));
}
