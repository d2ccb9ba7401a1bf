//! The same reports through every format.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use crate::report::escape::is_unsafe;
use crate::report::fixtures::{PASSWORD, all};
use crate::report::human::{Detail, Look};
mod validators;

use crate::report::checkout::Checkout;
use crate::report::{Report, github, gitlab, html, human, json, junit, markdown, ndjson, prometheus, sarif};

fn text(write: impl Fn(&Report, &mut Vec<u8>) -> std::io::Result<()>, report: &Report) -> String {
    let mut out = Vec::new();
    write(report, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

const TERMINAL: Look = Look { width: 80, color: false, unicode: true, detail: Detail::Normal };

type Format = fn(&Report) -> String;

/// Every format and look by name.
fn formats() -> Vec<(&'static str, Format)> {
    vec![
        ("human", |report| text(|report, out| human::write(report, &Look::PLAIN, out), report)),
        ("terminal", |report| text(|report, out| human::write(report, &TERMINAL, out), report)),
        ("quiet", |report| {
            text(|report, out| human::write(report, &Look { detail: Detail::Quiet, ..Look::PLAIN }, out), report)
        }),
        ("verbose", |report| {
            text(|report, out| human::write(report, &Look { detail: Detail::Verbose, ..TERMINAL }, out), report)
        }),
        ("findings", |report| text(|report, out| human::write_findings(report, &Look::PLAIN, out), report)),
        ("json", |report| text(|report, out| json::write(report, out), report)),
        ("ndjson", |report| text(|report, out| ndjson::write(report, out), report)),
        ("markdown", |report| text(|report, out| markdown::write(report, out), report)),
        ("sarif", |report| text(|report, out| sarif::write(report, &Checkout::default(), out), report)),
        ("junit", |report| text(|report, out| junit::write(report, out), report)),
        ("github", |report| text(|report, out| github::write(report, &Checkout::default(), out), report)),
        ("gitlab", |report| text(|report, out| gitlab::write(report, &Checkout::default(), out), report)),
        ("prometheus", |report| text(|report, out| prometheus::write(report, out), report)),
        ("html", |report| text(|report, out| html::write(report, out), report)),
    ]
}

/// The reports that are kept as snapshots, by format: enough to see every section once.
const KEPT: &[(&str, &[&str])] = &[
    ("human", &["good", "broken", "unreadable", "unreachable", "empty"]),
    ("terminal", &["broken", "measured", "several"]),
    ("quiet", &["good", "several"]),
    ("verbose", &["measured"]),
    ("findings", &["good", "several", "unreachable", "empty"]),
    ("json", &["broken", "measured", "unreachable", "unreadable", "empty"]),
    ("ndjson", &["several", "empty"]),
    ("markdown", &["broken", "measured", "several"]),
    ("sarif", &["several", "empty"]),
    ("junit", &["several", "empty"]),
    ("github", &["several", "measured", "empty"]),
    ("gitlab", &["several", "empty"]),
    ("prometheus", &["several", "measured", "empty"]),
    ("html", &["measured", "unreachable", "empty"]),
];

#[test]
fn the_formats_look_as_before() {
    insta::with_settings!({ snapshot_path => "../snapshots", prepend_module_to_snapshot => false, omit_expression => true }, {
        for (format, write) in formats() {
            let (_, kept) = KEPT.iter().find(|(name, _)| *name == format).unwrap();
            for (name, report) in all().into_iter().filter(|(name, _)| kept.contains(name)) {
                insta::assert_snapshot!(format!("{format}-{name}"), write(&report));
            }
        }
    });
}

#[test]
fn no_format_shows_a_password_that_it_was_not_told_to_show() {
    for (format, write) in formats() {
        for (name, report) in all() {
            let shown = write(&report);
            for piece in PASSWORD.as_bytes().windows(6) {
                let piece = str::from_utf8(piece).unwrap();
                assert!(!shown.contains(piece), "{format} of {name} shows {piece}");
            }
        }
    }
}

#[test]
fn a_password_is_shown_when_asked_for() {
    // The formats for code review tools name places, not settings.
    let with_settings = ["human", "terminal", "verbose", "json", "ndjson", "markdown", "html"];
    for (format, write) in formats().into_iter().filter(|(format, _)| with_settings.contains(format)) {
        // Of a setting that cannot be read JSON shows no part.
        for (name, mut report) in all().into_iter().filter(|(name, _)| !["empty", "unreadable"].contains(name)) {
            report.reveal_password = true;
            assert!(write(&report).contains(PASSWORD), "{format} of {name}");
        }
    }
}

#[test]
fn no_format_lets_a_control_character_through() {
    for (format, write) in formats() {
        for (name, report) in all() {
            assert!(!write(&report).contains(|c| c != '\n' && is_unsafe(c)), "{format} of {name}");
        }
    }
}

#[test]
fn piped_text_is_ascii_when_its_content_is() {
    for (name, report) in all() {
        assert!(text(|report, out| human::write(report, &Look::PLAIN, out), &report).is_ascii(), "{name}");
    }
}

#[test]
fn tables_and_sentences_keep_within_eighty_columns() {
    for (name, report) in all() {
        for line in text(|report, out| human::write(report, &TERMINAL, out), &report).lines() {
            // A setting is never broken, so that it can be copied.
            assert!(line.chars().count() <= 80 || line.contains("://"), "{name}: {line}");
        }
    }
}

#[test]
fn colour_changes_no_word() {
    for (name, report) in all() {
        let look = Look { color: true, ..TERMINAL };
        let colored = text(|report, out| human::write(report, &look, out), &report);
        let plain = text(|report, out| human::write(report, &TERMINAL, out), &report);
        assert_eq!(anstream::adapter::strip_str(&colored).to_string(), plain, "{name}");
    }
}

#[test]
fn machine_formats_parse() {
    for (name, report) in all() {
        let document: serde_json::Value = serde_json::from_str(&text(|r, out| json::write(r, out), &report)).unwrap();
        assert_eq!(document["schema"], json::SCHEMA);
        let lines = text(|r, out| ndjson::write(r, out), &report);
        assert_eq!(lines.lines().count(), report.targets.len(), "{name}");
        for (line, target) in lines.lines().zip(document["targets"].as_array().unwrap()) {
            assert_eq!(&serde_json::from_str::<serde_json::Value>(line).unwrap(), target, "{name}");
        }
    }
}

#[test]
fn a_finding_at_the_line_decides_the_exit_status_before_an_unchecked_target() {
    let (_, report) = all().into_iter().find(|(name, _)| *name == "unreachable").unwrap();
    assert_eq!(report.summary().exit_status, crate::exit::FINDINGS);
    let never = Report { fail_on: None, ..report };
    assert_eq!(never.summary().exit_status, crate::exit::UNCHECKED);
}
