//! One text pattern of the catalogue: literal pieces with short holes between them.

/// The longest run of bytes that a hole may cover: an address, a statement's name, a short list.
const MAX_HOLE_BYTES: usize = 160;
/// The longest anchor. Longer ones make the automaton bigger and a cut text harder to know; the rest is verified.
const MAX_ANCHOR_BYTES: usize = 24;
/// The least literal text that a cut pattern must show, in all and in the piece that is cut.
const MIN_CUT_BYTES: usize = 14;
const MIN_PARTIAL_BYTES: usize = 3;

/// What a hole may cover.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hole {
    /// `{}`: anything.
    Any,
    /// `{n}`: digits.
    Digits,
    /// `{w}`: no blank and no quote.
    Word,
}

impl Hole {
    fn admits(self, covered: &[u8]) -> bool {
        match self {
            Self::Any => true,
            Self::Digits => !covered.is_empty() && covered.iter().all(u8::is_ascii_digit),
            Self::Word => !covered.is_empty() && !covered.iter().any(|byte| b" \t\"'`\n".contains(byte)),
        }
    }
}

/// A pattern, ready to be verified.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    /// In lower case; a hole stands after each but the last.
    pieces: Vec<Vec<u8>>,
    holes: Vec<Hole>,
    /// A hole after the last piece.
    tail: Option<Hole>,
    /// The piece that holds the anchor, and where in it the anchor starts and ends.
    anchor: (usize, usize, usize),
}

/// Where a pattern stands in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) start: usize,
    pub(super) end: usize,
    /// Whether the whole pattern is there; otherwise the text ends inside it.
    pub(super) complete: bool,
}

impl Pattern {
    /// Reads a pattern of the catalogue.
    pub(super) fn new(text: &str) -> Self {
        let mut pieces = vec![Vec::new()];
        let mut holes = Vec::new();
        let mut rest = text;
        while let Some(open) = rest.find('{') {
            let (hole, width) = match &rest[open..] {
                tail if tail.starts_with("{}") => (Hole::Any, 2),
                tail if tail.starts_with("{n}") => (Hole::Digits, 3),
                tail if tail.starts_with("{w}") => (Hole::Word, 3),
                _ => {
                    // A brace of the text itself.
                    push(&mut pieces, &rest[..=open]);
                    rest = &rest[open + 1..];
                    continue;
                }
            };
            push(&mut pieces, &rest[..open]);
            holes.push(hole);
            pieces.push(Vec::new());
            rest = &rest[open + width..];
        }
        push(&mut pieces, rest);
        let tail = if pieces.len() > 1 && pieces.last().is_some_and(Vec::is_empty) {
            pieces.pop();
            holes.pop()
        } else {
            None
        };
        let anchor = choose_anchor(&pieces);
        Self { pieces, holes, tail, anchor }
    }

    /// The literal by which candidates are found, in lower case.
    pub(super) fn anchor(&self) -> &[u8] {
        let (piece, start, end) = self.anchor;
        &self.pieces[piece][start..end]
    }

    /// How much literal text the pattern has: the more, the more specific.
    pub(super) fn weight(&self) -> usize {
        self.pieces.iter().map(Vec::len).sum()
    }

    /// Whether the pattern stands around an anchor that was found at `at`; it never goes beyond its line. `is_cut` says
    /// whether the text was cut at an offset.
    pub(super) fn verify(&self, text: &[u8], at: usize, is_cut: impl Fn(usize) -> bool) -> Option<Place> {
        let (anchored, offset, _) = self.anchor;
        let piece_start = at.checked_sub(offset)?;
        let common = common_len(text.get(piece_start..)?, &self.pieces[anchored]);
        let (end, complete) = if common == self.pieces[anchored].len() {
            self.verify_forwards(text, piece_start + common, &is_cut)?
        } else {
            self.shows_enough(anchored, common).then_some(())?;
            is_cut(piece_start + common).then_some((piece_start + common, false))?
        };
        let start = self.verify_backwards(text, piece_start)?;
        is_word_start(text, start, &self.pieces[0]).then_some(())?;
        let last = &self.pieces[self.pieces.len() - 1];
        (!complete || self.tail.is_some() || is_word_end(text, end, last)).then_some(Place { start, end, complete })
    }

    fn verify_backwards(&self, text: &[u8], mut start: usize) -> Option<usize> {
        for index in (0..self.anchor.0).rev() {
            let piece = &self.pieces[index];
            let from = start.saturating_sub(MAX_HOLE_BYTES + piece.len());
            let window = &text[from..start];
            let window = &window[window.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1)..];
            let found = (0..=window.len().checked_sub(piece.len())?).rev().find(|at| {
                starts_with(&window[*at..], piece) && self.holes[index].admits(&window[at + piece.len()..])
            })?;
            start -= window.len() - found;
        }
        Some(start)
    }

    fn verify_forwards(&self, text: &[u8], mut end: usize, is_cut: &impl Fn(usize) -> bool) -> Option<(usize, bool)> {
        for index in self.anchor.0 + 1..self.pieces.len() {
            let piece = &self.pieces[index];
            let hole = self.holes[index - 1];
            let window = &text[end..text.len().min(end + MAX_HOLE_BYTES + piece.len())];
            let line_end = window.iter().position(|byte| *byte == b'\n');
            let window = &window[..line_end.unwrap_or(window.len())];
            let found = (0..=window.len().saturating_sub(piece.len()))
                .find(|at| starts_with(&window[*at..], piece) && hole.admits(&window[..*at]));
            if let Some(found) = found {
                end += found + piece.len();
                continue;
            }
            return (0..window.len()).find_map(|at| {
                let common = common_len(&window[at..], piece);
                let cut = common >= MIN_PARTIAL_BYTES && self.shows_enough(index, common);
                (cut && is_cut(end + at + common)).then_some((end + at + common, false))
            });
        }
        Some((end, true))
    }

    /// Whether a text that ends `common` bytes into a piece shows enough of the pattern to be taken for it.
    fn shows_enough(&self, index: usize, common: usize) -> bool {
        let shown = self.pieces[..index].iter().map(Vec::len).sum::<usize>() + common;
        shown >= MIN_CUT_BYTES && shown * 2 >= self.weight()
    }
}

fn push(pieces: &mut [Vec<u8>], literal: &str) {
    if let Some(last) = pieces.last_mut() {
        last.extend(literal.bytes().map(|byte| byte.to_ascii_lowercase()));
    }
}

/// The longest stretch of literal text without a quote or backslash (those are written in several ways), from its start.
fn choose_anchor(pieces: &[Vec<u8>]) -> (usize, usize, usize) {
    let (mut best, mut most) = ((0, 0, 0), 0);
    for (index, piece) in pieces.iter().enumerate() {
        let mut start = 0;
        for end in 0..=piece.len() {
            if end < piece.len() && !b"\"'`\\".contains(&piece[end]) {
                continue;
            }
            let trimmed = start + piece[start..end].iter().take_while(|byte| **byte == b' ').count();
            let length = piece[trimmed.min(end)..end].trim_ascii_end().len();
            let worth = worth(&piece[trimmed.min(end)..trimmed + length]);
            if worth > most {
                (best, most) = ((index, trimmed, trimmed + length), worth);
            }
            start = end + 1;
        }
    }
    (best.0, best.1, best.2.min(best.1 + MAX_ANCHOR_BYTES))
}

/// How rare a literal is in logs, about: its length, and more for the digits of a code (`57014` beats `code:`).
fn worth(literal: &[u8]) -> usize {
    literal.len() + if literal.len() >= 5 && literal.iter().any(u8::is_ascii_digit) { 8 } else { 0 }
}

fn common_len(text: &[u8], lowered: &[u8]) -> usize {
    text.iter().zip(lowered).take_while(|(byte, wanted)| byte.to_ascii_lowercase() == **wanted).count()
}

fn starts_with(text: &[u8], lowered: &[u8]) -> bool {
    text.get(..lowered.len()).is_some_and(|head| head.eq_ignore_ascii_case(lowered))
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn is_word_start(text: &[u8], at: usize, piece: &[u8]) -> bool {
    !piece.first().is_some_and(|byte| is_word(*byte)) || at == 0 || !is_word(text[at - 1])
}

fn is_word_end(text: &[u8], at: usize, piece: &[u8]) -> bool {
    if !piece.last().is_some_and(|byte| is_word(*byte)) {
        return true;
    }
    match text.get(at) {
        // `db` is not the start of `db.example.com` or `db-1`.
        Some(b'.' | b'-') => text.get(at + 1).is_none_or(|byte| !is_word(*byte)),
        next => next.is_none_or(|byte| !is_word(*byte)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(pattern: &str, text: &str) -> Option<Place> {
        let pattern = Pattern::new(pattern);
        let anchor = pattern.anchor().to_vec();
        let lowered = text.to_ascii_lowercase();
        (0..text.len())
            .filter(|at| lowered.as_bytes()[*at..].starts_with(&anchor))
            .find_map(|at| pattern.verify(text.as_bytes(), at, |end| text[end..].starts_with("...")))
    }

    #[test]
    fn holes_take_what_their_kind_admits() {
        assert!(find("limited to pool_size: {n}", "limited to pool_size: 15").is_some());
        assert!(find("port {n} failed: Connection refused", "port 5432 failed: connection refused").is_some());
        assert!(find("port {n} failed: Connection refused", "port x failed: connection refused").is_none());
        assert!(find("role \"{w}\" does not exist", "FATAL:  role \"app user\" does not exist").is_none());
        assert!(find("role \"{}\" does not exist", "FATAL:  role \"app user\" does not exist").is_some());
    }

    #[test]
    fn words_are_whole() {
        assert!(find("P1001", "Error: P1001: Can't").is_some());
        assert!(find("P1001", "MAP1001").is_none() && find("P1001", "P10015").is_none());
    }

    #[test]
    fn a_text_that_is_cut_is_known_by_what_is_left_of_it() {
        let pattern = "prepared statement \"{}\" already exists";
        assert_eq!(find(pattern, "prepared statement \"s0\" al...").map(|place| place.complete), Some(false));
        assert!(find(pattern, "prepared statement \"s0\" was closed").is_none());
        assert!(find("max clients reached in session mode", "max clients reached in se...").is_some());
    }

    #[test]
    fn the_anchor_avoids_what_is_written_in_several_ways() {
        assert_eq!(Pattern::new("role \"{}\" does not exist").anchor(), b"does not exist");
        assert_eq!(Pattern::new("{ALL}: x").anchor(), b"{all}: x");
    }
}
