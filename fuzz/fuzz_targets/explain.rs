//! Any text as an error or a log: nothing panics, counts and lines hold together, and the mask holds.
#![no_main]

use libfuzzer_sys::fuzz_target;
use supascope::explain::{explain, mask};

fuzz_target!(|text: &str| {
    let explanation = explain(text);
    assert_eq!(explanation.bytes, text.len() as u64);
    for found in &explanation.matches {
        assert!(found.count > 0 && found.first_line >= 1);
        assert!(found.first_line <= found.last_line && found.last_line <= explanation.lines.max(1));
    }
    let shown = mask(&format!("{text} postgresql://u:QzXkVwJqYpGf@h/d"));
    assert!(!shown.contains("JqYpGf"), "{shown}");
});
