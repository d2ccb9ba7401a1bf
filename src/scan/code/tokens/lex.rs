//! From text to tokens, in one pass: comments are left out, and what is put into a text is code within it.

use super::special::{self, Heredocs};
use super::syntax::{Body, Braces, Holes, Special, Syntax};

/// How deep texts and what is put into them may stand in each other.
const MAX_FRAMES: usize = 32;

/// A token.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token {
    pub(super) kind: Kind,
    /// Where it starts.
    pub(super) start: usize,
    /// Where it ends.
    pub(super) end: usize,
    /// Whether white space stands before it.
    pub(super) spaced: bool,
}

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Name,
    Number,
    /// `:name`, without the colon.
    Symbol,
    /// `name:`, without the colon.
    Key,
    TextStart,
    /// A plain part of a text.
    Part,
    HoleStart,
    HoleEnd,
    TextEnd,
    /// An opening bracket; `%` for Elixir's `%{`.
    Open(u8),
    Close,
    Dot,
    Comma,
    Colon,
    /// `=`, and what gives a value only where there is none.
    Assign,
    /// `=>`.
    Arrow,
    /// `<`, which may open the types of a name.
    Less,
    /// `>`.
    Greater,
    /// The end of a statement.
    End,
    /// A word that divides the code.
    Divider,
    /// Any other sign.
    Sign,
}

impl Kind {
    /// Whether a value ends with this token.
    pub(super) const fn ends_value(self) -> bool {
        matches!(self, Self::Name | Self::Number | Self::Symbol | Self::TextEnd | Self::Close)
    }

    /// Whether a line that ends with this token goes on.
    const fn goes_on(self) -> bool {
        !self.ends_value() && !matches!(self, Self::Greater)
    }
}

/// What the reader stands in.
#[derive(Clone, Copy)]
enum Frame {
    Text {
        body: Body,
        /// How many openings of the same kind stand in it.
        depth: usize,
        /// Where it ends whatever stands there, and where the code goes on: for a heredoc.
        until: Option<(usize, usize)>,
    },
    Code {
        /// How many braces are open.
        braces: usize,
        /// How many closing braces end it.
        closes: usize,
    },
}

/// Divides a file.
pub(super) fn lex(text: &str, syntax: &'static Syntax) -> Vec<Token> {
    let mut lexer = Lexer {
        text,
        bytes: text.as_bytes(),
        syntax,
        at: 0,
        tokens: Vec::new(),
        frames: Vec::new(),
        spaced: true,
        heredocs: Heredocs::default(),
    };
    while lexer.at < lexer.bytes.len() {
        let goes_on = match lexer.frames.last() {
            Some(Frame::Text { .. }) => lexer.text_step(),
            _ => lexer.code_step(),
        };
        if !goes_on {
            break;
        }
    }
    lexer.tokens
}

pub(super) struct Lexer<'t> {
    pub(super) text: &'t str,
    pub(super) bytes: &'t [u8],
    pub(super) syntax: &'static Syntax,
    pub(super) at: usize,
    tokens: Vec<Token>,
    frames: Vec<Frame>,
    spaced: bool,
    pub(super) heredocs: Heredocs<'t>,
}

impl Lexer<'_> {
    fn byte(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn starts(&self, text: &str) -> bool {
        self.bytes[self.at..].starts_with(text.as_bytes())
    }

    fn is_line_start(&self) -> bool {
        let before = &self.bytes[..self.at];
        let blank = before.iter().rev().take_while(|byte| matches!(byte, b' ' | b'\t')).take(256).count();
        matches!(before.len().checked_sub(blank + 1).map(|at| before[at]), None | Some(b'\n'))
    }

    fn push(&mut self, kind: Kind, length: usize) {
        let end = (self.at + length).min(self.bytes.len());
        self.tokens.push(Token { kind, start: self.at, end, spaced: self.spaced });
        self.at = end;
        self.spaced = false;
    }

    pub(super) fn last(&self) -> Option<Kind> {
        self.tokens.last().map(|token| token.kind)
    }

    /// Whether what begins here stands where a value does: behind a sign, or behind a name with white space before it
    /// and none within (`puts /x/`).
    pub(super) fn may_be_value(&self, next: u8) -> bool {
        match self.last() {
            Some(Kind::Name) => self.spaced && !next.is_ascii_whitespace() && next != b'=' && self.syntax.commands,
            Some(kind) => !kind.ends_value(),
            None => true,
        }
    }

    /// One token of code, or what stands between; `false` where the code ends.
    fn code_step(&mut self) -> bool {
        let byte = self.byte(0);
        if byte == b'\n' {
            self.new_line();
            return true;
        }
        if byte.is_ascii_whitespace() {
            self.at += 1;
            self.spaced = true;
            return true;
        }
        if self.comment() {
            return true;
        }
        if self.is_end_of_code() {
            return false;
        }
        if self.opens_text() {
            return true;
        }
        if self.is_name_start() {
            self.name();
        } else if byte.is_ascii_digit() {
            self.number();
        } else {
            self.sign(byte);
        }
        true
    }

    fn new_line(&mut self) {
        if self.syntax.lines && self.last().is_some_and(|kind| !kind.goes_on()) {
            self.push(Kind::End, 0);
        }
        self.at = self.heredocs.resume(self.at).max(self.at + 1);
        self.spaced = true;
    }

    fn comment(&mut self) -> bool {
        let syntax = self.syntax;
        let to_line_end = syntax.line_comments.iter().any(|start| self.starts(start))
            || (syntax.line_start_comments.iter().any(|start| self.starts(start)) && self.is_line_start());
        if to_line_end {
            let rest = &self.bytes[self.at..];
            self.at += memchr::memchr(b'\n', rest).unwrap_or(rest.len());
            return true;
        }
        let opens = |lexer: &Self, block: &super::syntax::Block| {
            lexer.starts(block.open) && (!block.at_line_start || lexer.at == 0 || lexer.bytes[lexer.at - 1] == b'\n')
        };
        let Some(block) = syntax.block_comments.iter().find(|block| opens(self, block)) else { return false };
        self.at += block.open.len();
        let mut depth = 1_usize;
        while self.at < self.bytes.len() {
            let at_place = !block.at_line_start || self.bytes[self.at - 1] == b'\n';
            if at_place && self.starts(block.close) {
                self.at += block.close.len();
                depth -= 1;
                if depth == 0 {
                    break;
                }
            } else if block.nests && self.starts(block.open) {
                self.at += block.open.len();
                depth += 1;
            } else {
                self.at += 1;
            }
        }
        self.spaced = true;
        true
    }

    fn is_end_of_code(&self) -> bool {
        let Some(mark) = self.syntax.end_of_code.filter(|mark| self.starts(mark)) else { return false };
        let alone = self.at == 0 || self.bytes[self.at - 1] == b'\n';
        alone && matches!(self.byte(mark.len()), b'\n' | b'\r' | 0)
    }

    /// Opens a text, if one begins here.
    fn opens_text(&mut self) -> bool {
        if let Some(form) = self.syntax.texts.iter().find(|form| self.starts(form.open)) {
            // C#'s `"""` is one of the special forms.
            let raw = self.syntax.special.contains(&Special::RawQuotes) && special::is_raw(&self.bytes[self.at..]);
            if !raw {
                self.open_text(form.open.len(), form.body, None);
                return true;
            }
        }
        self.syntax.special.iter().any(|form| special::open(self, *form))
    }

    pub(super) fn open_text(&mut self, length: usize, body: Body, until: Option<(usize, usize)>) {
        self.push(Kind::TextStart, length);
        self.frames.push(Frame::Text { body, depth: 0, until });
    }

    /// A character by itself: nobody asks which.
    pub(super) fn character(&mut self, length: usize) {
        self.push(Kind::Number, length);
    }

    /// The next plain part of a text, with what ends it.
    fn text_step(&mut self) -> bool {
        let frames = self.frames.len();
        let Some(&Frame::Text { body, mut depth, until }) = self.frames.last() else { return true };
        let start = self.at;
        let limit = until.map_or(self.bytes.len(), |(end, _)| end);
        let (closing, hole) = loop {
            if self.at >= limit {
                break (0, None);
            }
            let byte = self.byte(0);
            if byte == b'\n' && !body.lines {
                break (0, None);
            }
            if byte == b'\\' && body.escapes {
                self.at += 2;
                // The end of a line is no part of a text that ends with its line, not even behind a backslash.
                if !body.lines && self.at <= limit && self.bytes[self.at - 1] == b'\n' {
                    self.at -= 1;
                }
                continue;
            }
            if let Some(hole) = self.hole(body.holes, frames) {
                match hole {
                    Hole::Skip(length) => self.at += length,
                    found @ Hole::Opens { .. } => break (0, Some(found)),
                }
                continue;
            }
            if until.is_none() && body.nests != 0 && byte == body.nests {
                depth += 1;
            } else if until.is_none() && byte == body.close {
                if depth > 0 {
                    depth -= 1;
                } else if body.doubled && self.byte(1) == body.close {
                    self.at += 1;
                } else {
                    let run = self.run(body.close, if body.count == 1 { 1 } else { usize::MAX });
                    if run >= body.count {
                        break (run, None);
                    }
                    self.at += run - 1;
                }
            }
            self.at += 1;
        };
        self.at = self.at.min(self.bytes.len());
        if let Some(Frame::Text { depth: open, .. }) = self.frames.last_mut() {
            *open = depth;
        }
        self.end_part(start, closing, hole.as_ref(), until);
        true
    }

    fn end_part(&mut self, start: usize, closing: usize, hole: Option<&Hole>, until: Option<(usize, usize)>) {
        if self.at > start {
            self.tokens.push(Token { kind: Kind::Part, start, end: self.at, spaced: false });
        }
        match hole {
            Some(Hole::Opens { length, name: 0, closes }) => {
                self.push(Kind::HoleStart, *length);
                self.frames.push(Frame::Code { braces: 0, closes: *closes });
            }
            Some(Hole::Opens { length, name, .. }) => {
                self.push(Kind::HoleStart, *length);
                self.push(Kind::Name, *name);
                self.push(Kind::HoleEnd, 0);
            }
            Some(Hole::Skip(_)) => {}
            None => {
                self.push(Kind::TextEnd, closing);
                self.frames.pop();
                if let Some((end, back)) = until {
                    self.heredocs.done(self.at.max(end));
                    self.at = back;
                }
            }
        }
    }

    /// How often a byte stands here.
    fn run(&self, byte: u8, most: usize) -> usize {
        self.bytes[self.at..].iter().take(most).take_while(|found| **found == byte).count()
    }

    /// What is put in here, if anything.
    fn hole(&self, holes: Holes, frames: usize) -> Option<Hole> {
        let opens = |length, closes| Some(Hole::Opens { length, name: 0, closes });
        let found = match (holes, self.byte(0)) {
            (Holes::Hash, b'#') | (Holes::Dollar, b'$') if self.byte(1) == b'{' => opens(2, 1),
            (Holes::Dollar, b'$') if is_letter(self.byte(1)) => {
                let name = self.bytes[self.at + 1..].iter().take_while(|byte| is_name_byte(**byte)).count();
                Some(Hole::Opens { length: 1, name, closes: 0 })
            }
            (Holes::Braces(count), b'{') => {
                let run = self.run(b'{', usize::MAX);
                // Twice as many stand for themselves; of a run the last ones open.
                match (count, run) {
                    (1, run) if run % 2 == 0 => Some(Hole::Skip(run)),
                    (count, run) if run >= count => opens(run, count),
                    (_, run) => Some(Hole::Skip(run)),
                }
            }
            _ => None,
        };
        found.filter(|hole| matches!(hole, Hole::Skip(_)) || frames < MAX_FRAMES)
    }

    fn is_name_start(&self) -> bool {
        let byte = self.byte(0);
        is_letter(byte)
            || (self.syntax.name_starts.contains(&byte) && (is_letter(self.byte(1)) || self.byte(1) == b'@'))
            || (byte == b'`' && self.syntax.declares.contains(&"val"))
    }

    fn name(&mut self) {
        let start = self.at;
        let rest = &self.bytes[start..];
        let prefix = rest.iter().take_while(|byte| !is_name_byte(**byte)).take(2).count();
        let mut end = start + prefix + rest[prefix..].iter().take_while(|byte| is_name_byte(**byte)).count();
        if rest[0] == b'`' {
            // Kotlin's names in backticks.
            let length = rest[1..].iter().take_while(|byte| !matches!(byte, b'`' | b'\n')).count();
            end = (start + length + 2).min(self.bytes.len());
        }
        let next = |at: usize| self.bytes.get(at).copied().unwrap_or(0);
        if self.syntax.name_ends.contains(&next(end)) && next(end + 1) != b'=' {
            end += 1;
        }
        let member = self.last() == Some(Kind::Dot);
        let is_key = self.syntax.symbols
            && next(end) == b':'
            && (next(end + 1).is_ascii_whitespace() || next(end + 1) == 0)
            && !member;
        let kind = if is_key {
            Kind::Key
        } else if !member && self.text.get(start..end).is_some_and(|word| self.syntax.dividers.contains(&word)) {
            Kind::Divider
        } else {
            Kind::Name
        };
        self.push(kind, end.max(start + 1) - start);
        self.at += usize::from(is_key);
    }

    fn number(&mut self) {
        let rest = &self.bytes[self.at..];
        let mut length = 0;
        while let Some(byte) = rest.get(length) {
            let point = *byte == b'.' && rest.get(length + 1).is_some_and(u8::is_ascii_digit);
            if !is_name_byte(*byte) && !point {
                break;
            }
            length += 1;
        }
        self.push(Kind::Number, length);
    }

    fn sign(&mut self, byte: u8) {
        let next = self.byte(1);
        let value = self.last().is_some_and(Kind::ends_value) && !self.spaced;
        if value && self.syntax.after_values.contains(&byte) && !matches!(next, b'=' | b'.' | b':' | b'?' | b'[') {
            self.at += 1;
            return;
        }
        if value && byte == b'!' && self.syntax.after_values.contains(&b'!') && next == b'.' {
            self.at += 1;
            return;
        }
        match (byte, next) {
            (b'(' | b'[', _) => self.push(Kind::Open(byte), 1),
            (b'{', _) => self.brace(1, b'{'),
            (b'%', b'{') if self.syntax.braces == Braces::Tuple => self.brace(2, b'%'),
            (b')' | b']', _) => self.push(Kind::Close, 1),
            (b'}', _) => self.close_brace(),
            (b',', _) => self.push(Kind::Comma, 1),
            (b';', _) => self.push(Kind::End, 1),
            (b'.', b'.') => {
                let dots = self.run(b'.', 3);
                self.push(Kind::Sign, dots);
            }
            (b'.', _) => self.push(Kind::Dot, 1),
            (b'?' | b'&', b'.') | (b':', b':') => self.push(Kind::Dot, 2),
            (b':', b'=') => self.push(Kind::Assign, 2),
            (b':', _) if self.syntax.symbols && (is_letter(next) || next == b'"') && (!value || self.spaced) => {
                self.symbol();
            }
            (b':', _) => self.push(Kind::Colon, 1),
            (b'=', b'>') => self.push(Kind::Arrow, 2),
            (b'=' | b'!' | b'<' | b'>', b'=') | (b'=', b'~') => {
                let length = if self.byte(2) == b'=' { 3 } else { 2 };
                self.push(Kind::Sign, length);
            }
            (b'=', _) => self.push(Kind::Assign, 1),
            (b'|', b'|') | (b'&', b'&') | (b'?', b'?') if self.byte(2) == b'=' => self.push(Kind::Assign, 3),
            (b'-', b'>') | (b'<', b'-' | b'>' | b'<') | (b'|', b'>' | b'|') | (b'&', b'&') | (b'?', b'?' | b':') => {
                self.push(Kind::Sign, 2);
            }
            (b'<', _) => self.push(Kind::Less, 1),
            (b'>', _) => self.push(Kind::Greater, 1),
            (b'+' | b'-' | b'*' | b'/' | b'|' | b'&' | b'^' | b'%', b'=') => self.push(Kind::Sign, 2),
            _ => self.push(Kind::Sign, 1),
        }
    }

    fn symbol(&mut self) {
        self.at += 1;
        if self.byte(0) == b'"' {
            // `:"a name"` is the text behind the colon.
            return;
        }
        let rest = &self.bytes[self.at..];
        let mut length = rest.iter().take_while(|byte| is_name_byte(**byte)).count();
        if rest.get(length).is_some_and(|byte| self.syntax.name_ends.contains(byte)) {
            length += 1;
        }
        self.push(Kind::Symbol, length);
    }

    fn brace(&mut self, length: usize, open: u8) {
        if let Some(Frame::Code { braces, .. }) = self.frames.last_mut() {
            *braces += 1;
        }
        self.push(Kind::Open(open), length);
    }

    fn close_brace(&mut self) {
        match self.frames.last_mut() {
            Some(Frame::Code { braces: 0, closes }) => {
                let closes = *closes;
                self.frames.pop();
                let run = self.run(b'}', closes);
                self.push(Kind::HoleEnd, run);
            }
            Some(Frame::Code { braces, .. }) => {
                *braces -= 1;
                self.push(Kind::Close, 1);
            }
            _ => self.push(Kind::Close, 1),
        }
    }
}

/// What is put into a text.
enum Hole {
    /// Nothing: these bytes stand for themselves.
    Skip(usize),
    /// The bytes that open it, those of the name if it is only one, and how many braces close it.
    Opens { length: usize, name: usize, closes: usize },
}

const fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

pub(super) const fn is_name_byte(byte: u8) -> bool {
    is_letter(byte) || byte.is_ascii_digit()
}
