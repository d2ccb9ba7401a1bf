//! The profiles against what real drivers did: `profiles/VERIFIED.md`, which `make drivers` writes. No network.
//!
//! The rules:
//! * A profile may say of its statements that they were measured (`[statements] source` whose text begins with "measured")
//!   only when VERIFIED.md has rows of that stack: its defaults on the untracked pooler and directly at the least.
//! * On an endpoint of `must_be_off` the defaults of a stack that names statements failed, by an error about a prepared
//!   statement; of one that names them on request, the run that asked for it did.
//! * What the profile calls `fits` or `works` for a persistent process succeeded as advised, and the defaults succeeded
//!   wherever no switch is demanded.
//! * A `[[version]]` note for exactly that version and endpoint may say that it fails, and then the row is its proof.

#![allow(clippy::expect_used, reason = "a test that cannot go on says where and stops")]

use supascope::context::Workload;
use supascope::knowledge::{self, AdviceEntry, EndpointClass, NamedStatements, Stack, Version, Versions};

const VERIFIED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/profiles/VERIFIED.md");

/// One row of the table.
#[derive(Debug)]
struct Row {
    stack: &'static Stack,
    versions: Versions,
    class: EndpointClass,
    setting: String,
    passed: bool,
    error: String,
    line: String,
}

fn rows() -> Vec<Row> {
    let text = std::fs::read_to_string(VERIFIED).expect("profiles/VERIFIED.md");
    text.lines().filter(|line| line.starts_with("| ")).skip(2).map(row).collect()
}

fn row(line: &str) -> Row {
    let unescaped = line.replace("\\|", "\u{1}");
    let cells: Vec<String> =
        unescaped.trim_matches('|').split('|').map(|cell| cell.trim().replace('\u{1}', "|")).collect();
    let [stack, versions, _runtime, endpoint, setting, result, error, date] = &cells[..] else {
        panic!("a row has eight cells: {line}");
    };
    let stack = knowledge::stack(stack).unwrap_or_else(|| panic!("no such stack: {line}"));
    let class = EndpointClass::ALL.into_iter().find(|class| class.as_str() == endpoint);
    assert!(date.len() == 10 && date.starts_with("20"), "a date: {line}");
    let (word, count) = result.split_once(' ').expect("a word and a count");
    let (passed, of) = count.split_once('/').expect("passed/of");
    assert_eq!(word == "ok", passed == of, "{line}");
    assert_eq!(word == "ok", error.is_empty(), "{line}");
    Row {
        stack,
        versions: packages(versions),
        class: class.unwrap_or_else(|| panic!("no such endpoint: {line}")),
        setting: setting.clone(),
        passed: word == "ok",
        error: error.clone(),
        line: line.to_owned(),
    }
}

/// `asyncpg 0.30.0 SQLAlchemy 2.1.9`; profiles call the drivers by the names that users say.
fn packages(text: &str) -> Versions {
    let mut versions = Versions::default();
    let words: Vec<&str> = text.split(' ').collect();
    for pair in words.chunks(2) {
        versions.set(pair[0], Version::parse(pair[1]).unwrap_or_else(|| panic!("a version: {text}")));
    }
    versions
}

impl Row {
    /// Whether the profile says of exactly this version and endpoint that it fails.
    fn failure_is_noted(&self) -> bool {
        self.stack.version_notes.iter().any(|note| {
            (note.endpoints.is_empty() || note.endpoints.contains(&self.class))
                && self.versions.within(Some(&note.versions)) == Some(true)
                && note.what.contains("fail")
        })
    }

    fn advice(&self) -> &'static AdviceEntry {
        self.stack
            .advice_for_versions(self.class, Workload::Persistent, &self.versions)
            .or_else(|| self.stack.advice_for_versions(self.class, Workload::Migrations, &self.versions))
            .unwrap_or_else(|| panic!("no advice for {}", self.line))
    }

    fn must_be_off(&self) -> bool {
        self.stack.statements.must_be_off.contains(&self.class)
    }
}

#[test]
fn a_profile_says_measured_only_of_what_was_run() {
    let rows = rows();
    for stack in knowledge::stack_ids().filter_map(knowledge::stack) {
        let source = stack.sources.resolve(&stack.statements.source);
        if !source.starts_with("measured") {
            continue;
        }
        for class in [EndpointClass::TransactionUntracked, EndpointClass::Direct] {
            let ran = |row: &Row| row.stack.id == stack.id && row.class == class && row.setting == "default";
            assert!(
                rows.iter().any(ran),
                "profiles/stacks/{}.toml says that its statements were {source:?}, and VERIFIED.md has no row of its \
                 defaults at {}",
                stack.id,
                class.as_str()
            );
        }
    }
}

#[test]
fn statements_failed_wherever_a_profile_says_that_they_must_be_off() {
    for row in rows().iter().filter(|row| row.must_be_off()) {
        let asks_for_names = match row.stack.statements.named {
            NamedStatements::ByDefault => row.setting == "default",
            NamedStatements::OnRequest => row.setting == "named",
            NamedStatements::Never => panic!("{} never names statements, and they must be off?", row.stack.id),
        };
        if asks_for_names {
            assert!(!row.passed, "the profile says that it must fail: {}", row.line);
            // postgres.js with one connection waits for ever in place of an error; as advised it passes there.
            let by_names = row.error.contains("prepared statement") || row.error.contains("no answer in");
            assert!(by_names, "it failed for another reason: {}", row.line);
        }
    }
}

#[test]
fn what_a_profile_advises_succeeded() {
    use supascope::advice::Fit;
    for row in rows().iter().filter(|row| row.setting.starts_with("advised") && row.advice().fit != Fit::Avoid) {
        assert!(row.passed || row.failure_is_noted(), "the profile says {:?}: {}", row.advice().fit, row.line);
    }
}

#[test]
fn defaults_succeeded_wherever_no_switch_is_demanded() {
    use supascope::advice::Fit;
    for row in rows().iter().filter(|row| row.setting == "default" && row.advice().fit != Fit::Avoid) {
        let demanded = row.must_be_off() && row.stack.statements.named == NamedStatements::ByDefault;
        let in_advice = row.stack.statements.switch.as_ref().is_some_and(|key| row.advice().settings.contains(key));
        if !demanded && !in_advice {
            assert!(row.passed || row.failure_is_noted(), "the profile demands no switch: {}", row.line);
        }
    }
}

#[test]
fn the_table_has_rows_of_every_kind() {
    let rows = rows();
    for class in ["direct", "session", "transaction-untracked", "transaction-tracked-pgbouncer"] {
        assert!(rows.iter().any(|row| row.class.as_str() == class), "no row for {class}");
    }
    assert!(rows.iter().any(|row| !row.passed) && rows.iter().any(|row| row.passed));
}
