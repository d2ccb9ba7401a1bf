//! Small repositories through `supascope scan`: exactly the errors and warnings that they deserve, each at its place.
//!
//! The five applications under `tests/repos/` are whole; the others are data (`tests/repos/cases/*.txt`): files, and what
//! is to be found in them. A case without findings is a correct repository.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says where and stops")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// What `{NAME}` stands for in a case.
const NAMES: &[(&str, &str)] = &[
    ("{R}", "abcdefghijklmnopqrst"),
    ("{P}", "aws-0-us-east-1.pooler.supabase.com"),
    ("{D}", "db.abcdefghijklmnopqrst.supabase.co"),
    ("{S}", "postgresql://postgres.abcdefghijklmnopqrst:s3cr3t-pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres"),
    ("{T}", "postgresql://postgres.abcdefghijklmnopqrst:s3cr3t-pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres"),
];

/// No output may hold it, in no format.
const SECRET: &str = "s3cr3t";

fn repos() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/repos")
}

fn supascope(directory: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_supascope"));
    command.current_dir(directory).args(arguments).env_clear().env("PATH", "/usr/bin:/bin");
    command.output().unwrap()
}

/// The findings of a scan, as `severity rule path:line`.
fn findings(directory: &Path, arguments: &[&str]) -> BTreeSet<String> {
    let output = supascope(directory, arguments);
    let text = String::from_utf8(output.stdout).unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!text.contains(SECRET) && !complaint.contains(SECRET), "{}: a secret is shown", directory.display());
    let report: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text} {complaint}"));
    let mut found = BTreeSet::new();
    for target in report["targets"].as_array().unwrap() {
        let path = target["source"]["path"].as_str().unwrap_or("-");
        for finding in target["findings"].as_array().unwrap() {
            let word = |key: &str| finding[key].as_str().unwrap().to_owned();
            let line = finding["line"].as_u64().or(target["source"]["line"].as_u64()).unwrap_or_default();
            found.insert(format!("{} {} {path}:{line}", word("severity"), word("rule")));
        }
    }
    found
}

/// What is wrong with a result: all that is expected must be there, and no other error or warning.
fn mismatches(name: &str, expected: &BTreeSet<String>, found: &BTreeSet<String>) -> Vec<String> {
    let missing = expected.difference(found).map(|line| format!("{name}: missing  {line}"));
    let loud = found.iter().filter(|line| !line.starts_with("note "));
    let more = loud.filter(|line| !expected.contains(*line)).map(|line| format!("{name}: too much {line}"));
    missing.chain(more).collect()
}

fn lines(text: &str) -> BTreeSet<String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(str::to_owned).collect()
}

/// Writes the files of a case into a directory that looks like a checkout; returns what is expected.
fn unfold(case: &str, directory: &Path) -> BTreeSet<String> {
    fs::create_dir(directory.join(".git")).unwrap();
    let filled = NAMES.iter().fold(case.to_owned(), |text, (name, value)| text.replace(name, value));
    let mut expected = BTreeSet::new();
    for section in filled.split("\n=== ").skip(1) {
        let (name, text) = section.split_once('\n').unwrap_or((section, ""));
        if name == "expect" {
            expected = lines(text);
            continue;
        }
        let path = directory.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, format!("{text}\n")).unwrap();
    }
    expected
}

#[test]
fn small_repositories_get_exactly_what_they_deserve() {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(repos().join("cases")).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let (mut wrong, mut correct) = (Vec::new(), 0);
    for path in &paths {
        let directory = tempfile::tempdir().unwrap();
        let expected = unfold(&fs::read_to_string(path).unwrap(), directory.path());
        correct += usize::from(expected.iter().all(|line| line.starts_with("note ")));
        let name = path.file_stem().unwrap().to_string_lossy();
        wrong.extend(mismatches(&name, &expected, &findings(directory.path(), &["scan", "--format", "json"])));
    }
    assert!(wrong.is_empty(), "{} mismatches:\n{}", wrong.len(), wrong.join("\n"));
    assert!(correct * 5 >= paths.len() * 2, "{correct} of {} are correct: too few to tell noise", paths.len());
}

#[test]
fn the_applications_get_exactly_what_they_deserve() {
    let mut wrong = Vec::new();
    for name in [
        "fastmcp-asyncpg",
        "fastapi-sqlalchemy-asyncpg-alembic",
        "multi-schema-asyncpg",
        "connection-guide",
        "flask-psycopg2",
    ] {
        for command in ["scan", "check"] {
            let directory = repos().join(name);
            let expected = lines(&fs::read_to_string(repos().join(format!("{name}.{command}.txt"))).unwrap());
            wrong.extend(mismatches(name, &expected, &findings(&directory, &[command, "--format", "json"])));
        }
    }
    assert!(wrong.is_empty(), "{} mismatches:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn no_format_shows_a_secret_of_the_repository() {
    let directory = tempfile::tempdir().unwrap();
    unfold(
        "\n=== app.py\nimport psycopg2\npsycopg2.connect(\"{T}\")\n=== compose.yml\nservices:\n  web:\n    environment:\n      DB_HOST: {P}\n      DB_USER: postgres.{R}\n      DB_PASSWORD: s3cr3t-too\n",
        directory.path(),
    );
    for format in ["human", "json", "ndjson", "markdown", "sarif", "junit", "github", "gitlab", "prometheus", "html"] {
        let output = supascope(directory.path(), &["scan", "--format", format]);
        assert_eq!(output.status.code(), Some(1), "{format}: {}", String::from_utf8_lossy(&output.stderr));
        let shown = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert!(!shown.contains(SECRET), "{format}");
    }
}

#[test]
#[cfg(unix)]
fn bad_input_is_bounded_and_named() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    unfold("\n=== app.py\nimport psycopg2\npsycopg2.connect(\"{T}\")\n", root);
    std::os::unix::fs::symlink(root, root.join("loop")).unwrap();
    std::os::unix::fs::symlink(root.join("gone"), root.join("gone.py")).unwrap();
    fs::write(root.join("broken.yml"), "a: [postgres\n\tb: {").unwrap();
    fs::write(root.join("binary.py"), b"\0\0import psycopg2\0").unwrap();
    fs::write(root.join("latin.py"), b"import psycopg2 # caf\xe9\n").unwrap();
    fs::write(root.join("line.js"), format!("const a = \"postgres{}\";", "x".repeat(1_000_000))).unwrap();
    fs::write(root.join("deep.py"), format!("import psycopg2\nx = {}{}\n", "(".repeat(50_000), ")".repeat(50_000)))
        .unwrap();
    fs::write(root.join("large.js"), format!("// postgres\n{}", "x".repeat(2 << 20))).unwrap();
    fs::create_dir_all(root.join("node_modules/pg")).unwrap();
    fs::write(root.join("node_modules/pg/index.js"), "require('pg'); new Pool('postgresql://u:p@h/d')").unwrap();
    let output = supascope(root, &["scan", "--format", "json"]);
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{complaint}");
    for name in ["broken.yml", "latin.py", "large.js"] {
        assert!(complaint.contains(name), "{name}: {complaint}");
    }
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(!text.contains("node_modules") && !text.contains("loop/"), "{text}");
}

#[test]
fn what_is_not_there_is_a_usage_error() {
    let directory = tempfile::tempdir().unwrap();
    let output = supascope(directory.path(), &["scan", "absent"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("absent"));
    assert_eq!(supascope(directory.path(), &["scan"]).status.code(), Some(0), "an empty directory has nothing wrong");
}

#[test]
fn a_comment_beside_the_code_accepts_a_finding() {
    let directory = tempfile::tempdir().unwrap();
    unfold(
        "\n=== app.py\nimport asyncpg\nimport os\n# supascope: ignore[prepared-statements-on-transaction] asked for\npool = asyncpg.create_pool(os.environ[\"DATABASE_URL\"])\n=== .gitignore\n.env\n=== .env\nDATABASE_URL={T}\n",
        directory.path(),
    );
    let found = findings(directory.path(), &["scan", "--format", "json"]);
    assert!(!found.iter().any(|line| line.contains("prepared-statements")), "{found:?}");
}
