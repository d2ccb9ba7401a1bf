//! Whole settings through the readers, the classifier and all rules at once: the kind and the exact set of findings.
//!
//! The cases are data (`tests/data/rule-cases.txt`), so that a reader can check them without reading Rust.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says where and stops")]

use std::fmt::Write as _;

use supascope::conninfo;
use supascope::endpoint::{self, Endpoint, EndpointKind, Mode, Pooler};
use supascope::knowledge;
use supascope::rules::{self, Context, Severity, Subject, Workload};
use supascope::secret::SecretText;
use supascope::target::{Neighbours, Setting, Source, Target};

const CASES: &str = include_str!("data/rule-cases.txt");

/// What `{NAME}` stands for in a case.
const NAMES: &[(&str, &str)] = &[
    ("{R}", "abcdefghijklmnopqrst"),
    ("{P}", "aws-0-us-east-1.pooler.supabase.com"),
    ("{D}", "db.abcdefghijklmnopqrst.supabase.co"),
];

/// One line: the setting, options after ` -- `, and after ` => ` the kind and the findings.
struct Case {
    line: usize,
    setting: String,
    context: Context,
    expected: String,
}

fn cases() -> Vec<Case> {
    let filled = NAMES.iter().fold(CASES.to_owned(), |text, (name, value)| text.replace(name, value));
    let lines = filled.lines().enumerate().filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'));
    lines
        .map(|(number, line)| {
            let (left, expected) = line.split_once(" => ").unwrap_or((line, ""));
            let (setting, options) = left.split_once(" -- ").unwrap_or((left, ""));
            let mut context = Context::default();
            for option in options.split(' ').filter(|option| !option.is_empty()) {
                match option.split_once('=').expect("name=value") {
                    ("stack", id) => context.stacks.push(id.to_owned()),
                    ("workload", name) => {
                        context.workload = Workload::ALL.into_iter().find(|workload| workload.as_str() == name);
                    }
                    ("tier", id) => context.tier = Some(id.to_owned()),
                    ("pool", size) => context.pool_size = Some(size.parse().expect("a number")),
                    (other, _) => panic!("{other}"),
                }
            }
            let line = number + 1;
            let setting = setting.replace("\\n", "\n").replace("\\r", "\r").replace("\\s", " ");
            Case { line, setting, context, expected: expected.trim().to_owned() }
        })
        .collect()
}

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

/// The kind and the findings, as a case writes them: errors with `!`, warnings plain, notes in brackets.
fn judged(case: &Case) -> (String, Vec<rules::Finding>) {
    let setting = Setting::Text(SecretText::opaque(case.setting.as_str()));
    let reading = conninfo::read(&setting);
    let endpoint = reading.conninfo().map_or_else(unreadable, endpoint::classify);
    let stacks = match reading.conninfo() {
        Some(conninfo) if case.context.stacks.is_empty() => {
            let scheme = conninfo.scheme.as_ref();
            let traces = knowledge::Traces {
                scheme: scheme.map(|scheme| scheme.text.as_str()),
                driver: scheme.and_then(|scheme| scheme.driver.as_deref()),
                syntax: Some(conninfo.syntax.as_str()),
            };
            let keys = conninfo.parameters.iter().map(|parameter| parameter.key.as_str());
            knowledge::detect(traces, keys).into_iter().map(str::to_owned).collect()
        }
        _ => case.context.stacks.clone(),
    };
    let target = Target { source: Source::argument(), setting, neighbours: Neighbours::default() };
    let subject = Subject {
        target: &target,
        reading: &reading,
        conninfo: reading.conninfo(),
        endpoint: &endpoint,
        stacks: &stacks,
        context: &case.context,
        probe: None,
    };
    let findings = rules::run(&[subject]).remove(0);
    let mut line = endpoint.kind.as_str().to_owned();
    let mut sorted: Vec<&rules::Finding> = findings.iter().collect();
    sorted.sort_by_key(|finding| (std::cmp::Reverse(finding.severity), finding.rule));
    for finding in sorted {
        let _ = match finding.severity {
            Severity::Error => write!(line, " {}!", finding.rule),
            Severity::Warning => write!(line, " {}", finding.rule),
            Severity::Note => write!(line, " ({})", finding.rule),
        };
    }
    (line, findings)
}

#[test]
fn every_case_has_exactly_its_findings() {
    let mut wrong = String::new();
    for case in cases() {
        let (found, _) = judged(&case);
        if found != case.expected {
            let _ = writeln!(
                wrong,
                "line {}: {}\n  expected {}\n  found    {found}",
                case.line, case.setting, case.expected
            );
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn a_repaired_setting_is_free_of_what_was_repaired() {
    let mut wrong = String::new();
    for case in cases() {
        for finding in judged(&case).1 {
            let Some(repaired) = &finding.repaired else { continue };
            let again = Case {
                setting: repaired.reveal().to_owned(),
                context: case.context.clone(),
                line: case.line,
                expected: String::new(),
            };
            if judged(&again).1.iter().any(|left| left.rule == finding.rule) {
                let _ = writeln!(wrong, "{} on line {}: {}", finding.rule, case.line, again.setting);
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn no_finding_shows_a_password_and_every_span_is_in_the_setting() {
    for mut case in cases() {
        // One password that is easy to find again.
        case.setting = with_known_password(&case.setting);
        for finding in judged(&case).1 {
            let repaired = finding.repaired.as_ref().map(SecretText::masked).unwrap_or_default();
            let shown = format!("{} {} {repaired}", finding.message, finding.fix.as_deref().unwrap_or_default());
            assert!(!shown.contains(&PASSWORD[..4]), "{} on line {}: {shown}", finding.rule, case.line);
            let inside = finding.span.as_ref().is_none_or(|span| case.setting.get(span.clone()).is_some());
            assert!(inside, "{} on line {}: {:?}", finding.rule, case.line, finding.span);
        }
    }
}

/// Settings as people break them: a right one, with a few characters changed, doubled, cut out or swapped.
fn broken() -> impl proptest::strategy::Strategy<Value = String> {
    use proptest::prelude::*;
    let bases = cases().into_iter().map(|case| with_known_password(&case.setting)).collect::<Vec<_>>();
    let change = (
        any::<prop::sample::Index>(),
        0..4_u8,
        prop::sample::select(" @:/?#[]%&='\"$\\;,.\u{e9}\n\r".chars().collect::<Vec<_>>()),
    );
    (prop::sample::select(bases), prop::collection::vec(change, 0..4)).prop_map(|(mut text, changes)| {
        for (at, what, character) in changes {
            // The password itself stays whole, so that it can be searched for.
            let at = at.index(text.len() + 1);
            let inside = text.match_indices(PASSWORD).any(|(start, found)| at > start && at < start + found.len());
            if inside || !text.is_char_boundary(at) {
                continue;
            }
            match what {
                0 => text.insert(at, character),
                1 if !text[at..].starts_with(PASSWORD) && at < text.len() => {
                    text.remove(at);
                }
                2 => text.truncate(at),
                _ => text.insert_str(at, "::"),
            }
        }
        text
    })
}

/// Easy to find again, in pieces too.
const PASSWORD: &str = "Zq8vKx2mWn4TbR6y";

fn with_known_password(setting: &str) -> String {
    setting.replace(":pw@", &format!(":{PASSWORD}@")).replace("password=pw", &format!("password={PASSWORD}"))
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { failure_persistence: None, ..Default::default() })]

    #[test]
    fn however_broken_no_rule_panics_and_no_piece_of_the_password_is_shown(setting in broken()) {
        // What the reading itself shows is the readers' own property; a finding must not add to it.
        let reading = conninfo::read_text(&setting);
        let read = reading.text.masked() + &reading.repaired.as_ref().map(SecretText::masked).unwrap_or_default();
        let case = Case { line: 0, setting, context: Context::default(), expected: String::new() };
        for finding in judged(&case).1 {
            let repaired = finding.repaired.as_ref().map(SecretText::masked).unwrap_or_default();
            let shown = format!("{} {} {repaired}", finding.message, finding.fix.as_deref().unwrap_or_default());
            for start in 0..=PASSWORD.len() - 6 {
                let piece = &PASSWORD[start..start + 6];
                proptest::prop_assert!(!shown.contains(piece) || read.contains(piece), "{} shows {piece} of {}: {shown}", finding.rule, case.setting);
            }
            let inside = finding.span.as_ref().is_none_or(|span| case.setting.get(span.clone()).is_some());
            proptest::prop_assert!(inside, "{} on {}: {:?}", finding.rule, case.setting, finding.span);
        }
    }
}
