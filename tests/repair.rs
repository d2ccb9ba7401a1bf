//! Repairs over everything that the rules and the corpora show: a repaired setting is free of what was repaired, and
//! repairing it again changes nothing.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says where and stops")]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use supascope::conninfo::{self, Reading};
use supascope::endpoint::{self, Endpoint, EndpointKind, Mode, Pooler};
use supascope::repair::repair;
use supascope::rules::{self, Context, Finding, Subject};
use supascope::secret::SecretText;
use supascope::target::{Neighbours, Setting, Source, Target, settings_of_text};

fn unreadable() -> Endpoint {
    Endpoint {
        kind: EndpointKind::Ambiguous,
        mode: Mode::Unknown,
        pooler: Pooler::Unknown,
        project_ref: None,
        region: None,
        cluster: None,
        evidence: Vec::new(),
    }
}

fn judge(targets: &[Target]) -> Vec<Vec<Finding>> {
    let context = Context::default();
    let read: Vec<(Reading, Endpoint)> = targets
        .iter()
        .map(conninfo::read_target)
        .map(|reading| {
            let endpoint = reading.conninfo().map_or_else(unreadable, endpoint::classify);
            (reading, endpoint)
        })
        .collect();
    let subjects: Vec<Subject<'_>> = targets
        .iter()
        .zip(&read)
        .map(|(target, (reading, endpoint))| Subject {
            target,
            reading,
            conninfo: reading.conninfo(),
            endpoint,
            stacks: &[],
            context: &context,
            probe: None,
        })
        .collect();
    rules::run(&subjects)
}

fn target(text: &str) -> Target {
    Target {
        source: Source::argument(),
        setting: Setting::Text(SecretText::opaque(text)),
        neighbours: Neighbours::default(),
    }
}

fn clear(target: &Target) -> String {
    match &target.setting {
        Setting::Text(text) => text.reveal().to_owned(),
        Setting::Components(parts) => {
            let pairs: Vec<_> = parts.iter().map(|part| format!("{}={}", part.variable, part.value.reveal())).collect();
            pairs.join(" ")
        }
    }
}

/// Every setting that a rule's own tests are about.
fn rule_examples() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/rules");
    let mut examples = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let source = fs::read_to_string(entry.unwrap().path()).unwrap();
        for piece in source.split("scene(").skip(1) {
            let Some(literal) = piece.trim_start().strip_prefix('"') else { continue };
            examples.push(unescaped(literal));
        }
    }
    examples
}

/// A Rust string literal up to its closing quote.
fn unescaped(literal: &str) -> String {
    let mut text = String::new();
    let mut chars = literal.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => break,
            '\\' => match chars.next() {
                Some('n') => text.push('\n'),
                Some('r') => text.push('\r'),
                Some('t') => text.push('\t'),
                Some(other) => text.push(other),
                None => break,
            },
            c => text.push(c),
        }
    }
    text
}

/// The settings in `tests/data`: whatever stands before a tab or an arrow on a line that is no comment.
fn corpus() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let mut settings = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let Some(text) = path.is_file().then(|| fs::read_to_string(&path).ok()).flatten() else { continue };
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let setting = line.split(['\t']).next().unwrap_or_default();
            let setting = setting.split(" => ").next().unwrap_or_default().split(" -- ").next().unwrap_or_default();
            let setting = setting
                .replace("{R}", "abcdefghijklmnopqrst")
                .replace("{P}", "aws-0-us-east-1.pooler.supabase.com")
                .replace("{D}", "db.abcdefghijklmnopqrst.supabase.co")
                .replace("\\n", "\n")
                .replace("\\r", "\r")
                .replace("\\s", " ");
            settings.push(setting);
        }
    }
    settings
}

/// Repairs a target and says what is wrong with that.
fn broken_promises(original: Target) -> Option<String> {
    let name = clear(&original);
    let repaired = repair(vec![original], &judge).remove(0);
    let left = judge(std::slice::from_ref(&repaired.target)).remove(0);
    let stays = left.iter().filter(|finding| finding.repaired.is_some());
    let stays: Vec<&str> = stays.map(|finding| finding.rule).filter(|rule| repaired.rules.contains(rule)).collect();
    if !stays.is_empty() {
        return Some(format!("{name:?} -> {:?}: still {stays:?}", clear(&repaired.target)));
    }
    let once = clear(&repaired.target);
    let again = repair(vec![repaired.target], &judge).remove(0);
    (clear(&again.target) != once || !again.rules.is_empty())
        .then(|| format!("{name:?} -> {once:?} -> {:?}: {:?}", clear(&again.target), again.rules))
}

#[test]
fn a_repaired_setting_is_free_of_what_was_repaired_and_stays_as_it_is() {
    let examples = [rule_examples(), corpus()].concat();
    assert!(examples.len() > 300, "{}", examples.len());
    let mut wrong = String::new();
    for example in &examples {
        if let Some(why) = broken_promises(target(example)) {
            let _ = writeln!(wrong, "{why}");
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// What a rule offers must help: an offer that is taken back shows a setting that is as wrong as before.
#[test]
fn no_correction_is_offered_in_vain() {
    let mut vain = String::new();
    for example in [rule_examples(), corpus()].concat() {
        let repaired = repair(vec![target(&example)], &judge).remove(0);
        for finding in judge(std::slice::from_ref(&repaired.target)).remove(0) {
            if finding.repaired.is_some_and(|offer| offer.reveal() != clear(&repaired.target)) {
                let _ = writeln!(vain, "{} on {:?}", finding.rule, clear(&repaired.target));
            }
        }
    }
    assert!(vain.is_empty(), "\n{vain}");
}

#[test]
fn a_group_of_variables_is_repaired_where_its_text_would_be() {
    let text = "SUPABASE_URL=https://abcdefghijklmnopqrst.supabase.co\nDB_HOST=aws-0-us-east-1.pooler.supabase.com\n\
                DB_PORT=6542\nDB_USER=postgres\nDB_PASSWORD=p@ss/word\nDB_NAME=postgres\n";
    let found = settings_of_text(text);
    assert_eq!(found.len(), 1);
    let repaired = repair(found, &judge).remove(0);
    assert_eq!(repaired.rules, ["wrong-port", "user-missing-ref"]);
    let expected = "DB_HOST=aws-0-us-east-1.pooler.supabase.com DB_PORT=5432 \
                    DB_USER=postgres.abcdefghijklmnopqrst DB_PASSWORD=p@ss/word DB_NAME=postgres";
    assert_eq!(clear(&repaired.target), expected);
}
