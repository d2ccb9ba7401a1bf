//! What `--fix` did: the rules, and the repaired setting on a line of its own, ready to be copied.

use std::fmt::Write as _;

use super::style::{Style, Tone};
use crate::report::{TargetReport, escape::escape, shown};

pub(super) fn push(text: &mut String, target: &TargetReport, reveal: bool, style: &Style) {
    let Some(repair) = &target.repair else { return };
    text.push('\n');
    if let Some(why) = &repair.refused {
        let label = style.paint(Tone::Doubtful, "not repaired: ");
        style.push_wrapped(text, &label, 2, why);
    } else if repair.rules.is_empty() {
        let nothing = if target.findings.is_empty() { "Nothing to repair." } else { NOT_MECHANICAL };
        style.push_wrapped(text, "", 0, nothing);
    } else {
        let label = style.paint(Tone::Good, "repaired: ");
        style.push_wrapped(text, &label, 10, &repair.rules.join(", "));
        if let Some(path) = &repair.written_to {
            style.push_wrapped(text, "  written to ", 4, path);
        } else {
            let setting = shown(&target.reading.text, reveal);
            let _ = writeln!(text, "\n{}", style.paint(Tone::Strong, &escape(&setting)));
        }
    }
}

const NOT_MECHANICAL: &str = "Nothing here can be repaired without knowing more: see each finding's fix.";
