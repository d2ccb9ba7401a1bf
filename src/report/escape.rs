//! The one place where untrusted text is made fit to be shown.
//!
//! Host names, parameters, server messages and certificates may hold anything: an escape sequence that clears the
//! terminal, a carriage return that hides what came before it, an override that turns text around. Every format sends
//! what it did not write itself through here.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Whether a character changes how the text around it is shown, or cannot be seen: C0, DEL and C1 controls, line and
/// paragraph separators, bidirectional marks, embeddings, overrides and isolates (Unicode Standard Annex 9), zero-width
/// characters and the byte order mark.
pub const fn is_unsafe(character: char) -> bool {
    matches!(character,
        '\u{0}'..='\u{1f}'
        | '\u{7f}'..='\u{9f}'
        | '\u{ad}'
        | '\u{61c}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}')
}

/// The text with every unsafe character written out, as `\n`, `\x1b` or `\u{202e}`; borrowed when there is none.
pub fn escape(text: &str) -> Cow<'_, str> {
    let plain = text.bytes().all(|byte| (b' '..0x7f).contains(&byte));
    if plain || !text.contains(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        push_escaped(&mut shown, character);
    }
    Cow::Owned(shown)
}

fn push_escaped(shown: &mut String, character: char) {
    // Writing to a String cannot fail.
    let _ = match character {
        '\n' => write!(shown, "\\n"),
        '\r' => write!(shown, "\\r"),
        '\t' => write!(shown, "\\t"),
        character if !is_unsafe(character) => write!(shown, "{character}"),
        character if u32::from(character) < 0x100 => write!(shown, "\\x{:02x}", u32::from(character)),
        character => write!(shown, "\\u{{{:x}}}", u32::from(character)),
    };
}

/// Serialised JSON in which unsafe characters beyond JSON's own rules (which cover C0 only) are `\uXXXX` escapes: the
/// value stays exact for a parser, and printing the document cannot steer a terminal. Such characters occur inside
/// strings only, so the document stays the same document.
pub fn escape_json(document: String) -> String {
    // JSON has escaped the C0 controls itself; nearly every document is plain ASCII otherwise.
    if document.is_ascii() && !document.as_bytes().contains(&0x7f) {
        return document;
    }
    let outside_json = |character: char| character != '\n' && is_unsafe(character);
    if !document.contains(outside_json) {
        return document;
    }
    let mut shown = String::with_capacity(document.len() + 16);
    for character in document.chars() {
        if outside_json(character) {
            for unit in character.encode_utf16(&mut [0; 2]) {
                let _ = write!(shown, "\\u{unit:04x}");
            }
        } else {
            shown.push(character);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_is_borrowed() {
        assert!(matches!(escape("pässword für db.example.com — ok"), Cow::Borrowed(_)));
    }

    #[test]
    fn nothing_that_steers_a_terminal_or_hides_text_passes() {
        assert_eq!(escape("a\x1b[2Jb\r\n\t\u{7f}\u{9b}"), "a\\x1b[2Jb\\r\\n\\t\\x7f\\x9b");
        assert_eq!(escape("x\u{202e}y\u{2066}z\u{2028}\u{200b}"), "x\\u{202e}y\\u{2066}z\\u{2028}\\u{200b}");
    }

    #[test]
    fn json_stays_exact_for_its_parser() {
        let value = "a\u{9b}\u{202e}\u{e0041}\n\x1b";
        let document = escape_json(serde_json::to_string_pretty(&[value]).unwrap());
        assert!(!document.contains(|c| c != '\n' && is_unsafe(c)));
        assert_eq!(serde_json::from_str::<Vec<String>>(&document).unwrap(), [value]);
    }
}
