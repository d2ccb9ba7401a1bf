//! Text that may hold a password.
//!
//! [`SecretText`] is the only carrier of a setting as it was written. It has no `Display`, no `Debug` and no
//! `Serialize`; what can be had from it is [`SecretText::masked`], in which every secret range is replaced by
//! [`MASK`]. The clear text is reached through [`SecretText::reveal`] alone, so a reader finds every use by name.

use std::ops::Range;

use zeroize::Zeroizing;

/// What stands in the place of a secret wherever a setting is shown.
pub const MASK: &str = "****";

/// A secret value on its own: a password, decoded. Zeroised when dropped.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes the value in.
    pub fn new(value: impl Into<String>) -> Self {
        Self(Zeroizing::new(value.into()))
    }

    /// The clear text: for the SCRAM exchange, and for output under `--reveal-password` only.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether the value is the empty string.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A whole setting with the byte ranges in it that must never be shown. Zeroised when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretText {
    text: Zeroizing<String>,
    /// Sorted, not overlapping, on character boundaries.
    secrets: Vec<Range<usize>>,
}

impl SecretText {
    /// A text of which everything is secret until somebody has read it and knows better.
    pub fn opaque(text: impl Into<String>) -> Self {
        let text = Zeroizing::new(text.into());
        let secrets = if text.is_empty() { Vec::new() } else { vec![0..text.len()] };
        Self { text, secrets }
    }

    /// A text of which exactly `secrets` (byte ranges) are secret. Ranges are sorted, merged, cut to the text, and
    /// widened to character boundaries.
    pub fn with_secrets(text: impl Into<String>, secrets: impl IntoIterator<Item = Range<usize>>) -> Self {
        let text = Zeroizing::new(text.into());
        let mut ranges: Vec<Range<usize>> = secrets
            .into_iter()
            .map(|range| floor_boundary(&text, range.start)..ceil_boundary(&text, range.end))
            .filter(|range| range.start < range.end)
            .collect();
        ranges.sort_by_key(|range| range.start);
        let mut merged: Vec<Range<usize>> = Vec::with_capacity(ranges.len());
        for range in ranges {
            match merged.last_mut() {
                Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
                _ => merged.push(range),
            }
        }
        Self { text, secrets: merged }
    }

    /// The clear text. Every caller is a parser, a driver of the wire, or `--reveal-password`.
    pub fn reveal(&self) -> &str {
        &self.text
    }

    /// The byte ranges that are secret.
    pub fn secrets(&self) -> &[Range<usize>] {
        &self.secrets
    }

    /// Length of the clear text in bytes.
    pub fn len(&self) -> usize {
        self.text.len()
    }

    /// Whether there is no text at all.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// The text with every secret range replaced by [`MASK`].
    pub fn masked(&self) -> String {
        let mut shown = String::with_capacity(self.text.len());
        let mut at = 0;
        for range in &self.secrets {
            shown.push_str(&self.text[at..range.start]);
            shown.push_str(MASK);
            at = range.end;
        }
        shown.push_str(&self.text[at..]);
        shown
    }

    /// Where a byte offset of the clear text falls in [`SecretText::masked`]; an offset inside a secret falls on the
    /// start of its mask, so that a caret never tells how long a secret is before the spot.
    pub fn masked_offset(&self, offset: usize) -> usize {
        let mut shift_removed = 0;
        let mut shift_added = 0;
        for range in &self.secrets {
            if offset <= range.start {
                break;
            }
            if offset < range.end {
                return range.start - shift_removed + shift_added;
            }
            shift_removed += range.len();
            shift_added += MASK.len();
        }
        offset.min(self.text.len()) - shift_removed + shift_added
    }

    /// A span of the clear text as a range of [`SecretText::masked`], widened over any mask that it touches.
    pub fn masked_range(&self, range: Range<usize>) -> Range<usize> {
        let start = self.masked_offset(range.start);
        let mut end = self.masked_offset(range.end);
        if self.secrets.iter().any(|secret| secret.start < range.end && range.end < secret.end) {
            end += MASK.len();
        }
        start..end.max(start)
    }
}

fn floor_boundary(text: &str, mut at: usize) -> usize {
    at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn ceil_boundary(text: &str, mut at: usize) -> usize {
    at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at += 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_replaces_each_secret_range_and_nothing_else() {
        let text = SecretText::with_secrets("postgres://u:secret@h/d?password=two", [13..19, 33..36]);
        assert_eq!(text.masked(), "postgres://u:****@h/d?password=****");
    }

    #[test]
    fn overlapping_ranges_are_one_mask() {
        let text = SecretText::with_secrets("abcdef", [1..3, 2..5]);
        assert_eq!(text.masked(), "a****f");
    }

    #[test]
    fn a_range_inside_a_character_is_widened_to_it() {
        let text = SecretText::with_secrets("aéb", [2..3]);
        assert_eq!(text.masked(), "a****b");
    }

    #[test]
    fn offsets_follow_the_mask() {
        let text = SecretText::with_secrets("u:secret@h", [2..8]);
        assert_eq!(text.masked(), "u:****@h");
        assert_eq!(text.masked_offset(2), 2);
        assert_eq!(text.masked_offset(5), 2);
        assert_eq!(text.masked_offset(8), 6);
        assert_eq!(text.masked_range(4..6), 2..6);
        assert_eq!(text.masked_range(9..10), 7..8);
    }

    #[test]
    fn an_unread_text_is_secret_as_a_whole() {
        assert_eq!(SecretText::opaque("postgres://u:secret@h").masked(), MASK);
    }
}
