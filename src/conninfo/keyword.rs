//! libpq's keyword/value grammar: `conninfo_parse` in `fe-connect.c` of PostgreSQL 15.

use zeroize::Zeroizing;

use super::Span;
use super::options::{RawOption, Refusal, is_keyword};
use super::uri::translate_requiressl;

/// Whether a byte is white space to C's `isspace`.
pub(crate) fn is_space(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte == 0x0b
}

/// Reads the keyword/value string at `range`.
pub(crate) fn parse(text: &str, range: Span) -> Result<Vec<RawOption>, Refusal> {
    let mut options = Vec::new();
    let mut parser = Parser { text, at: range.start, end: range.end };
    while let Some(option) = parser.option()? {
        options.push(option);
    }
    Ok(options)
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    end: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<u8> {
        if self.at < self.end { self.text.as_bytes().get(self.at).copied() } else { None }
    }

    fn skip_spaces(&mut self) {
        while self.peek().is_some_and(is_space) {
            self.at += 1;
        }
    }

    fn option(&mut self) -> Result<Option<RawOption>, Refusal> {
        self.skip_spaces();
        if self.peek().is_none() {
            return Ok(None);
        }
        let start = self.at;
        while self.peek().is_some_and(|byte| byte != b'=' && !is_space(byte)) {
            self.at += 1;
        }
        let key = start..self.at;
        self.skip_spaces();
        let keyword = &self.text[key.clone()];
        if self.peek() != Some(b'=') {
            return Err(Refusal::new("missing \"=\" after ", key)
                .quoting(keyword)
                .followed_by(" in connection info string"));
        }
        self.at += 1;
        self.skip_spaces();
        let (value, span) = if self.peek() == Some(b'\'') { self.quoted()? } else { self.bare() };
        let (keyword, value) = translate_requiressl(keyword.to_owned(), value);
        if !is_keyword(&keyword) {
            return Err(Refusal::new("invalid connection option ", key).quoting(keyword).unknown_key());
        }
        Ok(Some(RawOption { keyword, key_span: Some(key), value, span, pieces: Vec::new() }))
    }

    fn bare(&mut self) -> (Zeroizing<Vec<u8>>, Span) {
        let mut value = Zeroizing::new(Vec::new());
        let start = self.at;
        while let Some(byte) = self.peek().filter(|byte| !is_space(*byte)) {
            self.at += 1;
            if byte != b'\\' {
                value.push(byte);
            } else if let Some(escaped) = self.peek() {
                value.push(escaped);
                self.at += 1;
            }
        }
        (value, start..self.at)
    }

    /// A value in single quotes. Its span leaves the quotes out.
    fn quoted(&mut self) -> Result<(Zeroizing<Vec<u8>>, Span), Refusal> {
        let mut value = Zeroizing::new(Vec::new());
        self.at += 1;
        let start = self.at;
        loop {
            match self.peek() {
                None => {
                    let what = "unterminated quoted string in connection info string";
                    return Err(Refusal::new(what, start - 1..self.end));
                }
                Some(b'\\') => {
                    self.at += 1;
                    if let Some(escaped) = self.peek() {
                        value.push(escaped);
                        self.at += 1;
                    }
                }
                Some(b'\'') => {
                    let span = start..self.at;
                    self.at += 1;
                    return Ok((value, span));
                }
                Some(byte) => {
                    value.push(byte);
                    self.at += 1;
                }
            }
        }
    }
}
