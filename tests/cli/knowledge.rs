//! `list` and `explain`: the knowledge with its sources, in every format.

use serde_json::Value;

use crate::common::{PASSWORD, good, supascope};

const TOPICS: [&str; 5] = ["rules", "stacks", "tiers", "regions", "services"];

fn list(topic: &str) -> Value {
    let outcome = supascope(&["list", topic, "--format", "json"]);
    assert_eq!((outcome.status, outcome.stderr.as_str()), (0, ""), "{topic}");
    serde_json::from_str(&outcome.stdout).expect("one JSON document")
}

#[test]
fn every_topic_has_rows_and_sources_in_every_format() {
    for topic in TOPICS {
        let document = list(topic);
        assert_eq!(document["schema"], "supascope.list/v1");
        assert_eq!(document["topic"], topic);
        assert!(document[topic].as_array().is_some_and(|rows| !rows.is_empty()), "{topic}");
        let source = document["sources"][0].as_str().expect("a source");
        let first_words: String = source.split(' ').take(2).collect::<Vec<_>>().join(" ");
        for format in ["human", "markdown"] {
            let outcome = supascope(&["list", topic, "--format", format]);
            assert_eq!((outcome.status, outcome.stderr.as_str()), (0, ""), "{topic} as {format}");
            assert!(outcome.stdout.contains("ources"), "{topic} as {format}: {}", outcome.stdout);
            assert!(outcome.stdout.contains(&first_words), "{topic} as {format}: {source}");
            assert!(!outcome.stdout.contains('\x1b'), "{topic} as {format}: piped text has no colour");
        }
    }
}

#[test]
fn the_older_sizing_table_stands_beside_the_documented_tiers_with_its_note() {
    let document = list("tiers");
    assert!(document["sizing_guide"].as_array().is_some_and(|rows| rows.len() >= 4));
    assert!(document["sizing_guide_note"].as_str().is_some_and(|note| note.contains("no Supabase source")));
    let small = document["tiers"].as_array().unwrap().iter().find(|tier| tier["id"] == "small").unwrap();
    assert_eq!((&small["max_connections"], &small["default_pool_size"]), (&90.into(), &15.into()));
    assert!(supascope(&["list", "tiers"]).stdout.contains("Older sizing table"));
}

#[test]
fn every_listed_rule_is_explained_in_every_format() {
    for rule in list("rules")["rules"].as_array().unwrap() {
        let id = rule["id"].as_str().unwrap();
        let outcome = supascope(&["explain", id, "--format", "json"]);
        assert_eq!((outcome.status, outcome.stderr.as_str()), (0, ""), "{id}");
        let document: Value = serde_json::from_str(&outcome.stdout).unwrap();
        assert_eq!(document["schema"], "supascope.explain/v1");
        assert_eq!(&document["rule"], rule, "the list and the explanation agree");
    }
    for (format, title) in [("human", "How to fix it"), ("markdown", "**How to fix it.**")] {
        let outcome = supascope(&["explain", "user-missing-ref", "--format", format]);
        assert!(outcome.stdout.contains(title) && outcome.stdout.contains("ENOIDENTIFIER"), "{}", outcome.stdout);
    }
}

#[test]
fn an_unknown_rule_gets_the_nearest() {
    let slip = supascope(&["explain", "worng-port"]);
    assert_eq!((slip.status, slip.stdout.as_str()), (2, ""));
    assert!(slip.stderr.contains("did you mean 'wrong-port'"), "{}", slip.stderr);
    assert_eq!(supascope(&["explain"]).status, 2);
}

#[test]
fn a_setting_in_the_wrong_place_is_not_repeated() {
    for arguments in [["explain", &good()], ["list", &good()], ["explain", PASSWORD]] {
        let outcome = supascope(&arguments);
        outcome.assert_keeps_the_secret();
        assert_eq!(outcome.status, 2);
    }
}
