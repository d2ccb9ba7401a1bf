//! libpq itself as the judge: what it reads and what it says, on its own cases and on generated settings.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};

use super::{keyword, uri};

const ORACLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/libpq/oracle.py");

/// How many settings are generated.
const GENERATED: usize = 30_000;

/// Pieces of which settings are made.
const PIECES: &[&str] = &[
    "postgresql://",
    "postgres://",
    "u",
    "p",
    ":",
    ":",
    "@",
    "@",
    "/",
    "/",
    "?",
    "?",
    "&",
    "&",
    "=",
    "=",
    "=",
    "%41",
    "%2C",
    "%",
    "%00",
    "%e9",
    "[",
    "]",
    "[::1]",
    "::1",
    ",",
    "host",
    "user",
    "password",
    "port",
    "dbname",
    "hostaddr",
    "sslmode",
    "ssl=true",
    "requiressl",
    "1",
    "5432",
    " ",
    " ",
    "'",
    "'",
    "\\",
    "#",
    "\t",
    "\n",
    "\u{b}",
    "é",
    "options",
    "-c a=b",
    "nokey",
    "application_name",
    "localhost",
];

/// A small generator of numbers: the same settings in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        // Marsaglia's xorshift.
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit as u64).unwrap_or_default()
    }
}

fn settings() -> Vec<String> {
    let own = include_str!("../../tests/data/libpq_uri.tsv").lines().filter(|line| !line.starts_with('#'));
    let mut settings: Vec<String> = own.filter_map(|line| line.split('\t').next()).map(str::to_owned).collect();
    let mut numbers = Numbers(0x5eed);
    for _ in 0..GENERATED {
        let mut setting = match numbers.below(3) {
            0 => String::new(),
            1 => "postgresql://".to_owned(),
            _ => "postgres://u:p@h/d?".to_owned(),
        };
        for _ in 0..numbers.below(12) {
            setting.push_str(PIECES[numbers.below(PIECES.len())]);
        }
        settings.push(setting);
    }
    settings
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// A message with every run of other bytes as one `?`: libpq quotes bytes, and may cut a character in two.
fn ascii(message: &[u8]) -> String {
    let mut text = String::new();
    for byte in message {
        match byte.is_ascii() {
            true => text.push(char::from(*byte)),
            false if text.ends_with('\u{fffd}') => {}
            false => text.push('\u{fffd}'),
        }
    }
    text
}

/// Our reading in the oracle's shape.
fn ours(setting: &str) -> serde_json::Value {
    let read = match uri::prefix_len(setting) {
        Some(len) => uri::parse(setting, len..setting.len()),
        None => keyword::parse(setting, 0..setting.len()),
    };
    match read {
        Err(refusal) => serde_json::json!({"error": ascii(refusal.libpq_message(setting).as_bytes())}),
        Ok(options) => {
            let values: BTreeMap<String, String> =
                options.iter().map(|option| (option.keyword.clone(), hex(&option.value))).collect();
            serde_json::json!({"values": values})
        }
    }
}

/// One answer, with its message made comparable.
fn answer(line: &str) -> serde_json::Value {
    let mut answer: serde_json::Value = serde_json::from_str(line).unwrap();
    if let Some(error) = answer.get_mut("error") {
        let digits = error.as_str().unwrap_or_default();
        let bytes: Vec<u8> =
            (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect();
        *error = ascii(&bytes).into();
    }
    answer
}

/// libpq's version and its answers; `None` where there is no libpq or nothing to load it with.
fn oracle(settings: &[String]) -> Option<(u32, Vec<serde_json::Value>)> {
    let mut child = Command::new("python3")
        .arg(ORACLE)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let mut stdin = child.stdin.take()?;
    let lines: String = settings.iter().map(|setting| hex(setting.as_bytes()) + "\n").collect();
    let writer = std::thread::spawn(move || stdin.write_all(lines.as_bytes()));
    let output = child.wait_with_output().ok()?;
    let _ = writer.join();
    let text = String::from_utf8(output.stdout).ok()?;
    let mut lines = text.lines();
    let version = lines.next()?.parse().ok()?;
    Some((version, lines.map(answer).collect()))
}

#[test]
fn libpq_and_we_read_the_same() {
    let settings = settings();
    let Some((version, answers)) = oracle(&settings) else {
        eprintln!("SKIPPED: python3 or libpq is not installed, so nothing was compared with libpq");
        return;
    };
    // PostgreSQL 18 refuses white space inside a URI.
    if !(150_000..180_000).contains(&version) {
        eprintln!("SKIPPED: libpq {version} is not a version whose grammar is followed");
        return;
    }
    assert_eq!(answers.len(), settings.len());
    let mut accepted = 0;
    for (setting, answer) in settings.iter().zip(&answers) {
        accepted += usize::from(answer.get("values").is_some());
        assert_eq!(&ours(setting), answer, "{setting:?}");
    }
    assert!(accepted > GENERATED / 20, "only {accepted} settings were sound enough to say something");
}
