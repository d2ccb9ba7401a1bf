//! Lists of knowledge and the explanation of a rule, for people.

use std::io::{self, Write};

use super::Look;
use super::style::{Style, Tone};
use super::table::Rows;
use crate::report::listing::Listing;
use crate::rules::Rule;

/// Writes a listing: its tables, then the documents.
pub fn write_listing(listing: &Listing, look: &Look, out: &mut dyn Write) -> io::Result<()> {
    let style = Style::new(look);
    let mut text = String::new();
    for section in &listing.sections {
        if !section.title.is_empty() {
            style.push_title(&mut text, &section.title);
        }
        if let Some(note) = &section.note {
            style.push_wrapped(&mut text, "", 0, note);
        }
        let mut rows = Rows::new(&style, &section.heads());
        for row in &section.rows {
            rows.push_all(&section.cells(row));
        }
        rows.finish(&mut text);
    }
    push_sources(&mut text, listing.sources.iter().map(String::as_str), &style);
    if let Some(hint) = listing.hint {
        text.push('\n');
        style.push_wrapped(&mut text, "", 0, hint);
    }
    out.write_all(text.as_bytes())
}

/// Writes what a rule is about.
pub fn write_rule(rule: &Rule, look: &Look, out: &mut dyn Write) -> io::Result<()> {
    let style = Style::new(look);
    let mut text = String::new();
    let label = format!("{}[{}]", rule.severity.as_str(), rule.id);
    let indent = label.chars().count() + 2;
    let label = format!("{}: ", style.paint(rule.severity.into(), &label));
    if indent + rule.what.chars().count() <= style.width() {
        style.push_wrapped(&mut text, &label, indent, rule.what);
    } else {
        text.push_str(label.trim_end());
        text.push('\n');
        style.push_wrapped(&mut text, "  ", 2, rule.what);
    }
    for (title, words) in [("Why it matters", rule.why), ("How to fix it", rule.fix)] {
        style.push_title(&mut text, title);
        style.push_wrapped(&mut text, "  ", 2, words);
    }
    push_sources(&mut text, rule.sources.iter().copied(), &style);
    out.write_all(text.as_bytes())
}

fn push_sources<'a>(text: &mut String, sources: impl Iterator<Item = &'a str>, style: &Style) {
    let mut sources = sources.peekable();
    if sources.peek().is_none() {
        return;
    }
    style.push_title(text, "Sources");
    for source in sources {
        style.push_wrapped(text, &style.paint(Tone::Faint, "  - "), 4, source);
    }
}
