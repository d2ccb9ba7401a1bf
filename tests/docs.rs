//! `docs/` is what the program itself says of its rules, stacks and errors. `make docs` writes it; this test keeps it fresh.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::Path;
use std::process::Command;

use supascope::report::markdown;
use supascope::rules;

/// Files of `docs/` and their texts.
fn documents() -> Vec<(&'static str, String)> {
    let mut rules = Vec::new();
    for rule in rules::all() {
        markdown::write_rule(rule, &mut rules).unwrap();
        rules.push(b'\n');
    }
    let rules = String::from_utf8(rules).unwrap();
    vec![
        ("rules.md", page("Rules", "What `inspect`, `probe`, `check` and `rehearse` look for.", &rules)),
        ("stacks.md", page("Stacks", "Drivers, ORMs and tools whose settings are known.", &listing("stacks"))),
        ("errors.md", page("Errors", "The texts that `explain` knows, and what to do.", &listing("errors"))),
        ("tiers.md", page("Compute sizes", "Connection limits by compute size.", &listing("tiers"))),
    ]
}

fn page(title: &str, what: &str, body: &str) -> String {
    format!("<!-- Written by `make docs`; changes here are lost. -->\n\n# {title}\n\n{what}\n\n{}\n", body.trim_end())
}

fn listing(topic: &str) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_supascope"))
        .args(["list", topic, "--format", "markdown"])
        .env_clear()
        .output()
        .unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_documents_say_what_the_program_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let update = std::env::var_os("UPDATE_DOCS").is_some();
    for (name, text) in documents() {
        let path = folder.join(name);
        if update {
            fs::create_dir_all(&folder).unwrap();
            fs::write(&path, &text).unwrap();
        }
        let written = fs::read_to_string(&path).unwrap_or_default();
        assert!(written == text, "docs/{name} is out of date: run `make docs`");
    }
}
