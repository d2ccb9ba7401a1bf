//! The catalogue of connection errors: what is printed, by whom, and what it means.

use serde_json::json;

use crate::knowledge::errors::{self, ErrorFamily};
use crate::report::listing::{Listing, Section, cite};

pub(super) fn listing() -> Listing {
    let mut sources = Vec::new();
    let mut errors_section = Section::new(
        "errors",
        &[
            ("id", "error"),
            ("speaker", "who says it"),
            ("sqlstate", "SQLSTATE"),
            ("cause", "cause"),
            ("confidence", ""),
            ("says", "what it means"),
            ("text", ""),
            ("examples", "as it is printed"),
            ("sources", ""),
        ],
    );
    for family in errors::families() {
        for error in &family.error {
            let documents = documents(family, &error.sources);
            for document in &documents {
                cite(&mut sources, document);
            }
            errors_section.rows.push(vec![
                error.id.as_str().into(),
                family.speaker.as_str().into(),
                error.sqlstate.as_deref().into(),
                error.cause.as_deref().into(),
                error.confidence.map(errors::Confidence::as_str).into(),
                error.says.as_str().into(),
                json!(error.text),
                error.examples.first().map(String::as_str).into(),
                json!(documents),
            ]);
        }
    }
    let mut causes = Section::new(
        "causes",
        &[
            ("id", "cause"),
            ("title", "what happened"),
            ("first", "do first"),
            ("next", "next"),
            ("prevent", "to prevent it"),
        ],
    );
    "causes".clone_into(&mut causes.title);
    for cause in errors::causes() {
        let cells = [&cause.id, &cause.title, &cause.first, &cause.next, &cause.prevent];
        causes.rows.push(cells.into_iter().map(|cell| cell.as_str().into()).collect());
    }
    let hint = "supascope explain 'TEXT', or -f LOG, finds these in what your application prints.";
    Listing { topic: "errors", sections: vec![errors_section, causes], sources, hint: Some(hint) }
}

/// The documents behind the keys of an entry; without any, the family's own.
fn documents<'a>(family: &'a ErrorFamily, keys: &[String]) -> Vec<&'a str> {
    let named: Vec<&str> = family
        .sources
        .iter()
        .filter(|(key, _)| keys.iter().any(|wanted| wanted == key))
        .map(|(_, document)| document)
        .collect();
    if named.is_empty() { vec![&family.source] } else { named }
}
