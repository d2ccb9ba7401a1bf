//! Settings broken in every known way, with passwords made to confuse: no piece of one of them in any output.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says where and stops")]

use std::fs;
use std::path::Path;
use std::process::Command;

/// Settings with `{}` in the place of the password.
const TEMPLATES: &str = include_str!("data/broken-settings.txt");

/// Passwords with every delimiter in them, each between letters that occur nowhere else.
fn passwords() -> Vec<String> {
    let joints = [
        "", "@", "/", ":", "#", "?", "%", "&", "=", "[", "]", " ", "'", "\"", ";", "\\", "@@", "/@", "?a=", "%40",
        "${", "é",
    ];
    joints
        .iter()
        .flat_map(|joint| {
            [format!("QzXkVw{joint}JqYpGf"), format!("{joint}QzXkVwJqYpGf"), format!("QzXkVwJqYpGf{joint}")]
        })
        .collect()
}

/// Three letters in a row of any password: none of them occurs in the templates or in what supascope says itself.
const PIECES: &[&str] = &["QzX", "zXk", "XkV", "kVw", "JqY", "qYp", "YpG", "pGf"];

/// Every template with every password.
fn settings() -> Vec<String> {
    let templates = TEMPLATES.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let passwords = passwords();
    templates.flat_map(|template| passwords.iter().map(move |password| template.replace("{}", password))).collect()
}

/// Runs `inspect` on a list, or on the folder's `.env`, and looks for pieces in all that it prints.
fn assert_secret(folder: &Path, arguments: &[&str]) {
    let output = Command::new(env!("CARGO_BIN_EXE_supascope"))
        .arg("inspect")
        .args(arguments)
        .env_clear()
        .current_dir(folder)
        .output()
        .unwrap();
    let shown = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(matches!(output.status.code(), Some(0 | 1)), "{arguments:?}: {shown:.2000}");
    for piece in PIECES {
        if let Some(at) = shown.find(piece) {
            let from = shown[..at].rfind('\n').map_or(0, |line| line + 1);
            let line: String = shown[from..].chars().take(400).collect();
            panic!("{arguments:?} shows {piece:?}: {line}");
        }
    }
}

#[test]
fn no_format_shows_a_piece_of_any_password() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("list"), settings().join("\n")).unwrap();
    for format in ["human", "json", "ndjson", "markdown"] {
        assert_secret(folder.path(), &["--format", format, "-v", "@list"]);
    }
}

#[test]
fn no_repair_and_no_diff_shows_a_piece_of_any_password() {
    let folder = tempfile::tempdir().unwrap();
    // Repairs judge a setting many times, so not every password goes with every template here.
    let some: Vec<String> = settings().into_iter().step_by(11).collect();
    fs::write(folder.path().join("list"), some.join("\n")).unwrap();
    assert_secret(folder.path(), &["--diff", "@list"]);
    for format in ["human", "json", "markdown"] {
        assert_secret(folder.path(), &["--fix", "--format", format, "-v", "@list"]);
    }
}

#[test]
fn no_env_file_gives_a_piece_of_a_password_away() {
    for setting in settings().iter().step_by(97) {
        let folder = tempfile::tempdir().unwrap();
        // The last one is sound, so that there is something to report on whatever becomes of the others.
        let file = format!("DATABASE_URL={setting}\nDIRECT_URL='{setting}'\nPGHOST=localhost\nPGUSER=me\n");
        fs::write(folder.path().join(".env"), file).unwrap();
        for arguments in [&["-v"][..], &["--diff"], &["--format", "json"], &["--fix", "-v"]] {
            assert_secret(folder.path(), arguments);
        }
    }
}
