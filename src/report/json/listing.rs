//! `supascope.list/v1` and `supascope.explain/v1`.

use std::io::{self, Write};

use serde_json::{Map, Value, json};

use crate::report::escape::escape_json;
use crate::report::listing::{Listing, Section};
use crate::rules::Rule;

/// Writes a listing as one document: the topic's rows under its own name, every further table under its key.
pub fn write_listing(listing: &Listing, out: &mut dyn Write) -> io::Result<()> {
    let mut document = Map::new();
    document.insert("schema".to_owned(), "supascope.list/v1".into());
    document.insert("topic".to_owned(), listing.topic.into());
    for section in &listing.sections {
        document.insert(section.key.to_owned(), rows(section));
        if let Some(note) = &section.note {
            document.insert(format!("{}_note", section.key), note.as_str().into());
        }
    }
    document.insert("sources".to_owned(), json!(listing.sources));
    print(&Value::Object(document), out)
}

fn rows(section: &Section) -> Value {
    let object = |row: &Vec<Value>| {
        let pairs = section.columns.iter().zip(row).map(|(column, value)| (column.key.to_owned(), value.clone()));
        Value::Object(pairs.collect())
    };
    section.rows.iter().map(object).collect()
}

/// Writes what a rule is about. The keys for error texts are there and empty: a rule is no error text.
pub fn write_rule(rule: &Rule, out: &mut dyn Write) -> io::Result<()> {
    let document = json!({
        "schema": "supascope.explain/v1",
        "rule": {
            "id": rule.id,
            "severity": rule.severity.as_str(),
            "group": rule.group.as_str(),
            "what": rule.what,
            "why": rule.why,
            "fix": rule.fix,
            "sources": rule.sources,
        },
        "matches": [],
        "unmatched_errors": 0,
    });
    print(&document, out)
}

fn print(document: &Value, out: &mut dyn Write) -> io::Result<()> {
    let text = escape_json(serde_json::to_string_pretty(document)?);
    writeln!(out, "{text}")
}
