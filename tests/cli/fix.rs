//! `inspect --fix` and `--diff`: what changes in a file, what stays, and that no password is shown.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::common::{Outcome, PASSWORD, broken, good, supascope};

const REF: &str = "abcdefghijklmnopqrst";
const POOLER: &str = "aws-0-us-east-1.pooler.supabase.com";

/// Runs in a directory with this `.env`; what it holds afterwards is returned too.
fn with_env(content: &str, arguments: &[&str]) -> (Outcome, String) {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join(".env");
    fs::write(&file, content).unwrap();
    let outcome = run_in(directory.path(), arguments);
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "nothing is left beside the file");
    (outcome, fs::read_to_string(&file).unwrap())
}

fn run_in(directory: &Path, arguments: &[&str]) -> Outcome {
    let output = Command::new(env!("CARGO_BIN_EXE_supascope"))
        .args(arguments)
        .env_clear()
        .current_dir(directory)
        .output()
        .unwrap();
    Outcome {
        status: output.status.code().expect("ended by itself"),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Lines as they are written, and as `--fix` should leave them. `{X}` is a setting with the port 6544, `{Y}` with 5432.
const LINES: &[(&str, &str)] = &[
    // Quotes, comments, `export` and line ends stay.
    ("DATABASE_URL={X}\n", "DATABASE_URL={Y}\n"),
    ("DATABASE_URL={X}", "DATABASE_URL={Y}"),
    ("export  DATABASE_URL=\"{X}\" # why\n", "export  DATABASE_URL=\"{Y}\" # why\n"),
    ("# first\n\n  DATABASE_URL='{X}'\r\nB=c\r\n", "# first\n\n  DATABASE_URL='{Y}'\r\nB=c\r\n"),
    ("A='x # y'\nDATABASE_URL=`{X}`\nC=\"$A\"\n", "A='x # y'\nDATABASE_URL=`{Y}`\nC=\"$A\"\n"),
    (
        "KEY=\"-----BEGIN\nabc=\n-----END\"\nDATABASE_URL={X}\n",
        "KEY=\"-----BEGIN\nabc=\n-----END\"\nDATABASE_URL={Y}\n",
    ),
    // The line itself is what is wrong.
    ("DATABASE_URL = \"{X}\"\n", "DATABASE_URL=\"{Y}\"\n"),
    ("\u{feff}DATABASE_URL={X}\nB=c\n", "DATABASE_URL={Y}\nB=c\n"),
    ("DATABASE_URL={X} # why\nB=c\n", "# why\nDATABASE_URL={Y}\nB=c\n"),
    ("DATABASE_URL={X} # why\r\nB=c\r\n", "# why\r\nDATABASE_URL='{Y}'\r\nB=c\r\n"),
    ("DATABASE_URL={X}\r\nB=c\r\n", "DATABASE_URL='{Y}'\r\nB=c\r\n"),
    ("DATABASE_URL={X}  \nB=c\n", "DATABASE_URL={Y}\nB=c\n"),
    // Keyword form with its blanks.
    (
        "DSN=\"host={P} port=6544 user=postgres.{R} password={S}\"\n",
        "DSN=\"host={P} port=5432 user=postgres.{R} password={S}\"\n",
    ),
    // A group: one variable each.
    (
        "DB_HOST={P}\nDB_PORT='6544' # port\nDB_USER=postgres.{R}\nDB_PASSWORD={S}\n",
        "DB_HOST={P}\nDB_PORT='5432' # port\nDB_USER=postgres.{R}\nDB_PASSWORD={S}\n",
    ),
];

fn filled(line: &str) -> String {
    let setting = |port| format!("postgresql://postgres.{REF}:{PASSWORD}@{POOLER}:{port}/postgres?sslmode=require");
    line.replace("{X}", &setting(6544))
        .replace("{Y}", &setting(5432))
        .replace("{P}", POOLER)
        .replace("{R}", REF)
        .replace("{S}", PASSWORD)
}

#[test]
fn a_file_is_repaired_in_place_and_keeps_every_other_byte() {
    for (before, after) in LINES {
        let (outcome, content) = with_env(&filled(before), &["inspect", "--fix"]);
        assert_eq!(content, filled(after), "{before}: {}{}", outcome.stdout, outcome.stderr);
        assert_eq!(outcome.status, 0, "{before}: {}{}", outcome.stdout, outcome.stderr);
        assert!(outcome.stdout.contains("written to .env"), "{before}: {}", outcome.stdout);
        outcome.assert_keeps_the_secret();
    }
}

#[test]
fn a_repaired_file_is_left_alone() {
    for (_, after) in LINES {
        let (outcome, content) = with_env(&filled(after), &["inspect", "--fix"]);
        assert_eq!(content, filled(after));
        assert!(!outcome.stdout.contains("written to"), "{after}: {}", outcome.stdout);
        let (diff, _) = with_env(&filled(after), &["inspect", "--diff"]);
        assert_eq!((diff.stdout.as_str(), diff.status), ("", 0), "{after}");
    }
}

#[test]
fn a_diff_shows_what_would_change_and_writes_nothing() {
    for (before, _) in LINES {
        let (outcome, content) = with_env(&filled(before), &["inspect", "--diff"]);
        assert_eq!(content, filled(before));
        assert!(outcome.stdout.starts_with("--- .env\n+++ .env\n@@ -"), "{before}: {}", outcome.stdout);
        assert!(outcome.stdout.contains("\n-") && outcome.stdout.contains("\n+"), "{before}: {}", outcome.stdout);
        assert_eq!(outcome.status, 1, "the settings are still wrong");
        outcome.assert_keeps_the_secret();
    }
}

/// With the secrets revealed the diff is one that `patch` takes.
#[test]
fn a_revealed_diff_makes_the_repaired_file() {
    let (before, after) = LINES[8];
    let (outcome, content) = with_env(&filled(before), &["inspect", "--diff", "--reveal-password"]);
    let old: Vec<&str> = content.lines().collect();
    let (mut new, mut at) = (Vec::new(), 0);
    for line in outcome.stdout.lines().skip(2) {
        match line.split_at(1) {
            ("-", removed) => {
                assert_eq!(removed, old[at]);
                at += 1;
            }
            ("+", added) => new.push(added),
            ("@", _) => {}
            other => panic!("{other:?}"),
        }
    }
    new.extend(&old[at..]);
    assert_eq!(format!("{}\n", new.join("\n")), filled(after));
}

#[test]
fn a_password_that_needs_encoding_is_written_encoded_and_never_shown() {
    let awkward = format!("{PASSWORD}@#/{PASSWORD}");
    let before = format!("DATABASE_URL=\"postgresql://postgres.{REF}:{awkward}@{POOLER}:5432/postgres\"\n");
    let encoded = format!("{PASSWORD}%40%23%2F{PASSWORD}");
    let after = before.replace(&awkward, &encoded);
    for arguments in [&["inspect", "--fix"][..], &["inspect", "--fix", "-v"], &["inspect", "--fix", "--format", "json"]]
    {
        let (outcome, content) = with_env(&before, arguments);
        assert_eq!(content, after, "{}", outcome.stdout);
        outcome.assert_keeps_the_secret();
    }
    let (diff, _) = with_env(&before, &["inspect", "--diff"]);
    assert!(diff.stdout.contains("differs inside the masked password"), "{}", diff.stdout);
    diff.assert_keeps_the_secret();
}

#[test]
fn a_value_put_together_from_others_is_left_alone_and_said() {
    let before = format!("PW={PASSWORD}\nDATABASE_URL=\"postgresql://postgres.{REF}:a\\\\b@{POOLER}:6544/postgres\"\n");
    let (outcome, content) = with_env(&before, &["inspect", "--fix"]);
    assert_eq!(content, before);
    assert!(outcome.stdout.contains("not repaired"), "{}", outcome.stdout);
    assert_eq!(outcome.status, 1, "the finding remains");
    outcome.assert_keeps_the_secret();
}

#[test]
fn other_settings_are_printed_masked_unless_they_may_be_revealed() {
    let setting = broken().replace(":6543", ":6544").replace("postgres:", &format!("postgres.{REF}:"));
    let fixed = setting.replace(":6544", ":5432");
    let outcome = supascope(&["inspect", "--fix", &setting]);
    outcome.assert_keeps_the_secret();
    assert!(outcome.stdout.contains("repaired: wrong-port"), "{}", outcome.stdout);
    assert!(outcome.stdout.contains(&format!("\n{}\n", fixed.replace(PASSWORD, "****"))), "{}", outcome.stdout);
    assert_eq!(outcome.status, 0, "as for the remaining findings");
    let revealed = supascope(&["inspect", "--fix", "--reveal-password", &setting]);
    assert!(revealed.stdout.contains(&format!("\n{fixed}\n")), "{}", revealed.stdout);
    let diff = supascope(&["inspect", "--diff", &setting]);
    assert!(diff.stdout.starts_with("--- argument 1\n+++ argument 1\n@@ -1 +1 @@\n-"), "{}", diff.stdout);
    assert_eq!(diff.status, 1);
    diff.assert_keeps_the_secret();
}

#[test]
fn it_says_when_nothing_is_repairable() {
    assert!(supascope(&["inspect", "--fix", &broken()]).stdout.contains("Nothing here can be repaired"));
    let good = format!("{}&sslrootcert=prod-ca-2021.crt", good().replace("=require", "=verify-full"));
    assert!(supascope(&["inspect", "--fix", &good]).stdout.contains("Nothing to repair"), "{good}");
    let json = supascope(&["inspect", "--fix", "--format", "json", &good]).stdout;
    let document: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(document["targets"][0]["repair"]["rules"], serde_json::json!([]));
    assert!(crate::schema::validator().is_valid(&document));
}

#[test]
fn only_the_rules_that_are_asked_for_are_repaired() {
    let setting = format!("postgresql://postgres.{REF}:{PASSWORD}@{POOLER}:6544/postgres?sslmod=require");
    let skipped = supascope(&["inspect", "--fix", "--skip", "wrong-port", &setting]);
    assert!(skipped.stdout.contains(":6544/postgres?sslmode=require\n"), "{}", skipped.stdout);
    let only = supascope(&["inspect", "--fix", "--only", "wrong-port", &setting]);
    assert!(only.stdout.contains(":5432/postgres?sslmod=require\n"), "{}", only.stdout);
}

#[test]
#[cfg(unix)]
fn a_file_that_may_not_be_written_is_an_error_that_names_it() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join(".env");
    fs::write(&file, filled(LINES[0].0)).unwrap();
    let mut permissions = fs::metadata(&file).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&file, permissions).unwrap();
    let outcome = run_in(directory.path(), &["inspect", "--fix"]);
    assert_eq!((outcome.status, outcome.stdout.as_str()), (2, ""));
    assert!(outcome.stderr.contains(".env: it is read-only"), "{}", outcome.stderr);
    assert_eq!(fs::read_to_string(&file).unwrap(), filled(LINES[0].0));
    outcome.assert_keeps_the_secret();
}

#[test]
fn fix_and_diff_exclude_each_other_and_a_diff_has_no_format() {
    assert_eq!(supascope(&["inspect", "--fix", "--diff", &good()]).status, 2);
    assert_eq!(supascope(&["inspect", "--diff", "--format", "json", &good()]).status, 2);
}
