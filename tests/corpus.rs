//! The corpus: connection settings as people write them, each with the kind, the syntax, and the exact errors and
//! warnings that the owner of the syntax and the user would expect. The cases are data (`tests/corpus/*.toml`).

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says where and stops")]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, atomic};

use serde::Deserialize;
use serde_json::Value;

/// What `{NAME}` stands for in a case.
const NAMES: [(&str, &str); 3] = [
    ("{R}", "abcdefghijklmnopqrst"),
    ("{P}", "aws-0-us-east-1.pooler.supabase.com"),
    ("{D}", "db.abcdefghijklmnopqrst.supabase.co"),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    case: Vec<Case>,
}

/// One case: a setting, or an `.env` file with one or several.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    /// Where this shape was seen.
    source: String,
    /// The setting, given as an argument.
    text: Option<String>,
    /// The content of an `.env` file.
    env: Option<String>,
    /// More arguments.
    #[serde(default)]
    args: Vec<String>,
    /// What is expected of the only target, as in [`Expected`].
    #[serde(default)]
    kind: String,
    #[serde(default)]
    syntax: String,
    #[serde(default)]
    errors: Vec<String>,
    #[serde(default)]
    warnings: Vec<String>,
    /// What is expected of several targets, in order.
    #[serde(default)]
    targets: Vec<Expected>,
    /// Why the tool does not yet say what is expected. A pending case that passes fails the test, so that the mark goes.
    pending: Option<String>,
}

#[derive(Deserialize, Debug, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
struct Expected {
    kind: String,
    /// `none` when the setting cannot be read.
    syntax: String,
    #[serde(default)]
    errors: Vec<String>,
    #[serde(default)]
    warnings: Vec<String>,
}

impl Expected {
    /// What a target of a report says, in the same form.
    fn of(target: &Value) -> Self {
        let of_severity = |severity: &str| {
            let findings = target["findings"].as_array().unwrap().iter();
            let mut rules: Vec<String> = findings
                .filter(|finding| finding["severity"] == severity)
                .map(|finding| finding["rule"].as_str().unwrap().to_owned())
                .collect();
            rules.sort();
            rules
        };
        Self {
            kind: target["endpoint"]["kind"].as_str().unwrap().to_owned(),
            syntax: target["connection"]["syntax"].as_str().unwrap_or("none").to_owned(),
            errors: of_severity("error"),
            warnings: of_severity("warning"),
        }
    }
}

fn sorted(rules: &[String]) -> Vec<String> {
    let mut rules = rules.to_vec();
    rules.sort();
    rules
}

impl Case {
    fn expected(&self) -> Vec<Expected> {
        let expected = |kind: &str, syntax: &str, errors: &[String], warnings: &[String]| Expected {
            kind: kind.to_owned(),
            syntax: syntax.to_owned(),
            errors: sorted(errors),
            warnings: sorted(warnings),
        };
        if self.targets.is_empty() {
            return vec![expected(&self.kind, &self.syntax, &self.errors, &self.warnings)];
        }
        self.targets.iter().map(|one| expected(&one.kind, &one.syntax, &one.errors, &one.warnings)).collect()
    }

    fn is_clean(&self) -> bool {
        self.expected().iter().all(|target| target.errors.is_empty() && target.warnings.is_empty())
    }

    /// Runs `inspect` on it in a folder of its own; what stands in `.env` there afterwards is left.
    fn inspect(&self, folder: &Path, more: &[&str]) -> (i32, String, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_supascope"));
        command.arg("inspect").args(&self.args).args(more).env_clear().current_dir(folder);
        if let Some(text) = &self.text {
            // Behind `--`, because a pasted `-e NAME=value` is no option of ours.
            command.arg("--").arg(text);
        }
        let output = command.output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
    }

    fn prepare(&self, folder: &Path) {
        if let Some(env) = &self.env {
            fs::write(folder.join(".env"), env).unwrap();
        }
    }

    /// What differs from what is expected; empty when nothing does.
    fn check(&self, schema: &jsonschema::Validator) -> String {
        let mut wrong = String::new();
        let folder = tempfile::tempdir().unwrap();
        self.prepare(folder.path());
        let (status, stdout, stderr) = self.inspect(folder.path(), &["--format", "json"]);
        let Ok(report) = serde_json::from_str::<Value>(&stdout) else {
            return format!("  exit {status}, no report: {stderr}");
        };
        for error in schema.iter_errors(&report) {
            let _ = writeln!(wrong, "  schema: {}: {error}", error.instance_path);
        }
        let found: Vec<Expected> = report["targets"].as_array().unwrap().iter().map(Expected::of).collect();
        let expected = self.expected();
        for at in 0..found.len().max(expected.len()) {
            let (found, expected) = (found.get(at), expected.get(at));
            if found != expected {
                let show = |target: Option<&Expected>| target.map_or_else(|| "nothing".to_owned(), show);
                let _ = writeln!(wrong, "  expected {}\n  found    {}", show(expected), show(found));
            }
        }
        wrong
    }

    /// What is wrong with its repair: `inspect --fix` leaves nothing that it says it repaired, and a second run has
    /// nothing to do.
    fn check_repair(&self) -> String {
        let folder = tempfile::tempdir().unwrap();
        self.prepare(folder.path());
        let mut wrong = String::new();
        let fix = ["--fix", "--format", "json", "--reveal-password"];
        let (_, stdout, stderr) = self.inspect(folder.path(), &fix);
        let Ok(report) = serde_json::from_str::<Value>(&stdout) else { return format!("  no report: {stderr}") };
        let mut again = Self { args: self.args.clone(), env: self.env.clone(), ..Self::default() };
        for target in report["targets"].as_array().unwrap() {
            let repaired = target["repair"]["rules"].as_array().unwrap();
            for finding in target["findings"].as_array().unwrap() {
                if repaired.contains(&finding["rule"]) {
                    let _ = writeln!(wrong, "  {} was repaired, and is still found", finding["rule"]);
                }
            }
            again.text = self.text.as_ref().map(|text| target["repair"]["setting"].as_str().unwrap_or(text).to_owned());
        }
        let (_, stdout, _) = again.inspect(folder.path(), &fix);
        let report: Value = serde_json::from_str(&stdout).unwrap_or_default();
        for target in report["targets"].as_array().into_iter().flatten() {
            if target["repair"]["rules"].as_array().is_some_and(|rules| !rules.is_empty()) {
                let _ = writeln!(wrong, "  a second repair finds {}", target["repair"]["rules"]);
            }
        }
        wrong
    }
}

fn show(expected: &Expected) -> String {
    let Expected { kind, syntax, errors, warnings } = expected;
    format!("{kind}, {syntax}, errors {errors:?}, warnings {warnings:?}")
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus")
}

/// Every case with the name of its file.
fn cases() -> Vec<(String, Case)> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut all = Vec::new();
    for file in files.iter().filter(|file| file.extension().is_some_and(|end| end == "toml")) {
        let stem = file.file_stem().unwrap().to_str().unwrap().to_owned();
        let text = fs::read_to_string(file).unwrap();
        let text = NAMES.iter().fold(text, |text, (name, value)| text.replace(name, value));
        let read: File = toml::from_str(&text).unwrap_or_else(|error| panic!("{stem}: {error}"));
        all.extend(read.case.into_iter().map(|case| (stem.clone(), case)));
    }
    all
}

/// Runs `check` on all cases, some at a time, and says what is wrong with which.
fn complaints(cases: &[(String, Case)], check: impl Fn(&Case) -> String + Sync) -> String {
    let next = atomic::AtomicUsize::new(0);
    let found = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some((at, (file, case))) =
                    Some(next.fetch_add(1, atomic::Ordering::Relaxed)).and_then(|at| Some((at, cases.get(at)?)))
                {
                    let wrong = check(case);
                    if !wrong.is_empty() {
                        found.lock().unwrap().push((at, format!("{file}: {}\n{wrong}", case.name)));
                    }
                }
            });
        }
    });
    let mut found = found.into_inner().unwrap();
    found.sort();
    found.into_iter().map(|(_, text)| text).collect()
}

#[test]
fn every_setting_is_read_and_judged_as_its_users_would() {
    let schema = Command::new(env!("CARGO_BIN_EXE_supascope")).args(["list", "schema"]).output().unwrap();
    let schema = jsonschema::draft202012::new(&serde_json::from_slice(&schema.stdout).unwrap()).unwrap();
    let wrong = complaints(&cases(), |case| {
        let wrong = case.check(&schema);
        match (&case.pending, wrong.is_empty()) {
            (Some(why), true) => format!("  passes: take its `pending` away ({why})\n"),
            (Some(_), false) => String::new(),
            (None, _) => wrong,
        }
    });
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn repairs_keep_their_promise_and_a_second_one_has_nothing_to_do() {
    let wrong = complaints(&cases(), Case::check_repair);
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn the_corpus_is_large_and_half_of_it_is_right_settings() {
    let cases = cases();
    let clean = cases.iter().filter(|(_, case)| case.is_clean()).count();
    let pending = cases.iter().filter(|(_, case)| case.pending.is_some()).count();
    assert!(cases.len() >= 220, "{}", cases.len());
    assert!(clean * 2 >= cases.len(), "{clean} of {} are right settings", cases.len());
    assert!(pending <= 45, "{pending} are pending");
    for (file, case) in &cases {
        assert!(case.source.len() > 8, "{file}: {}: where was it seen?", case.name);
        assert!(case.text.is_some() != case.env.is_some(), "{file}: {}: a text or a file", case.name);
    }
}
