//! Every rule: id, severity, list, and what it finds.

use serde_json::json;

use crate::report::listing::{Listing, Section, cite};
use crate::rules;

pub(super) fn listing() -> Listing {
    let mut sources = Vec::new();
    let mut section = Section::new(
        "rules",
        &[
            ("id", "rule"),
            ("severity", "severity"),
            ("group", "about"),
            ("what", "what it finds"),
            ("why", ""),
            ("fix", ""),
            ("sources", ""),
        ],
    );
    for rule in rules::all() {
        for source in rule.sources {
            cite(&mut sources, source);
        }
        section.rows.push(vec![
            rule.id.into(),
            rule.severity.as_str().into(),
            rule.group.as_str().into(),
            rule.what.into(),
            rule.why.into(),
            rule.fix.into(),
            json!(rule.sources),
        ]);
    }
    let hint =
        "supascope explain RULE says why a rule matters, how to fix what it finds, and which source it rests on.";
    Listing { topic: "rules", sections: vec![section], sources, hint: Some(hint) }
}
