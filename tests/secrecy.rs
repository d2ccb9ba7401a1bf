//! Settings broken in every known way, with passwords made to confuse: no piece of one of them in any output.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says where and stops")]

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

#[test]
fn no_format_shows_a_piece_of_any_password() {
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("list");
    let templates: Vec<&str> = TEMPLATES.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    let passwords = passwords();
    let settings: Vec<String> = templates
        .iter()
        .flat_map(|template| passwords.iter().map(move |password| template.replace("{}", password)))
        .collect();
    std::fs::write(&list, settings.join("\n")).unwrap();
    for format in ["human", "json", "ndjson", "markdown"] {
        let output = Command::new(env!("CARGO_BIN_EXE_supascope"))
            .args(["inspect", "--format", format, "-v", &format!("@{}", list.display())])
            .env_clear()
            .current_dir(folder.path())
            .output()
            .unwrap();
        let shown = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert!(matches!(output.status.code(), Some(0 | 1)), "{format}: {shown:.2000}");
        for piece in PIECES {
            if let Some(at) = shown.find(piece) {
                let from = shown[..at].rfind('\n').map_or(0, |line| line + 1);
                let line: String = shown[from..].chars().take(400).collect();
                panic!("{format} shows {piece:?}: {line}");
            }
        }
    }
}
