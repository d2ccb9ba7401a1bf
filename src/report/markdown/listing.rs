//! Lists of knowledge and the explanation of a rule, to paste.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::{plain, push_row};
use crate::report::listing::Listing;
use crate::rules::Rule;

/// Writes a listing as Markdown tables, then the documents.
pub fn write_listing(listing: &Listing, out: &mut dyn Write) -> io::Result<()> {
    let mut text = String::new();
    for section in &listing.sections {
        let title = if section.title.is_empty() { listing.topic } else { &section.title };
        let _ = writeln!(text, "## {}\n", plain(title));
        if let Some(note) = &section.note {
            let _ = writeln!(text, "{}\n", plain(note));
        }
        let heads = section.heads();
        push_row(&mut text, &heads);
        push_row(&mut text, &vec!["---"; heads.len()]);
        for row in &section.rows {
            let cells: Vec<String> = section.cells(row).iter().map(|cell| plain(cell)).collect();
            push_row(&mut text, &cells.iter().map(String::as_str).collect::<Vec<_>>());
        }
        text.push('\n');
    }
    push_sources(&mut text, listing.sources.iter().map(String::as_str));
    out.write_all(text.as_bytes())
}

/// Writes what a rule is about.
pub fn write_rule(rule: &Rule, out: &mut dyn Write) -> io::Result<()> {
    let mut text = String::new();
    let _ = writeln!(text, "## `{}` ({})\n\n{}\n", rule.id, rule.severity.as_str(), plain(rule.what));
    let _ = writeln!(text, "**Why it matters.** {}\n\n**How to fix it.** {}\n", plain(rule.why), plain(rule.fix));
    push_sources(&mut text, rule.sources.iter().copied());
    out.write_all(text.as_bytes())
}

fn push_sources<'a>(text: &mut String, sources: impl Iterator<Item = &'a str>) {
    let mut sources = sources.peekable();
    if sources.peek().is_none() {
        return;
    }
    text.push_str("Sources:\n\n");
    for source in sources {
        let _ = writeln!(text, "- {}", plain(source));
    }
}
