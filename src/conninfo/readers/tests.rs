//! The readers against the programs they are ports of, on generated URIs.

use std::fmt::Write as _;
use std::io::Write as _;
use std::net::Ipv6Addr;
use std::process::{Command, Stdio};

use super::{Part, Parts, Read, node, sqlalchemy, urlsplit};

/// How many URIs are generated.
const GENERATED: usize = 20_000;

/// Pieces of which they are made.
const PIECES: &[&str] = &[
    "u",
    "p",
    "Host",
    ":",
    ":",
    "@",
    "@",
    "/",
    "/",
    "?",
    "#",
    "%41",
    "%40",
    "%2F",
    "%",
    "%4",
    "%zz",
    "%e9",
    "%c3%a9",
    "[",
    "]",
    "[::1]",
    "[::FFFF]",
    "[name]",
    ",",
    "a=b",
    "&",
    "+",
    "^",
    "|",
    "<",
    "\\",
    "\"",
    "'",
    "`",
    "{",
    "}",
    "$",
    "!",
    ";",
    "5432",
    "05432",
    "70000",
    "",
    ".",
    "..",
    "-",
    "~",
    "\u{e9}",
    " ",
    "\t",
    "v1.x",
    "localhost",
    "db.example.com",
];

fn uris() -> Vec<String> {
    let mut state: u64 = 0x0005_eed5;
    let mut below = |limit: usize| {
        // Marsaglia's xorshift: the same URIs in every run.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % limit as u64).unwrap_or_default()
    };
    let mut uris = Vec::new();
    for round in 0..GENERATED {
        let mut uri = String::from(if round % 2 == 0 { "postgresql://" } else { "postgres://" });
        // Half of them are sound but for their password.
        let sound = round % 4 < 2;
        if sound {
            uri.push_str("u:");
        }
        for _ in 0..=below(8) {
            uri.push_str(PIECES[below(PIECES.len())]);
        }
        if sound {
            uri.push_str("@db.example.com:5432/app");
        }
        uris.push(uri);
    }
    uris
}

/// Runs an interpreter over the URIs; `None` where it is not installed.
fn answers(program: &str, script: &str, uris: &[String]) -> Option<(u32, Vec<serde_json::Value>)> {
    let script = format!("{}/tests/readers/{script}", env!("CARGO_MANIFEST_DIR"));
    let mut child = Command::new(program)
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let mut stdin = child.stdin.take()?;
    let mut lines = String::new();
    for uri in uris {
        for byte in uri.bytes() {
            let _ = write!(lines, "{byte:02x}");
        }
        lines.push('\n');
    }
    let writer = std::thread::spawn(move || stdin.write_all(lines.as_bytes()));
    let output = child.wait_with_output().ok()?;
    let _ = writer.join();
    let text = String::from_utf8(output.stdout).ok()?;
    let mut lines = text.lines();
    let version = lines.next()?.parse().ok()?;
    Some((version, lines.map(|line| serde_json::from_str(line).unwrap()).collect()))
}

/// Our reading in the oracle's shape. Addresses are compared as addresses.
fn ours(read: Read) -> Option<Vec<String>> {
    let Parts { user, password, hosts, database } = read.ok()?;
    let of = |part: Option<Part>| part.map_or(String::new(), |part| part.value.to_string());
    let (host, port) = hosts.into_iter().next().unwrap_or_default();
    Some(vec![of(user), of(password), address(&of(host)), of(port), of(database)])
}

fn address(host: &str) -> String {
    host.parse::<Ipv6Addr>().map_or_else(|_| host.to_owned(), |address| address.to_string())
}

fn theirs(answer: &serde_json::Value) -> Option<Vec<String>> {
    let parts: Vec<String> = answer.as_array()?.iter().map(|part| part.as_str().unwrap().to_owned()).collect();
    let mut parts = parts;
    parts[2] = address(&parts[2]);
    Some(parts)
}

/// A reader under the oracle's name for it.
type Named = (&'static str, fn(&str) -> Read);

fn compare(program: &str, script: &str, versions: &[u32], readers: &[Named]) {
    let uris = uris();
    let Some((version, answers)) = answers(program, script, &uris) else {
        eprintln!("SKIPPED: {program} is not installed, so nothing was compared with it");
        return;
    };
    if !versions.contains(&version) {
        eprintln!("SKIPPED: {program} {version} is not a version whose reader was ported");
        return;
    }
    assert_eq!(answers.len(), uris.len());
    for (name, read) in readers {
        let mut accepted = 0;
        for (uri, answer) in uris.iter().zip(&answers) {
            let answer = if name.is_empty() { answer } else { &answer[*name] };
            let theirs = theirs(answer);
            accepted += usize::from(theirs.is_some());
            let mut ours = ours(read(uri));
            // SQLAlchemy's int() takes sign, underscores and zeros away.
            if let Some(ours) = ours.as_mut().filter(|parts| parts[3].len() > 1) {
                ours[3] = ours[3].trim_start_matches('0').to_owned();
            }
            assert_eq!(ours, theirs, "{program} {name}: {uri:?}");
        }
        assert!(accepted > GENERATED / 10, "{program} {name}: only {accepted} were accepted");
    }
}

#[test]
fn node_and_we_read_the_same() {
    compare("node", "node.js", &[18, 20, 22, 24], &[("", node::read)]);
}

#[test]
fn python_and_we_read_the_same() {
    compare("python3", "urlsplit.py", &[311], &[("urlsplit", urlsplit::read), ("sqlalchemy", sqlalchemy::read)]);
}
