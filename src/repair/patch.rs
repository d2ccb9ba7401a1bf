//! What changes in an `.env` file. Every byte that is not part of a correction stays as it is.

use std::ops::Range;

use zeroize::Zeroizing;

use super::Repaired;
use super::assignment::{self, Assignment};
use crate::conninfo;
use crate::secret::SecretText;
use crate::target::{Component, Expansion, LineNote, Piece, Setting, Target, written_value};

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

/// The changes that turn one target into its repaired form.
pub fn changes(file: &Text<'_>, target: &Target, repaired: &Repaired) -> Result<Vec<Change>, PatchError> {
    match (&target.setting, &repaired.target.setting) {
        (Setting::Text(old), Setting::Text(new)) => {
            let (Some(line), Some(variable)) = (target.source.line, target.source.variable.as_deref()) else {
                return Err(PatchError::Changed);
            };
            let place = Place { file, line, variable, is_component: false };
            if let Some(expansion) = &target.neighbours.expansion {
                return Composed { place, expansion, target }.changes(old.reveal(), new.reveal(), &repaired.line);
            }
            place.change(&masked(old.reveal()), &masked(new.reveal()), &repaired.line).map(|change| vec![change])
        }
        (Setting::Components(old), Setting::Components(new)) => old
            .iter()
            .zip(new)
            .filter(|(old, new)| old.value != new.value)
            .map(|(old, new)| {
                let line = old.line.ok_or(PatchError::Changed)?;
                let place = Place { file, line, variable: &old.variable, is_component: true };
                place.change(&value_of(old), &value_of(new), &[])
            })
            .collect(),
        _ => Err(PatchError::Changed),
    }
}

/// A setting with what its reading keeps secret.
fn masked(text: &str) -> SecretText {
    conninfo::read_text(text).text
}

/// A file's text with the places of its lines, found once.
pub struct Text<'a> {
    pub(super) text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Text<'a> {
    /// Finds the lines.
    pub fn new(text: &'a str) -> Self {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { text, starts }
    }

    /// A line (counted from 1) without its `\n`; a `\r` before it belongs to the line, as readers without a notion of it
    /// have it.
    pub(super) fn line(&self, line: usize) -> Option<Range<usize>> {
        let start = *self.starts.get(line.checked_sub(1)?)?;
        let end = self.starts.get(line).map_or(self.text.len(), |next| next - 1);
        Some(start..end)
    }
}

/// A value that variables were put into: what changes lies in one piece of it, and that piece's variable is changed.
struct Composed<'a> {
    place: Place<'a>,
    expansion: &'a Expansion,
    target: &'a Target,
}

impl Composed<'_> {
    fn changes(&self, old: &str, new: &str, notes: &[LineNote]) -> Result<Vec<Change>, PatchError> {
        let written = self.expansion.written.reveal();
        let own = |new: &str, notes: &[LineNote]| self.place.change(&masked(written), &masked(new), notes);
        if old == new {
            return own(written, notes).map(|change| vec![change]);
        }
        let (from, to) = difference(old, new);
        let around =
            |piece: &&Piece| piece.span.start <= from.start && from.end <= piece.span.end && piece.at.is_some();
        let of_setting = |piece: &&Piece| piece.variable == self.place.variable;
        let mut pieces = self.expansion.pieces.iter().filter(around);
        let piece = pieces.clone().find(of_setting).or_else(|| pieces.next()).ok_or(PatchError::NotLiteral)?;
        let at = piece.at.ok_or(PatchError::NotLiteral)?;
        // The environment and other files are not this file.
        let line = piece.line.filter(|_| piece.path == self.target.source.path).ok_or(PatchError::NotLiteral)?;
        let found = assignment::find(self.place.file, line, &piece.variable).ok_or(PatchError::Changed)?;
        let value = if of_setting(&piece) { written } else { &self.place.file.text[found.value.clone()] };
        if value.get(at..at + piece.span.len()) != old.get(piece.span.clone()) {
            return Err(PatchError::NotLiteral);
        }
        let cut = at + from.start - piece.span.start..at + from.end - piece.span.start;
        let changed = Zeroizing::new([&value[..cut.start], &new[to], &value[cut.end..]].concat());
        if of_setting(&piece) {
            return own(&changed, notes).map(|change| vec![change]);
        }
        // Only a variable that is the piece and nothing else, and stands in no secret place, may be shown.
        let is_open = !piece.is_secret
            && piece.span.len() == value.len()
            && !masked(old)
                .secrets()
                .iter()
                .any(|secret| secret.start < piece.span.end && piece.span.start < secret.end);
        let shown = |text: &str| if is_open { SecretText::with_secrets(text, []) } else { SecretText::opaque(text) };
        let place = Place { line, variable: &piece.variable, ..self.place };
        let mut changes = vec![place.change(&shown(value), &shown(&changed), &[])?];
        if !notes.is_empty() {
            changes.push(own(written, notes)?);
        }
        Ok(changes)
    }
}

/// The least range of each text that differs from the other.
fn difference(old: &str, new: &str) -> (Range<usize>, Range<usize>) {
    let mut start = old.bytes().zip(new.bytes()).take_while(|(left, right)| left == right).count();
    while !old.is_char_boundary(start) || !new.is_char_boundary(start) {
        start -= 1;
    }
    let longest = old.len().min(new.len()) - start;
    let mut tail = old.bytes().rev().zip(new.bytes().rev()).take(longest).take_while(|(l, r)| l == r).count();
    while !old.is_char_boundary(old.len() - tail) || !new.is_char_boundary(new.len() - tail) {
        tail -= 1;
    }
    (start..old.len() - tail, start..new.len() - tail)
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
    file: &'a Text<'a>,
    line: usize,
    variable: &'a str,
    /// Whether the value is a component's: white space at its end is no part of it.
    is_component: bool,
}

impl Place<'_> {
    fn change(self, old: &SecretText, new: &SecretText, notes: &[LineNote]) -> Result<Change, PatchError> {
        let mut found = assignment::find(self.file, self.line, self.variable).ok_or(PatchError::Changed)?;
        if self.file.text[found.value.clone()] != *old.reveal() {
            return Err(PatchError::NotLiteral);
        }
        // Line ends stay: quotes part the value from a carriage return that it does not want.
        let kept_return = found.quote.is_none() && old.reveal().ends_with('\r') && !new.reveal().ends_with('\r');
        found.value.end -= usize::from(kept_return);
        let written_before = &self.file.text[found.value.clone()];
        let force =
            kept_return || notes.iter().any(|note| matches!(note, LineNote::HashInValue | LineNote::DollarInValue));
        for (quote, written) in spellings(&found, written_before, new.reveal(), force) {
            let mut edits = line_edits(self.file.text, &found, notes);
            edits.extend(value_edits(&found, written_before, quote, &written));
            edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
            let shown = [self.shown(&found, found.quote, old, &[]), self.shown(&found, quote, new, notes)];
            let change = Change { line: self.line, whole: found.line.clone(), edits, shown };
            if self.reads(&change.clear(self.file.text)[1], new.reveal()) {
                return Ok(change);
            }
        }
        Err(PatchError::NotWritable)
    }

    /// The assignment with a value masked; what stands behind the value may be anything, so it is not shown.
    fn shown(self, found: &Assignment, quote: Option<char>, value: &SecretText, notes: &[LineNote]) -> Vec<String> {
        const HIDDEN_COMMENT: &str = "# ****";
        let mut lines = Vec::new();
        let name = &self.file.text[found.line.start..found.equals.start];
        let name = if notes.contains(&LineNote::ByteOrderMark) { name.trim_start_matches('\u{feff}') } else { name };
        let equals = &self.file.text[found.equals.clone()];
        let equals = if notes.contains(&LineNote::SpacesAroundEquals) { "=" } else { equals };
        let quote = quote.map(String::from).unwrap_or_default();
        let mut line = format!("{name}{equals}{quote}{}{quote}", value.masked());
        let rest = found.value.end + usize::from(found.quote.is_some());
        let rest = self.file.text.get(rest..found.line.end).unwrap_or_default();
        if notes.contains(&LineNote::InlineComment) {
            lines.push(HIDDEN_COMMENT.to_owned());
        } else if !rest.trim().is_empty() {
            line.push(' ');
            line.push_str(HIDDEN_COMMENT);
        }
        lines.push(line);
        lines
    }

    /// Whether the reader of `.env` files takes the variable's value on the new lines for `wanted`.
    fn reads(self, lines: &str, wanted: &str) -> bool {
        let Some(value) = written_value(lines, self.variable) else { return false };
        value.as_str() == wanted || self.is_component && value.trim_end() == wanted
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
        let (from, to) = difference(old, written);
        let span = found.value.start + from.start..found.value.start + from.end;
        let new = Zeroizing::new(written[to].to_owned());
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
