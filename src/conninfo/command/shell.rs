//! Words as a POSIX shell reads them (POSIX.1-2017, Shell Command Language, sections 2.2 and 2.3), with the place of
//! every byte. Nothing is expanded: `$NAME` stays `$NAME`.

use zeroize::Zeroizing;

use super::super::Span;

/// One word, without its quotes and backslashes.
pub(super) struct Word {
    pub(super) value: Zeroizing<String>,
    /// Where each byte of the value stands in the text.
    map: Vec<usize>,
    /// Where the word stands, quotes and all.
    pub(super) span: Span,
}

/// A word, or what ends a simple command: `;`, `&`, `|`, a line end, a redirection.
pub(super) enum Token {
    Word(Word),
    End(Span),
}

impl Word {
    /// Where a stretch of the value stands in the text.
    pub(super) fn place(&self, range: &Span) -> Span {
        match (self.map.get(range.start), range.end.checked_sub(1).and_then(|last| self.map.get(last))) {
            (Some(first), Some(last)) if range.start < range.end => *first..last + 1,
            (Some(first), _) => *first..*first,
            (None, _) => self.span.end..self.span.end,
        }
    }

    /// The value from `from` on, with its place.
    pub(super) fn tail(&self, from: usize) -> (&str, Span) {
        (&self.value[from..], self.place(&(from..self.value.len())))
    }
}

/// Splits the text at `range`; `None` when a quote is not closed.
pub(super) fn tokens(text: &str, range: Span) -> Option<Vec<Token>> {
    let mut lexer = Lexer { text, at: range.start, end: range.end };
    let mut tokens = Vec::new();
    while !lexer.at_end() {
        tokens.push(lexer.token()?);
    }
    Some(tokens)
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    end: usize,
}

impl Lexer<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..self.end]
    }

    /// The length of a `\` before a line end, which a shell drops.
    fn continuation(&self) -> Option<usize> {
        ["\\\n", "\\\r\n"].into_iter().find(|mark| self.rest().starts_with(mark)).map(str::len)
    }

    /// Skips blanks; whether nothing follows.
    fn at_end(&mut self) -> bool {
        loop {
            let rest = self.rest();
            let blank = rest.len() - rest.trim_start_matches([' ', '\t']).len();
            match self.continuation() {
                Some(len) => self.at += len,
                None if blank > 0 => self.at += blank,
                None => return self.rest().is_empty(),
            }
        }
    }

    /// The next token, where there is one; `None` when a quote is not closed.
    fn token(&mut self) -> Option<Token> {
        let first = self.rest().chars().next()?;
        let start = self.at;
        if is_operator(first) {
            self.at += self.rest().len() - self.rest().trim_start_matches(is_operator).len();
            return Some(Token::End(start..self.at));
        }
        if first == '#' {
            self.at += self.rest().find('\n').unwrap_or(self.rest().len());
            return Some(Token::End(start..self.at));
        }
        let mut word = Word { value: Zeroizing::new(String::new()), map: Vec::new(), span: start..start };
        while let Some(c) = self.rest().chars().next() {
            if let Some(len) = self.continuation() {
                self.at += len;
            } else if c == ' ' || c == '\t' || is_operator(c) {
                break;
            } else if self.rest().starts_with("$'") {
                self.at += 2;
                self.quoted(&mut word, '\'', |_| true)?;
            } else if c == '\'' {
                self.at += 1;
                self.quoted(&mut word, '\'', |_| false)?;
            } else if c == '"' {
                self.at += 1;
                self.quoted(&mut word, '"', |next| matches!(next, '$' | '`' | '"' | '\\'))?;
            } else {
                let escaped = c == '\\' && self.rest().len() > 1;
                self.at += usize::from(escaped);
                self.take(&mut word);
            }
        }
        word.span.end = self.at;
        Some(Token::Word(word))
    }

    fn take(&mut self, word: &mut Word) {
        if let Some(c) = self.rest().chars().next() {
            word.value.push(c);
            word.map.extend(self.at..self.at + c.len_utf8());
            self.at += c.len_utf8();
        }
    }

    /// A stretch up to `quote`; a backslash quotes what `escapes` says.
    fn quoted(&mut self, word: &mut Word, quote: char, escapes: fn(char) -> bool) -> Option<()> {
        loop {
            let mut chars = self.rest().chars();
            let c = chars.next()?;
            if c == quote {
                self.at += 1;
                return Some(());
            }
            if let Some(len) = self.continuation().filter(|_| quote == '"') {
                self.at += len;
                continue;
            }
            if c == '\\' && chars.next().is_some_and(escapes) {
                self.at += 1;
            }
            self.take(word);
        }
    }
}

pub(super) fn is_operator(c: char) -> bool {
    matches!(c, ';' | '&' | '|' | '<' | '>' | '(' | ')' | '\n' | '\r')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Option<Vec<String>> {
        let tokens = tokens(text, 0..text.len())?;
        Some(
            tokens
                .into_iter()
                .map(|token| match token {
                    Token::Word(word) => word.value.to_string(),
                    Token::End(_) => "<end>".to_owned(),
                })
                .collect(),
        )
    }

    #[test]
    fn quotes_and_backslashes_are_read_as_a_shell_reads_them() {
        assert_eq!(words("a 'b c' \"d \\\" \\x\" e\\ f").unwrap(), ["a", "b c", "d \" \\x", "e f"]);
        assert_eq!(words("a \\\n  b\\\nc").unwrap(), ["a", "bc"]);
        assert_eq!(words("a='x'\"y\"z;b | c").unwrap(), ["a=xyz", "<end>", "b", "<end>", "c"]);
        assert_eq!(words("$'a\\'b' '' # c").unwrap(), ["a'b", "", "<end>"]);
        assert!(words("a 'b").is_none());
        assert!(words("a \"b").is_none());
    }

    #[test]
    fn every_byte_knows_its_place() {
        let text = "-d 'a\u{e9}\"b'c";
        let Some(Token::Word(word)) = tokens(text, 0..text.len()).unwrap().pop() else { unreachable!() };
        assert_eq!(word.value.as_str(), "a\u{e9}\"bc");
        assert_eq!(&text[word.place(&(0..5))], "a\u{e9}\"b");
        assert_eq!(&text[word.place(&(5..6))], "c");
        assert_eq!(word.place(&(6..6)), text.len()..text.len());
    }
}
