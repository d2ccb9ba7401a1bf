//! What changes in an `.env` file. Every byte that is not part of a correction stays as it is.

use std::ops::Range;

use zeroize::Zeroizing;

use super::Repaired;
use super::assignment::{self, Assignment};
use crate::conninfo;
use crate::secret::SecretText;
use crate::target::{Component, LineNote, Setting, Target, settings_of_text};

/// The change of one variable.
pub struct Change {
    /// The line, counted from 1.
    pub line: usize,
    /// The first line of the assignment, without its line end.
    whole: Range<usize>,
    /// What is replaced, in the order of the file.
    edits: Vec<Edit>,
    /// The line as it is and the lines as they will be, with every secret masked.
    pub shown: [Vec<String>; 2],
}

#[derive(Clone, PartialEq, Eq)]
struct Edit {
    span: Range<usize>,
    new: Zeroizing<String>,
}

/// Why a repaired setting cannot be put into its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PatchError {
    /// The text is not the one that the settings were read from.
    #[error("it has changed since it was read")]
    Changed,
    /// The value does not stand in the file as it is read.
    #[error("the value is put together from other variables or escapes; change it by hand")]
    NotLiteral,
    /// No way of writing the value is read back as that value.
    #[error("the repaired value cannot be written in a way that every reader takes")]
    NotWritable,
}

/// The changes that turn one target into its repaired form; `text` is the file.
pub fn changes(text: &str, target: &Target, repaired: &Repaired) -> Result<Vec<Change>, PatchError> {
    match (&target.setting, &repaired.target.setting) {
        (Setting::Text(old), Setting::Text(new)) => {
            let (Some(line), Some(variable)) = (target.source.line, target.source.variable.as_deref()) else {
                return Err(PatchError::Changed);
            };
            let masked = |text: &SecretText| conninfo::read_text(text.reveal()).text;
            let place = Place { text, line, variable };
            place.change(&masked(old), &masked(new), &repaired.line).map(|change| vec![change])
        }
        (Setting::Components(old), Setting::Components(new)) => old
            .iter()
            .zip(new)
            .filter(|(old, new)| old.value != new.value)
            .map(|(old, new)| {
                let line = old.line.ok_or(PatchError::Changed)?;
                Place { text, line, variable: &old.variable }.change(&value_of(old), &value_of(new), &[])
            })
            .collect(),
        _ => Err(PatchError::Changed),
    }
}

/// A component's value, secret where the reading of the group keeps it secret.
fn value_of(part: &Component) -> SecretText {
    let reading = conninfo::read(&Setting::Components(vec![part.clone()]));
    let skip = part.variable.len() + 1;
    let secrets = reading.text.secrets().iter().map(|range| range.start.saturating_sub(skip)..range.end - skip);
    SecretText::with_secrets(part.value.reveal(), secrets.collect::<Vec<_>>())
}

/// One variable of one file.
#[derive(Clone, Copy)]
struct Place<'a> {
    text: &'a str,
    line: usize,
    variable: &'a str,
}

impl Place<'_> {
    fn change(self, old: &SecretText, new: &SecretText, notes: &[LineNote]) -> Result<Change, PatchError> {
        let mut found = assignment::find(self.text, self.line, self.variable).ok_or(PatchError::Changed)?;
        if self.text[found.value.clone()] != *old.reveal() {
            return Err(PatchError::NotLiteral);
        }
        // Line ends stay: quotes part the value from a carriage return that it does not want.
        let kept_return = found.quote.is_none() && old.reveal().ends_with('\r') && !new.reveal().ends_with('\r');
        found.value.end -= usize::from(kept_return);
        let written_before = &self.text[found.value.clone()];
        let force =
            kept_return || notes.iter().any(|note| matches!(note, LineNote::HashInValue | LineNote::DollarInValue));
        for (quote, written) in spellings(&found, written_before, new.reveal(), force) {
            let mut edits = line_edits(self.text, &found, notes);
            edits.extend(value_edits(&found, written_before, quote, &written));
            edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
            let shown = [self.shown(&found, found.quote, old, &[]), self.shown(&found, quote, new, notes)];
            let change = Change { line: self.line, whole: found.line.clone(), edits, shown };
            if apply(self.text, std::slice::from_ref(&change)).is_ok_and(|text| self.reads(&text, new.reveal())) {
                return Ok(change);
            }
        }
        Err(PatchError::NotWritable)
    }

    /// The assignment with a value masked; what stands behind the value may be anything, so it is not shown.
    fn shown(self, found: &Assignment, quote: Option<char>, value: &SecretText, notes: &[LineNote]) -> Vec<String> {
        const HIDDEN_COMMENT: &str = "# ****";
        let mut lines = Vec::new();
        let name = &self.text[found.line.start..found.equals.start];
        let name = if notes.contains(&LineNote::ByteOrderMark) { name.trim_start_matches('\u{feff}') } else { name };
        let equals = &self.text[found.equals.clone()];
        let equals = if notes.contains(&LineNote::SpacesAroundEquals) { "=" } else { equals };
        let quote = quote.map(String::from).unwrap_or_default();
        let mut line = format!("{name}{equals}{quote}{}{quote}", value.masked());
        let rest = found.value.end + usize::from(found.quote.is_some());
        let rest = self.text.get(rest..found.line.end).unwrap_or_default();
        if notes.contains(&LineNote::InlineComment) {
            lines.push(HIDDEN_COMMENT.to_owned());
        } else if !rest.trim().is_empty() {
            line.push(' ');
            line.push_str(HIDDEN_COMMENT);
        }
        lines.push(line);
        lines
    }

    /// Whether the reader of `.env` files takes the variable's value for `wanted`.
    fn reads(self, text: &str, wanted: &str) -> bool {
        settings_of_text(text).iter().any(|target| match &target.setting {
            Setting::Text(value) => {
                target.source.variable.as_deref() == Some(self.variable) && value.reveal() == wanted
            }
            Setting::Components(parts) => {
                parts.iter().any(|part| part.variable == self.variable && part.value.reveal() == wanted)
            }
        })
    }
}

/// The ways to write the new value, the one that changes least first.
fn spellings(found: &Assignment, old: &str, new: &str, force: bool) -> Vec<(Option<char>, Zeroizing<String>)> {
    let literal = || Zeroizing::new(new.to_owned());
    let mut ways = Vec::new();
    // A `$` that was there before has been seen to work.
    let new_dollar = new.contains('$') && !old.contains('$');
    let troublesome = |c: &char| c.is_whitespace() || "#$\"'`\\".contains(*c);
    match found.quote {
        Some(quote) if !new.contains([quote, '\n', '\\']) && (quote == '\'' || !new_dollar) => {
            ways.push((Some(quote), literal()));
        }
        None if !force && new.chars().filter(troublesome).all(|c| old.contains(c)) => ways.push((None, literal())),
        _ => {}
    }
    if !new.contains(['\'', '\n', '\r']) {
        ways.push((Some('\''), literal()));
    }
    if !new.contains(['$', '`', '\n', '\r']) {
        ways.push((Some('"'), Zeroizing::new(new.replace('\\', "\\\\").replace('"', "\\\""))));
    }
    ways
}

/// The value, as little of it as differs; with its quotes where they change.
fn value_edits(found: &Assignment, old: &str, quote: Option<char>, written: &str) -> Option<Edit> {
    if quote == found.quote {
        let same = old.bytes().zip(written.bytes()).take_while(|(left, right)| left == right).count();
        let mut start = same;
        while !old.is_char_boundary(start) || !written.is_char_boundary(start) {
            start -= 1;
        }
        let longest = old.len().min(written.len()) - start;
        let tail = old.bytes().rev().zip(written.bytes().rev()).take(longest).take_while(|(l, r)| l == r).count();
        let mut tail = tail;
        while !old.is_char_boundary(old.len() - tail) {
            tail -= 1;
        }
        let span = found.value.start + start..found.value.end - tail;
        let new = Zeroizing::new(written[start..written.len() - tail].to_owned());
        return (!span.is_empty() || !new.is_empty()).then_some(Edit { span, new });
    }
    let outer = usize::from(found.quote.is_some());
    let mut new = Zeroizing::new(String::with_capacity(written.len() + 2));
    new.extend(quote);
    new.push_str(written);
    new.extend(quote);
    Some(Edit { span: found.value.start - outer..found.value.end + outer, new })
}

/// What changes around the value.
fn line_edits(text: &str, found: &Assignment, notes: &[LineNote]) -> Vec<Edit> {
    let edit = |span: Range<usize>, new: &str| Edit { span, new: Zeroizing::new(new.to_owned()) };
    let mut edits = Vec::new();
    if notes.contains(&LineNote::ByteOrderMark) && text.starts_with('\u{feff}') {
        edits.push(edit(0..'\u{feff}'.len_utf8(), ""));
    }
    if notes.contains(&LineNote::SpacesAroundEquals) {
        edits.push(edit(found.equals.clone(), "="));
    }
    if let Some(comment) = found.comment.clone().filter(|_| notes.contains(&LineNote::InlineComment)) {
        let line_end = if text[found.line.clone()].ends_with('\r') { "\r\n" } else { "\n" };
        let moved = Zeroizing::new(format!("{}{line_end}", text[comment.clone()].trim_start()));
        let start = found.line.start + if text[found.line.clone()].starts_with('\u{feff}') { 3 } else { 0 };
        edits.push(Edit { span: start..start, new: moved });
        edits.push(edit(comment, ""));
    }
    edits
}

/// The text with the changes made.
pub fn apply(text: &str, changes: &[Change]) -> Result<Zeroizing<String>, PatchError> {
    let mut edits: Vec<&Edit> = changes.iter().flat_map(|change| &change.edits).collect();
    edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
    // Two targets may share a variable; what both of them change must be the same.
    edits.dedup();
    let mut new = Zeroizing::new(String::with_capacity(text.len() + 64));
    let mut at = 0;
    for edit in edits {
        if edit.span.start < at {
            return Err(PatchError::NotWritable);
        }
        new.push_str(&text[at..edit.span.start]);
        new.push_str(&edit.new);
        at = edit.span.end;
    }
    new.push_str(&text[at..]);
    Ok(new)
}

impl Change {
    /// The lines as they are and as they will be, in clear.
    pub fn clear(&self, text: &str) -> [Zeroizing<String>; 2] {
        let end = self.edits.iter().map(|edit| edit.span.end).fold(self.whole.end, usize::max);
        let mut new = Zeroizing::new(String::new());
        let mut at = self.whole.start;
        for edit in &self.edits {
            new.push_str(&text[at..edit.span.start]);
            new.push_str(&edit.new);
            at = edit.span.end;
        }
        new.push_str(&text[at..end]);
        [Zeroizing::new(text[self.whole.start..end].to_owned()), new]
    }
}
