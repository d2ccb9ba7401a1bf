//! Forms of text whose opening says how they end.

use std::collections::HashMap;

use super::lex::{Lexer, is_name_byte};
use super::syntax::{Body, Holes, Special};

/// The longest name of a heredoc.
const MAX_TAG_BYTES: usize = 128;

/// Opens a text of this form, if one begins here.
pub(super) fn open(lexer: &mut Lexer<'_>, form: Special) -> bool {
    match form {
        Special::RawQuotes => raw_quotes(lexer),
        Special::Percent => percent(lexer),
        Special::Heredoc => heredoc(lexer),
        Special::Slashes => slashes(lexer),
        Special::Sigil => sigil(lexer),
        Special::Character => character(lexer),
    }
}

/// Whether C#'s raw text begins here: three quotes or more behind any number of `$`.
pub(super) fn is_raw(rest: &[u8]) -> bool {
    let dollars = run(rest, b'$');
    run(&rest[dollars..], b'"') >= 3
}

fn run(bytes: &[u8], byte: u8) -> usize {
    bytes.iter().take_while(|found| **found == byte).count()
}

fn raw_quotes(lexer: &mut Lexer<'_>) -> bool {
    let rest = &lexer.bytes[lexer.at..];
    let dollars = run(rest, b'$');
    let quotes = run(&rest[dollars..], b'"');
    if quotes < 3 {
        return false;
    }
    let holes = if dollars == 0 { Holes::None } else { Holes::Braces(dollars) };
    let body = Body { close: b'"', count: quotes, nests: 0, escapes: false, doubled: false, lines: true, holes };
    lexer.open_text(dollars + quotes, body, None);
    true
}

/// The closing byte of an opening one, and whether they nest.
const fn closing(open: u8) -> (u8, u8) {
    match open {
        b'(' => (b')', b'('),
        b'[' => (b']', b'['),
        b'{' => (b'}', b'{'),
        b'<' => (b'>', b'<'),
        other => (other, 0),
    }
}

fn percent(lexer: &mut Lexer<'_>) -> bool {
    let rest = &lexer.bytes[lexer.at..];
    let byte = |at: usize| rest.get(at).copied().unwrap_or(0);
    if byte(0) != b'%' || !lexer.may_be_value(byte(1)) {
        return false;
    }
    let letter = b"qQwWiIrsx".contains(&byte(1));
    let open = byte(1 + usize::from(letter));
    let opens = if letter { open.is_ascii_punctuation() } else { b"([{<|!".contains(&open) };
    if !opens {
        return false;
    }
    let (close, nests) = closing(open);
    let holes = if b"qwis".contains(&byte(1)) { Holes::None } else { Holes::Hash };
    let body = Body { close, count: 1, nests, escapes: true, doubled: false, lines: true, holes };
    lexer.open_text(2 + usize::from(letter), body, None);
    true
}

fn slashes(lexer: &mut Lexer<'_>) -> bool {
    let rest = &lexer.bytes[lexer.at..];
    if rest[0] != b'/' || !lexer.may_be_value(rest.get(1).copied().unwrap_or(b' ')) {
        return false;
    }
    // Behind a name it may divide after all, and then must not take more than its line.
    let lines = lexer.last().is_none_or(|kind| !kind.ends_value());
    let body = Body { close: b'/', count: 1, nests: 0, escapes: true, doubled: false, lines, holes: Holes::Hash };
    lexer.open_text(1, body, None);
    true
}

fn sigil(lexer: &mut Lexer<'_>) -> bool {
    let rest = &lexer.bytes[lexer.at..];
    let letters = rest[1.min(rest.len())..].iter().take_while(|byte| byte.is_ascii_alphabetic()).take(16).count();
    if rest[0] != b'~' || letters == 0 {
        return false;
    }
    let open = rest.get(1 + letters).copied().unwrap_or(0);
    if !b"/|\"'([{<".contains(&open) {
        return false;
    }
    let (close, nests) = closing(open);
    let count = if matches!(open, b'"' | b'\'') && run(&rest[1 + letters..], open) >= 3 { 3 } else { 1 };
    let interpolates = rest[1].is_ascii_lowercase();
    let holes = if interpolates { Holes::Hash } else { Holes::None };
    let body = Body { close, count, nests, escapes: interpolates, doubled: false, lines: true, holes };
    lexer.open_text(1 + letters + count, body, None);
    true
}

fn character(lexer: &mut Lexer<'_>) -> bool {
    let rest = &lexer.bytes[lexer.at..];
    let byte = |at: usize| rest.get(at).copied().unwrap_or(b' ');
    if byte(0) != b'?' || byte(1).is_ascii_whitespace() || lexer.last().is_some_and(super::lex::Kind::ends_value) {
        return false;
    }
    let (length, next) = if byte(1) == b'\\' { (3, b' ') } else { (2, byte(2)) };
    if is_name_byte(next) || !byte(1).is_ascii() {
        return false;
    }
    lexer.character(length);
    true
}

fn heredoc(lexer: &mut Lexer<'_>) -> bool {
    let rest = &lexer.bytes[lexer.at..];
    if !rest.starts_with(b"<<") {
        return false;
    }
    let mut at = 2 + usize::from(matches!(rest.get(2), Some(b'~' | b'-')));
    let quote = rest.get(at).copied().filter(|byte| matches!(byte, b'\'' | b'"' | b'`'));
    at += usize::from(quote.is_some());
    let tag = at..at + rest[at.min(rest.len())..].iter().take(MAX_TAG_BYTES).take_while(|b| is_name_byte(**b)).count();
    if tag.is_empty() || (quote.is_none() && !rest[tag.start].is_ascii_uppercase()) {
        // `a << b` puts something into a list.
        return false;
    }
    let length = tag.end + usize::from(quote.is_some());
    if quote.is_some() && rest.get(tag.end).copied() != quote {
        return false;
    }
    let (text, start) = (lexer.text, lexer.at);
    let Some(tag) = text.get(start + tag.start..start + tag.end) else { return false };
    let Some((body, end, resume)) = lexer.heredocs.find(text, start, tag) else { return false };
    let holes = if quote == Some(b'\'') { Holes::None } else { Holes::Hash };
    let escapes = quote != Some(b'\'');
    let form = Body { close: 0, count: 1, nests: 0, escapes, doubled: false, lines: true, holes };
    let back = start + length;
    lexer.open_text(length, form, Some((end, back)));
    lexer.heredocs.resumes(resume);
    lexer.at = body;
    true
}

/// Where the heredocs of a line stand.
#[derive(Default)]
pub(super) struct Heredocs<'t> {
    /// The end of the line that opens them, and where the code goes on behind the last one.
    line: Option<(usize, usize)>,
    /// Where each line stands that is one name, made once: each search is one look.
    names: Option<HashMap<&'t str, Vec<usize>>>,
    /// The line that opens the one being read, and where the code goes on behind it.
    open: Vec<(usize, usize)>,
}

impl<'t> Heredocs<'t> {
    /// Where the body of a heredoc starts, where it ends, and where the code goes on.
    fn find(&mut self, text: &'t str, at: usize, tag: &str) -> Option<(usize, usize, usize)> {
        let (line_end, body) = match self.line {
            Some((line_end, resume)) if at < line_end => (line_end, (resume + 1).min(text.len())),
            _ => {
                let line_end = at + memchr::memchr(b'\n', &text.as_bytes()[at..])?;
                (line_end, line_end + 1)
            }
        };
        let names = self.names.get_or_insert_with(|| lines_of_names(text));
        let lines = names.get(tag)?;
        let end = lines.get(lines.partition_point(|start| *start < body)).copied()?;
        let resume = memchr::memchr(b'\n', &text.as_bytes()[end..]).map_or(text.len(), |length| end + length);
        self.line = Some((line_end, resume));
        Some((body, end, resume))
    }

    fn resumes(&mut self, resume: usize) {
        let line_end = self.line.map_or(resume, |(line_end, _)| line_end);
        self.open.push((line_end, resume));
    }

    /// A heredoc has been read, up to here: others may have been opened and read in it.
    pub(super) fn done(&mut self, read: usize) {
        if let Some((line_end, resume)) = self.open.pop() {
            self.line = Some((line_end, resume.max(read)));
        }
    }

    /// Where the code goes on when a line ends here.
    pub(super) fn resume(&mut self, at: usize) -> usize {
        match self.line {
            Some((line_end, resume)) if at >= line_end => {
                self.line = None;
                resume
            }
            _ => at,
        }
    }
}

/// The starts of the lines that are one name.
fn lines_of_names(text: &str) -> HashMap<&str, Vec<usize>> {
    let mut names: HashMap<&str, Vec<usize>> = HashMap::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let name = line.trim();
        if !name.is_empty() && name.len() <= MAX_TAG_BYTES && name.bytes().all(is_name_byte) {
            names.entry(name).or_default().push(start);
        }
        start += line.len();
    }
    names
}
