//! The lines of an `.env` file, read as the common implementations agree to read them; where they differ, a note.
//!
//! Compared by running them (November 2026): dotenv 16.6 and 18.0 for Node.js, `node --env-file` 20, `@next/env` 16.4,
//! dotenv-expand 12.0 and 1000.0, python-dotenv 1.2, `source` of bash; and by their sources: compose-go, Ruby's dotenv,
//! godotenv. All of them take `export`, quotes and comment lines. They differ over white space around `=`, over `#` in
//! a value without quotes, and over `$`, which is kept here as it stands: [`super::expand`] puts the variables in.

use zeroize::Zeroizing;

use super::{Expansion, LineNote};

/// One variable of a file.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) name: String,
    /// The value without its quotes.
    pub(crate) value: Zeroizing<String>,
    /// Counted from 1.
    pub(crate) line: usize,
    /// Where the value starts, inside its quotes; counted in characters from 1.
    pub(crate) column: usize,
    pub(crate) notes: Vec<LineNote>,
    /// The quote around the value in the file.
    pub(super) quote: Option<char>,
    /// Offsets in the value of each `$` that stood behind a backslash, which is taken off.
    pub(super) escaped: Vec<usize>,
    /// What came of its references; `None` as long as the value stands as written.
    pub(super) expansion: Option<Expansion>,
}

impl Entry {
    /// A variable or key of a file in another format.
    pub(crate) const fn placed(name: String, value: Zeroizing<String>, line: usize, column: usize) -> Self {
        Self { name, value, line, column, notes: Vec::new(), quote: None, escaped: Vec::new(), expansion: None }
    }

    /// A variable of the environment: it stands in no file, and nothing in it is replaced any more.
    pub(super) const fn of_environment(name: String, value: Zeroizing<String>) -> Self {
        Self { name, value, line: 0, column: 0, notes: Vec::new(), quote: None, escaped: Vec::new(), expansion: None }
    }
}

/// The variables of a file in the order of their lines. Of a name that occurs twice only the last counts, as in every
/// implementation.
pub(crate) fn parse(text: &str) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut reader = Reader { text: text.strip_prefix('\u{feff}').unwrap_or(text), at: 0, line: 1 };
    while reader.at < reader.text.len() {
        if let Some(entry) = reader.line() {
            entries.push(entry);
        }
    }
    if text.starts_with('\u{feff}')
        && let Some(first) = entries.first_mut().filter(|first| first.line == 1)
    {
        first.notes.push(LineNote::ByteOrderMark);
    }
    last_of_each(entries)
}

/// Drops the earlier ones of repeated names; what is left keeps its order.
fn last_of_each(entries: Vec<Entry>) -> Vec<Entry> {
    let mut last = std::collections::HashMap::new();
    for (index, entry) in entries.iter().enumerate() {
        last.insert(entry.name.clone(), index);
    }
    entries
        .into_iter()
        .enumerate()
        .filter(|(index, entry)| last.get(&entry.name) == Some(index))
        .map(|(_, e)| e)
        .collect()
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    /// The number of the line that starts at `at`.
    line: usize,
}

impl Reader<'_> {
    /// Reads the line at the cursor, and those that its quotes reach over.
    fn line(&mut self) -> Option<Entry> {
        let number = self.line;
        let start = self.at;
        let end = self.line_end(start);
        self.advance(end);
        let line = &self.text[start..end];
        let (name, equals) = name(line)?;
        let before = &line[..equals];
        let after = &line[equals + 1..];
        let value = start + equals + 1 + after.len() - after.trim_start_matches([' ', '\t']).len();
        let mut notes = Vec::new();
        if line.as_bytes()[equals] == b':' {
            notes.extend([LineNote::ColonForEquals, LineNote::SpacesAroundEquals]);
        } else if before.ends_with([' ', '\t']) || after.starts_with([' ', '\t']) {
            notes.push(LineNote::SpacesAroundEquals);
        }
        let quote = self.text[value..].chars().next().filter(|c| matches!(c, '"' | '\'' | '`'));
        let mut escaped = Vec::new();
        let quoted = quote.and_then(|quote| self.quoted(value, end, quote, &mut escaped, &mut notes));
        let quote = quote.filter(|_| quoted.is_some());
        if quote.is_none() {
            escaped.clear();
        }
        let (start_of_value, value) = match quoted {
            Some(text) => (value + 1, text),
            None => (value, unquoted(&self.text[value..end], &mut notes, &mut escaped)),
        };
        let column = 1 + self.text[start..start_of_value].chars().count();
        Some(Entry { name, value, line: number, column, notes, quote, escaped, expansion: None })
    }

    fn line_end(&self, from: usize) -> usize {
        self.text[from..].find('\n').map_or(self.text.len(), |at| from + at)
    }

    /// Goes behind the line end at `end`.
    fn advance(&mut self, end: usize) {
        self.line += self.text[self.at..end].matches('\n').count() + 1;
        self.at = (end + 1).min(self.text.len());
        if end == self.text.len() {
            self.at = end;
        }
    }

    /// A value in quotes, which may hold line ends. Without a closing quote it is no such value.
    fn quoted(
        &mut self,
        open: usize,
        line_end: usize,
        quote: char,
        escaped: &mut Vec<usize>,
        notes: &mut Vec<LineNote>,
    ) -> Option<Zeroizing<String>> {
        let mut value = Zeroizing::new(String::new());
        let mut is_odd = quote == '`';
        let mut chars = self.text[open + 1..].char_indices();
        while let Some((at, c)) = chars.next() {
            let here = open + 1 + at;
            if c == quote {
                let end = self.line_end(here);
                let rest = self.text[here + 1..end].trim();
                if is_odd || !rest.is_empty() && !rest.starts_with('#') {
                    notes.push(LineNote::QuotesReadDifferently);
                }
                if end > line_end {
                    self.advance(end);
                }
                return Some(value);
            }
            if c == '\\' && quote == '"' {
                let next = chars.next();
                is_odd |= next.is_some_and(|(_, next)| !matches!(next, 'n' | '$'));
                match next {
                    Some((_, 'n')) => value.push('\n'),
                    Some((_, 'r')) => value.push('\r'),
                    Some((_, 't')) => value.push('\t'),
                    Some((_, '$')) => {
                        escaped.push(value.len());
                        value.push('$');
                    }
                    Some((_, same @ ('"' | '\\'))) => value.push(same),
                    Some((_, other)) => value.extend(['\\', other]),
                    None => return None,
                }
                continue;
            }
            // A quote that would reach over the next assignment was never closed.
            let next_line = || self.text[here + 1..].lines().next().unwrap_or_default();
            if c == '\n' && name(next_line()).is_some_and(|(_, at)| next_line().as_bytes()[at] == b'=') {
                return None;
            }
            // A line end in quotes is one character to every reader.
            if c == '\n' && value.ends_with('\r') {
                value.pop();
            }
            value.push(c);
        }
        None
    }
}

/// The name before `=`, and where the `=` stands. Comments and other lines have none. dotenv for Node.js and Ruby's take
/// a `:` with white space behind it as well (`LINE` in `lib/main.js` of dotenv 18.0 and in `lib/dotenv/parser.rb`), the
/// others do not.
pub(crate) fn name(line: &str) -> Option<(String, usize)> {
    let start = line.trim_start();
    let start =
        start.strip_prefix("export").filter(|rest| rest.starts_with([' ', '\t'])).map_or(start, str::trim_start);
    let len = start.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(byte)).count();
    let (name, rest) = start.split_at(len);
    if !name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
        return None;
    }
    let equals = rest.trim_start().starts_with('=').then(|| rest.len() - rest.trim_start().len());
    let colon = || rest.strip_prefix(':').filter(|value| value.starts_with([' ', '\t'])).map(|_| 0);
    let separator = equals.or_else(colon)?;
    Some((name.to_owned(), line.len() - rest.len() + separator))
}

/// A value without quotes runs to the end of the line, or to a comment after white space. A `\r` and white space at
/// its end stay: some implementations keep them, and the reading says so. Of escapes there is only `\$`.
fn unquoted(raw: &str, notes: &mut Vec<LineNote>, escaped: &mut Vec<usize>) -> Zeroizing<String> {
    let comment = raw.char_indices().find(|(at, c)| *c == '#' && (*at == 0 || raw[..*at].ends_with([' ', '\t'])));
    let raw = match comment {
        Some((at, _)) => {
            if at > 0 {
                notes.push(LineNote::InlineComment);
            }
            raw[..at].trim_end()
        }
        None => raw,
    };
    if raw.contains('#') {
        notes.push(LineNote::HashInValue);
    }
    let mut value = Zeroizing::new(String::with_capacity(raw.len()));
    let mut pieces = raw.split("\\$");
    value.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        escaped.push(value.len());
        value.push('$');
        value.push_str(piece);
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str) -> Vec<(String, String, usize, usize)> {
        parse(text).into_iter().map(|e| (e.name, e.value.to_string(), e.line, e.column)).collect()
    }

    fn one(line: &str) -> (String, Vec<LineNote>) {
        let entry = parse(line).remove(0);
        (entry.value.to_string(), entry.notes)
    }

    #[test]
    fn lines_keep_their_numbers_and_columns() {
        let text = "# comment\n\nexport A=1\nB='two' # two\nC=\"x\ny\"\nD = 4\n";
        let pair = |name: &str, value: &str, line, column| (name.to_owned(), value.to_owned(), line, column);
        let expected = [pair("A", "1", 3, 10), pair("B", "two", 4, 4), pair("C", "x\ny", 5, 4), pair("D", "4", 7, 5)];
        assert_eq!(pairs(text), expected);
    }

    #[test]
    fn what_implementations_read_differently_is_noted() {
        assert_eq!(one("A = b"), ("b".to_owned(), vec![LineNote::SpacesAroundEquals]));
        assert_eq!(one("A: b"), ("b".to_owned(), vec![LineNote::ColonForEquals, LineNote::SpacesAroundEquals]));
        assert!(parse("A:b\nhttps://x\n").is_empty());
        assert_eq!(one("A=b # c"), ("b".to_owned(), vec![LineNote::InlineComment]));
        assert_eq!(one("A=b#c"), ("b#c".to_owned(), vec![LineNote::HashInValue]));
        assert_eq!(one("A=b$c"), ("b$c".to_owned(), vec![]));
        assert_eq!(one("A='b#$c'"), ("b#$c".to_owned(), vec![]));
        assert_eq!(one("\u{feff}A=b"), ("b".to_owned(), vec![LineNote::ByteOrderMark]));
        assert_eq!(one("A=b\r\n").0, "b\r");
    }

    #[test]
    fn of_a_repeated_name_the_last_counts() {
        let names: Vec<_> = pairs("A=1\nB=2\nA=3\n").into_iter().map(|(name, value, ..)| name + &value).collect();
        assert_eq!(names, ["B2", "A3"]);
    }

    #[test]
    fn quotes_are_taken_off_and_unclosed_ones_stay_on_their_line() {
        assert_eq!(one(r#"A="a\"b\\c\$d\e""#).0, r#"a"b\c$d\e"#);
        assert_eq!(pairs("A=\"open\nB=2\n").len(), 2);
        assert_eq!(one("A=\"open\nB=2\n").0, "\"open");
        assert_eq!(pairs("A='x\n").len(), 1);
    }
}
