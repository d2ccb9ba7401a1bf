//! The registry against the contract's list of rules.

use std::collections::HashSet;

use super::{Group, RULES, Severity};

const CONTRACT: &str = include_str!("../../tests/data/contract-rules.txt");

/// Rules of the contract that are not written yet. This list only ever gets shorter.
const MISSING: &[&str] = &[];

fn contract() -> impl Iterator<Item = (&'static str, Severity, Group)> {
    CONTRACT.lines().filter(|line| !line.starts_with('#')).map(|line| {
        let mut words = line.split(' ');
        let id = words.next().expect("an id");
        let severity = match words.next().expect("a severity") {
            "E" => Severity::Error,
            "W" => Severity::Warning,
            "N" => Severity::Note,
            other => panic!("{other}"),
        };
        let group = match words.next().expect("a list") {
            "setting" => Group::Setting,
            "several" => Group::Several,
            "stack" => Group::Stack,
            "probe" => Group::Probe,
            other => panic!("{other}"),
        };
        (id, severity, group)
    })
}

#[test]
fn every_rule_is_the_contracts_with_its_severity_and_list() {
    for rule in RULES {
        let (_, severity, group) =
            contract().find(|(id, ..)| *id == rule.id).unwrap_or_else(|| panic!("{} is not in the contract", rule.id));
        assert_eq!((severity, group), (rule.severity, rule.group), "{}", rule.id);
    }
}

#[test]
fn every_rule_of_the_contract_is_written_or_known_to_be_missing() {
    let written: HashSet<&str> = RULES.iter().map(|rule| rule.id).collect();
    assert_eq!(written.len(), RULES.len(), "an id occurs twice");
    for (id, ..) in contract() {
        assert!(written.contains(id) != MISSING.contains(&id), "{id}: write it or list it as missing, not both");
    }
}

#[test]
fn every_rule_explains_itself_with_sources() {
    for rule in RULES {
        assert!(
            !rule.sources.is_empty() && rule.sources.iter().all(|source| source.len() > 10),
            "{}: sources",
            rule.id
        );
        for text in [rule.what, rule.why, rule.fix] {
            assert!(text.len() > 8 && text.ends_with(['.', '`', ')']), "{}: `{text}`", rule.id);
        }
        assert!(
            rule.id.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-' || byte.is_ascii_digit()),
            "{}",
            rule.id
        );
    }
}
