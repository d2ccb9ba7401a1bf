//! Where one assignment of an `.env` file stands, byte by byte.

use std::ops::Range;

use super::patch::Text;
use crate::target;

/// An assignment in a file's text. All ranges are byte offsets in the file.
pub(crate) struct Assignment {
    /// The first line of it, without its line end.
    pub(crate) line: Range<usize>,
    /// From the end of the name to the start of the value or its quote: `=` with the white space around it.
    pub(crate) equals: Range<usize>,
    /// The value as written, inside its quotes.
    pub(crate) value: Range<usize>,
    /// The quote around it.
    pub(crate) quote: Option<char>,
    /// A comment behind a value without quotes, with the white space before it.
    pub(crate) comment: Option<Range<usize>>,
}

/// The assignment of `variable` on a line (counted from 1); `None` when none stands there.
pub(crate) fn find(file: &Text<'_>, line: usize, variable: &str) -> Option<Assignment> {
    let text = file.text;
    let line = file.line(line)?;
    let written = &text[line.clone()];
    let mark = written.len() - written.trim_start_matches('\u{feff}').len();
    let (name, equals) = target::env_assignment(&written[mark..])?;
    let equals = equals + mark;
    if name != variable {
        return None;
    }
    let name_end = line.start + written[..equals].trim_end().len();
    let after = &text[line.start + equals + 1..line.end];
    let start = line.end - after.trim_start_matches([' ', '\t']).len();
    let equals = name_end..start;
    let open = text[start..line.end].chars().next().filter(|c| matches!(c, '"' | '\'' | '`'));
    if let Some(quote) = open
        && let Some(end) = closing(&text[start + 1..], quote)
    {
        let value = start + 1..start + 1 + end;
        return Some(Assignment { line, equals, value, quote: Some(quote), comment: None });
    }
    let raw = &text[start..line.end];
    let comment = raw.char_indices().find(|(at, c)| *c == '#' && raw[..*at].ends_with([' ', '\t'])).map(|(at, _)| at);
    let (value, comment) = match comment {
        Some(at) => {
            let end = start + raw[..at].trim_end().len();
            (start..end, Some(end..start + raw.trim_end().len()))
        }
        None => (start..line.end, None),
    };
    Some(Assignment { line, equals, value, quote: None, comment })
}

/// Where the quote closes; in double quotes a backslash takes the next character with it.
fn closing(text: &str, quote: char) -> Option<usize> {
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        if c == quote {
            return Some(at);
        }
        if c == '\\' && quote == '"' {
            chars.next()?;
        }
    }
    None
}
