//! `supascope.explain/v1`: the errors of a text.

use std::io::{self, Write};

use serde_json::{Value, json};

use crate::explain::{Explanation, Match};
use crate::knowledge::errors::{Cause, ErrorFamily, KnownError};
use crate::report::escape::escape_json;

/// The name and version of the document's layout.
const SCHEMA: &str = "supascope.explain/v1";

/// Writes what was found as one document.
pub fn write_explanation(explanation: &Explanation, out: &mut dyn Write) -> io::Result<()> {
    let target =
        explanation.target.as_ref().map(|target| json!({"setting": target.setting, "kind": target.kind.as_str()}));
    print(
        &json!({
            "schema": SCHEMA,
            "matches": explanation.matches.iter().map(found).collect::<Vec<_>>(),
            "unmatched_errors": explanation.unmatched_errors,
            "lines": explanation.lines,
            "size_bytes": explanation.bytes,
            "target": target,
        }),
        out,
    )
}

/// Writes an entry or a cause of the catalogue by itself.
pub fn write_known(known: Option<(&ErrorFamily, &KnownError)>, cause: &Cause, out: &mut dyn Write) -> io::Result<()> {
    let error = known.map(|(family, known)| {
        json!({
            "id": known.id,
            "speaker": family.speaker,
            "sqlstate": known.sqlstate,
            "cause": known.cause,
            "confidence": known.confidence.map(crate::knowledge::errors::Confidence::as_str),
            "wraps": known.wraps,
            "text": known.text,
            "says": known.says,
            "first": known.first.as_ref().unwrap_or(&cause.first),
            "next": known.next.as_ref().unwrap_or(&cause.next),
            "prevent": known.prevent.as_ref().unwrap_or(&cause.prevent),
            "sources": known.sources.iter().map(|key| family.sources.resolve(key)).collect::<Vec<_>>(),
            "examples": known.examples,
        })
    });
    let cause = json!({
        "id": cause.id,
        "title": cause.title,
        "first": cause.first,
        "next": cause.next,
        "prevent": cause.prevent,
        "at": cause.at,
    });
    print(&json!({"schema": SCHEMA, "error": error, "cause": cause}), out)
}

fn found(found: &Match) -> Value {
    let span = found.times.span();
    json!({
        "error": found.known.id,
        "cause": found.cause.id,
        "confidence": found.confidence.as_str(),
        "count": found.count,
        "first_line": found.first_line,
        "last_line": found.last_line,
        "first_time": span.map(|(first, _)| crate::explain::show_time(first)),
        "last_time": span.map(|(_, last)| crate::explain::show_time(last)),
        "title": found.cause.title,
        "says": found.known.says,
        "fix": found.first(),
        "next": found.next(),
        "prevent": found.prevent(),
        "remark": found.remark,
        "sqlstate": found.known.sqlstate,
        "speaker": found.family.speaker,
        "reported_as": found.reported_as,
        "sources": found.sources().collect::<Vec<_>>(),
        "example": found.excerpt,
    })
}

fn print(document: &Value, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", escape_json(serde_json::to_string_pretty(document)?))
}
