//! An `.env` file: found, grouped, judged, repaired; repairing what was repaired changes nothing.
#![no_main]

use libfuzzer_sys::fuzz_target;
use supascope::repair::{patch, repair};
use supascope::target::settings_of_text;
use supascope_fuzz::{every_format, findings, report};

fuzz_target!(|text: &str| {
    let mut targets = settings_of_text(text);
    if targets.len() > 8 {
        return;
    }
    let _ = every_format(&report(targets.clone()));
    for target in &mut targets {
        target.source.path = Some("fuzz.env".to_owned());
    }
    let repaired = repair(targets.clone(), &|targets| findings(targets));
    let mut changes = Vec::new();
    for (target, repaired) in targets.iter().zip(&repaired) {
        if repaired.rules.is_empty() {
            continue;
        }
        changes.extend(patch::changes(&patch::Text::new(text), target, repaired).into_iter().flatten());
    }
    let _ = patch::apply(text, &changes);
    let targets: Vec<_> = repaired.into_iter().map(|repaired| repaired.target).collect();
    for again in repair(targets, &|targets| findings(targets)) {
        assert!(again.rules.is_empty(), "{:?} is repaired twice", again.rules);
    }
});
