//! The catalogue against real texts, and the engine against what loggers do to them.

use super::*;
use crate::knowledge::errors;

fn ids(text: &str) -> Vec<&'static str> {
    let mut ids: Vec<_> = explain(text).unwrap().matches.iter().map(|found| found.known.id.as_str()).collect();
    ids.sort_unstable();
    ids
}

fn causes(text: &str) -> Vec<&'static str> {
    explain(text).unwrap().matches.iter().map(|found| found.cause.id.as_str()).collect()
}

/// Every example of the catalogue leads to its own entry, and to no other.
#[test]
fn every_example_is_explained_by_its_entry() {
    let mut wrong = Vec::new();
    for known in errors::families().flat_map(|family| &family.error) {
        for example in &known.examples {
            let found = ids(example);
            if found != [known.id.as_str()] {
                wrong.push(format!("{}: {found:?} for {example}", known.id));
            }
        }
    }
    assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong.join("\n"));
}
