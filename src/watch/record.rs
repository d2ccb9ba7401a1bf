//! Recordings: what was observed, one JSON document a line, to look at it again or to send it to a colleague.
//!
//! The first line says what was watched and with which columns; then one line a look, a failure or an event. Names of roles and
//! applications and clients' addresses are in it; passwords and queries are not.

use std::io::{self, BufRead, Write};

use serde::Deserialize;
use serde_json::{Value, json};

use super::sample::COLUMNS;
use super::{Event, Observation, Picture, Setup};
use crate::report::escape::escape_json;

mod probe;

/// The name and version of the layout.
pub const SCHEMA: &str = "supascope.watch/v1";
/// The longest line that is read, in bytes: a look at the largest number of sessions has about 300 kB.
const MAX_LINE_BYTES: u64 = 4 << 20;
/// Most observations of one recording: two days at one a second.
const MAX_OBSERVATIONS: usize = 172_800;

/// A recording that cannot be read. It quotes nothing of it.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// Reading failed.
    #[error("line {0}: {1}")]
    Io(usize, io::Error),
    /// It is something else.
    #[error("this is neither a recording of watch ({SCHEMA}) nor a report of probe (supascope.report/v1)")]
    NotARecording,
    /// It is of a version that this program does not know.
    #[error("this is a recording of another version than {SCHEMA}: use the version of supascope that wrote it")]
    Version,
    /// A line is wrong.
    #[error("line {line}: {problem}")]
    Line {
        /// Which, from 1.
        line: usize,
        /// What is wrong.
        problem: String,
    },
    /// Nothing was observed.
    #[error("nothing was observed in it")]
    Empty,
    /// A report of a probe that cannot be used.
    #[error("{0}")]
    Probe(String),
}

/// What a recording holds.
#[derive(Debug)]
pub struct Recording {
    /// What was watched.
    pub setup: Setup,
    /// What was observed.
    pub observations: Vec<Observation>,
    /// What to say about it: a last line that is cut, what a probe's report does not have.
    pub notes: Vec<String>,
}

/// Writes the first line.
pub fn write_head(setup: &Setup, out: &mut dyn Write) -> io::Result<()> {
    let head = json!({
        "schema": SCHEMA,
        "kind": "head",
        "tool": {"name": "supascope", "version": env!("CARGO_PKG_VERSION")},
        "setup": setup,
        "session_columns": COLUMNS,
    });
    write_line(&head, out)
}

/// Writes an observation, with what follows from it; a reader needs the observation alone.
pub fn write_observation(observation: &Observation, picture: &Picture, out: &mut dyn Write) -> io::Result<()> {
    let mut line = serde_json::to_value(observation)?;
    if let Value::Object(fields) = &mut line {
        fields.insert("summary".to_owned(), crate::report::watch::summary(picture));
    }
    write_line(&line, out)
}

/// Writes an event.
pub fn write_event(event: &Event, out: &mut dyn Write) -> io::Result<()> {
    write_line(&json!({"kind": "event", "at_ms": event.at_ms, "event": event.kind.as_str(), "text": event.text}), out)
}

fn write_line(line: &Value, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", escape_json(serde_json::to_string(line)?))
}

#[derive(Deserialize)]
struct Head {
    setup: Setup,
}

/// Reads a recording, or the report of a probe.
pub fn read(reader: &mut dyn BufRead) -> Result<Recording, RecordError> {
    let mut lines = Lines { reader, number: 0 };
    let first = loop {
        match lines.next()? {
            None => return Err(RecordError::NotARecording),
            Some(line) if line.text.trim().is_empty() => {}
            Some(line) => break line,
        }
    };
    let schema =
        serde_json::from_str::<Value>(&first.text).ok().and_then(|head| Some(head.get("schema")?.as_str()?.to_owned()));
    match schema.as_deref() {
        Some(SCHEMA) => {}
        Some(other) if other.starts_with("supascope.watch/") => return Err(RecordError::Version),
        Some(_) if !first.text.contains("supascope.report/") => return Err(RecordError::NotARecording),
        // A report is one document over many lines.
        _ => return probe::read(&first.text, lines.reader),
    }
    let Head { setup } = serde_json::from_str(&first.text).map_err(|error| wrong(first.number, &error))?;
    let mut recording = Recording { setup, observations: Vec::new(), notes: Vec::new() };
    while let Some(line) = lines.next()? {
        if line.text.trim().is_empty() {
            continue;
        }
        match observation(&line) {
            Ok(Some(observation)) if recording.observations.len() < MAX_OBSERVATIONS => {
                recording.observations.push(observation);
            }
            Ok(Some(_)) => {
                recording.notes.push(format!("only the first {MAX_OBSERVATIONS} observations are shown"));
                break;
            }
            Ok(None) => {}
            // The writer was stopped in the middle of a line: what stands before it is good.
            Err(_) if !line.ended && !recording.observations.is_empty() => {
                recording.notes.push(format!("the last line ({}) is cut short and left out", line.number));
            }
            Err(error) => return Err(error),
        }
    }
    if recording.observations.is_empty() {
        return Err(RecordError::Empty);
    }
    Ok(recording)
}

/// An observation; `None` for lines of another kind.
fn observation(line: &Line) -> Result<Option<Observation>, RecordError> {
    #[derive(Deserialize)]
    struct Kind {
        kind: String,
    }
    let Kind { kind } = serde_json::from_str(&line.text).map_err(|error| wrong(line.number, &error))?;
    if kind != "sample" && kind != "failure" {
        return Ok(None);
    }
    let observation: Observation = serde_json::from_str(&line.text).map_err(|error| wrong(line.number, &error))?;
    if let Observation::Sample(sample) = &observation {
        let problem = |problem: &str| RecordError::Line { line: line.number, problem: problem.to_owned() };
        sample.seen.plausible().map_err(problem)?;
        if !sample.round_trip_ms.is_finite() {
            return Err(problem("it holds a time that cannot be"));
        }
    }
    Ok(Some(observation))
}

/// serde's text may quote a value of the line; its place and its kind are enough.
fn wrong(line: usize, error: &serde_json::Error) -> RecordError {
    let problem = match error.classify() {
        serde_json::error::Category::Eof => format!("it ends in the middle (column {})", error.column()),
        serde_json::error::Category::Data => {
            format!("a field is missing or of another type (column {})", error.column())
        }
        _ => format!("it is not JSON (column {})", error.column()),
    };
    RecordError::Line { line, problem }
}

struct Lines<'a> {
    reader: &'a mut dyn BufRead,
    number: usize,
}

struct Line {
    number: usize,
    text: String,
    /// Whether it ends in a line feed.
    ended: bool,
}

impl Lines<'_> {
    fn next(&mut self) -> Result<Option<Line>, RecordError> {
        use io::Read as _;
        self.number += 1;
        let number = self.number;
        let mut bytes = Vec::new();
        let mut limited = (&mut *self.reader).take(MAX_LINE_BYTES);
        let read = limited.read_until(b'\n', &mut bytes).map_err(|error| RecordError::Io(number, error))?;
        if read == 0 {
            return Ok(None);
        }
        if read as u64 == MAX_LINE_BYTES {
            let problem = format!("it is longer than {MAX_LINE_BYTES} bytes");
            return Err(RecordError::Line { line: number, problem });
        }
        let ended = bytes.last() == Some(&b'\n');
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Some(Line { number, text, ended })),
            Err(_) if number == 1 => Err(RecordError::NotARecording),
            Err(_) => Err(RecordError::Line { line: number, problem: "it is not UTF-8".to_owned() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{at, idle, look, own, setup};
    use super::*;
    use crate::watch::{Model, Trouble};

    fn recorded() -> Vec<u8> {
        let mut out = Vec::new();
        write_head(&setup(), &mut out).unwrap();
        let mut model = Model::new(setup(), 0);
        let failure = Observation::Failure(Trouble::new(1, "127.0.0.1:1: refused".to_owned(), None, true));
        for observation in [look(0, vec![own(0), idle(7, "w\u{202e}\n", at(-5), at(-3))]), failure] {
            let picture = model.take(observation.clone());
            write_observation(&observation, &picture, &mut out).unwrap();
        }
        for event in model.events_since(0) {
            write_event(event, &mut out).unwrap();
        }
        out
    }

    fn fails(bytes: &[u8]) -> String {
        read(&mut &*bytes).unwrap_err().to_string()
    }

    #[test]
    fn what_was_recorded_is_read_back_as_it_was() {
        let bytes = recorded();
        let recording = read(&mut &*bytes).unwrap();
        assert_eq!(recording.setup, setup());
        assert_eq!(recording.observations[0], look(0, vec![own(0), idle(7, "w\u{202e}\n", at(-5), at(-3))]));
        assert_eq!(recording.observations.len(), 2);
        assert!(recording.notes.is_empty());
    }

    #[test]
    fn a_recording_that_was_cut_short_shows_what_stands_before_the_cut() {
        let bytes = recorded();
        let two_lines: usize = bytes.split_inclusive(|byte| *byte == b'\n').take(2).map(<[u8]>::len).sum();
        let recording = read(&mut &bytes[..two_lines + 40]).unwrap();
        assert_eq!(recording.observations.len(), 1);
        assert!(recording.notes[0].contains("line (3) is cut short"), "{:?}", recording.notes);
        assert!(fails(&bytes[..two_lines - 9]).contains("line 2: it ends in the middle"));
    }

    #[test]
    fn what_is_no_recording_is_refused_and_not_quoted() {
        for bytes in [&b""[..], b"hello s3cret\n", b"{\"schema\":\"other/v1\"}\n", b"\x1f\x8b\x08\0\xff\n", b"[1,2]\n"]
        {
            assert!(fails(bytes).contains("neither a recording"), "{}", fails(bytes));
        }
        assert!(fails(b"{\"schema\":\"supascope.watch/v2\"}\n").contains("another version"));
        let head = recorded().split_inclusive(|byte| *byte == b'\n').next().unwrap().to_vec();
        assert!(fails(&head).contains("nothing was observed"));
        let bad = [&head[..], b"{\"kind\":\"sample\",\"at_ms\":\"s3cret\"}\n"].concat();
        let error = fails(&bad);
        assert!(error.contains("line 2: a field is missing") && !error.contains("s3cret"), "{error}");
    }

    #[test]
    fn numbers_that_cannot_be_are_refused() {
        let text = String::from_utf8(recorded()).unwrap();
        let absurd = text.replace("\"max_connections\":60,\"reserved\"", "\"max_connections\":4000000000,\"reserved\"");
        assert_ne!(text, absurd);
        assert!(fails(absurd.as_bytes()).contains("more connections than"));
    }
}
