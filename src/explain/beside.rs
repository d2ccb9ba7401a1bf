//! What stands on the same line as a text that does not say what it is about.

use crate::knowledge::errors;

/// How far to look on either side.
const BESIDE_BYTES: usize = 200;

/// Whether the line of `text[from..until]` is about something else than a database, by the words beside it.
pub(super) fn is_foreign(text: &[u8], place: (usize, usize)) -> bool {
    let words = errors::beside();
    names_any(text, place, words.not_beside) && !names_any(text, place, words.unless_beside)
}

/// Whether a word of the list stands there. A word of letters may go on (`http` in `HTTPConnection`), a number may not
/// (`443` in `4433`); neither begins inside another word.
fn names_any(text: &[u8], (from, until): (usize, usize), words: &[String]) -> bool {
    let before = &text[from.saturating_sub(BESIDE_BYTES)..from];
    let before = &before[before.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1)..];
    let after = &text[from..text.len().min(until + BESIDE_BYTES)];
    let after = &after[..after.iter().position(|byte| *byte == b'\n').unwrap_or(after.len())];
    words.iter().any(|word| names(before, word.as_bytes()) || names(after, word.as_bytes()))
}

fn names(line: &[u8], word: &[u8]) -> bool {
    let is_number = word.iter().all(u8::is_ascii_digit);
    line.windows(word.len()).enumerate().any(|(at, window)| {
        let begins = at == 0 || !line[at - 1].is_ascii_alphanumeric();
        // Not every number is a port.
        let begins = begins && (!is_number || line[..at].ends_with(b":") || line[..at].ends_with(b"port "));
        let ends = !is_number || line.get(at + word.len()).is_none_or(|byte| !byte.is_ascii_alphanumeric());
        begins && ends && window.eq_ignore_ascii_case(word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_count_on_the_same_line_and_from_their_beginning() {
        let words = ["redis".to_owned(), "http".to_owned(), "80".to_owned()];
        let text = "REFUSED";
        for (line, expected) in [
            ("redis: REFUSED", true),
            ("HTTPConnection REFUSED", true),
            ("REFUSED by 10.0.0.1:80", true),
            ("REFUSED by 10.0.0.80:5432", false),
            ("REFUSED by 10.80.0.1:8080", false),
            ("10:00:00,80 REFUSED", false),
            ("predis\nREFUSED", false),
            ("redis\nREFUSED\nredis", false),
            ("my-predistribution REFUSED", false),
        ] {
            let at = line.find(text).unwrap();
            assert_eq!(names_any(line.as_bytes(), (at, at + text.len()), &words), expected, "{line}");
        }
    }
}
