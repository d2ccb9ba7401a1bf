//! What is quoted of a log: the line of an error, plain, masked and short.

use super::mask::mask;
use super::matcher::Entry;
use super::normal::Plain;
use super::pattern::Place;
use super::records::View;

/// How far before and behind an error its line is read.
const BEFORE_BYTES: usize = 4 * 1024;
const AFTER_BYTES: usize = 1024;
/// The longest excerpt, in characters, and how much of it may stand before the error.
const MAX_CHARS: usize = 320;
const LEAD_CHARS: usize = 60;

/// The excerpt for an error at a place of the input.
pub(super) fn of(entry: Entry, place: Place, view: View<'_>) -> String {
    if entry.known.holds_secret {
        let pattern = entry.known.text.first().map_or("", String::as_str);
        return pattern.replace("{n}", "{}").replace("{w}", "{}").replace("{}", crate::secret::MASK);
    }
    let (start, end) = (place.start - view.base, place.end - view.base);
    let from = start.saturating_sub(BEFORE_BYTES);
    let line_start = memchr::memrchr(b'\n', &view.text[from..start]).map(|newline| from + newline + 1);
    let until = view.text.len().min(end + AFTER_BYTES);
    let line_end = memchr::memchr(b'\n', &view.text[end..until]).map_or(until, |newline| end + newline);
    let is_whole = line_start.is_some() || view.base + from == 0;
    let line_start = line_start.unwrap_or(from);
    let line = shown(&view.text[line_start..line_end]);
    // A line that was entered in its middle may begin inside a password: its first word goes.
    let line = if is_whole { line.as_str() } else { line.split_once(' ').map_or("", |(_, rest)| rest) };
    shorten(&mask(line), &shown(&view.text[start..end]))
}

fn shown(text: &[u8]) -> String {
    String::from_utf8_lossy(&Plain::new(text).text).trim().to_owned()
}

/// Cuts a long line around the error in it.
fn shorten(line: &str, error: &str) -> String {
    if line.chars().count() <= MAX_CHARS {
        return line.to_owned();
    }
    let head: String = error.chars().take(16).collect();
    let at = line.find(&head).unwrap_or(0);
    let lead = line[..at].chars().rev().take(LEAD_CHARS).map(char::len_utf8).sum::<usize>();
    let from = at - lead;
    let mut shown: String = line[from..].chars().take(MAX_CHARS).collect();
    if from > 0 {
        shown.insert_str(0, "... ");
    }
    if from + shown.len() < line.len() {
        shown.push_str(" ...");
    }
    shown
}
