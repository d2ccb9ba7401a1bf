//! Errors explained, to paste.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::{code_block, plain};
use crate::explain::{Explanation, Match, show_time};
use crate::knowledge::errors::{Cause, ErrorFamily, KnownError};

/// Writes what was found: one heading an error.
pub fn write_explanation(explanation: &Explanation, out: &mut dyn Write) -> io::Result<()> {
    let mut text = String::new();
    if let Some(target) = &explanation.target {
        let _ = writeln!(text, "Asked about ({}):\n\n{}\n", target.kind.as_str(), code_block(&target.setting));
    }
    if explanation.matches.is_empty() {
        let _ = writeln!(text, "No known connection error in {} lines.", explanation.lines);
    }
    for found in &explanation.matches {
        push_match(&mut text, found);
    }
    if explanation.unmatched_errors > 0 {
        let _ =
            writeln!(text, "Errors of a database or its driver that are not known: {}.", explanation.unmatched_errors);
    }
    out.write_all(text.as_bytes())
}

/// Writes an entry or a cause of the catalogue by itself.
pub fn write_known(known: Option<(&ErrorFamily, &KnownError)>, cause: &Cause, out: &mut dyn Write) -> io::Result<()> {
    let mut text = String::new();
    let id = known.map_or(&cause.id, |(_, known)| &known.id);
    let _ = writeln!(text, "## `{id}`: {}\n", plain(&cause.title));
    let own = |of: fn(&KnownError) -> Option<&String>| known.and_then(|(_, known)| of(known));
    if let Some((_, known)) = known {
        let _ = writeln!(text, "{}\n", plain(&known.says));
    }
    push_steps(
        &mut text,
        own(|known| known.first.as_ref()).unwrap_or(&cause.first),
        own(|known| known.next.as_ref()).unwrap_or(&cause.next),
        own(|known| known.prevent.as_ref()).unwrap_or(&cause.prevent),
    );
    if let Some((family, known)) = known {
        push_sources(&mut text, known.sources.iter().map(|key| family.sources.resolve(key)));
    }
    out.write_all(text.as_bytes())
}

fn push_match(text: &mut String, found: &Match) {
    let _ = writeln!(text, "## {} (`{}`)\n", plain(&found.cause.title), found.cause.id);
    let _ = write!(text, "{} times, lines {} to {}", found.count, found.first_line, found.last_line);
    if let Some((first, last)) = found.times.span() {
        let _ = write!(text, ", {} to {}", show_time(first), show_time(last));
    }
    let _ = writeln!(text, "; confidence: {}.\n\n{}\n", found.confidence.as_str(), code_block(&found.excerpt));
    let _ = writeln!(text, "{}\n", plain(&found.known.says));
    push_steps(text, found.first(), found.next(), found.prevent());
    if let Some(remark) = &found.remark {
        let _ = writeln!(text, "**At this endpoint.** {}\n", plain(remark));
    }
    push_sources(text, found.sources());
}

fn push_steps(text: &mut String, first: &str, next: &str, prevent: &str) {
    let _ = writeln!(text, "1. {}\n2. {}\n3. To prevent it: {}\n", plain(first), plain(next), plain(prevent));
}

fn push_sources<'a>(text: &mut String, sources: impl Iterator<Item = &'a str>) {
    for source in sources {
        let _ = writeln!(text, "- {}", plain(source));
    }
    text.push('\n');
}
