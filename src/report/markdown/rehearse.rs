//! A rehearsal as Markdown.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::{code_block, plain, push_row};
use crate::rehearse::{DryRun, Rehearsal};
use crate::report::rehearse::{self as words, RehearseReport};

/// Writes the rehearsal as Markdown: verdict, findings, tables.
pub fn write(report: &RehearseReport<'_>, out: &mut dyn Write) -> io::Result<()> {
    let rehearsal = report.rehearsal;
    let mut text = String::new();
    let _ = writeln!(text, "## {}", plain(&words::verdict(rehearsal)));
    for finding in &rehearsal.findings {
        let severity = finding.severity.as_str();
        let _ = writeln!(text, "\n- **{severity}** `{}`: {}", finding.rule, plain(&finding.message));
        let _ = writeln!(text, "  Fix: {}", plain(&finding.fix));
    }
    push_tables(&mut text, rehearsal);
    push_settings(&mut text, rehearsal);
    let _ = writeln!(text, "\n### Held against\n");
    for sentence in words::grounds(rehearsal) {
        let _ = writeln!(text, "- {}", plain(&sentence));
    }
    out.write_all(text.as_bytes())
}

fn push_tables(text: &mut String, rehearsal: &Rehearsal) {
    let rows = words::rows(rehearsal);
    if rows.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n### Side by side\n");
    push_row(text, &["", "yours", "advised"]);
    push_row(text, &["---"; 3]);
    for row in rows {
        push_row(text, &[&plain(&row.what), &plain(&row.yours), &plain(&row.advised)]);
    }
    let Some(load) = rehearsal.yours.as_ref().filter(|load| !load.steps.is_empty()) else { return };
    let _ = writeln!(text, "\n### Your settings, step by step\n");
    push_row(text, &words::STEP_HEADER);
    push_row(text, &["---"; words::STEP_HEADER.len()]);
    for step in &load.steps {
        let cells: Vec<String> = words::step(step).iter().map(|cell| plain(cell)).collect();
        push_row(text, &cells.iter().map(String::as_str).collect::<Vec<_>>());
    }
}

fn push_settings(text: &mut String, rehearsal: &Rehearsal) {
    let Some(advice) = rehearsal.advice.as_ref().filter(|advice| !advice.settings.is_empty()) else { return };
    let _ = writeln!(text, "\n### What to set\n");
    push_row(text, &["set", "where"]);
    push_row(text, &["---"; 2]);
    for (assignment, place) in &advice.settings {
        push_row(text, &[&plain(assignment), &plain(place)]);
    }
}

/// Writes what would be done.
pub fn write_dry(plan: &DryRun, out: &mut dyn Write) -> io::Result<()> {
    let mut text = String::new();
    let _ = writeln!(text, "## Nothing was opened. This would be done at {}\n", plain(&plan.setting));
    for sentence in words::dry(plan) {
        let _ = writeln!(text, "- {}", plain(&sentence));
    }
    let statements: Vec<&str> = words::statements(plan).iter().map(|(_, statement)| *statement).collect();
    for statement in statements {
        let _ = writeln!(text, "\n{}", code_block(statement));
    }
    out.write_all(text.as_bytes())
}
