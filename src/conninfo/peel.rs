//! What people paste around a setting: a byte order mark, white space, quotes, the variable's name, a line of code.

use super::layout::is_blank;
use super::syntax::{has_scheme, is_postgres};
use super::{Anomaly, AnomalyKind, Span};

/// The setting without its wrapping.
pub(crate) struct Peeled {
    pub(crate) core: Span,
    pub(crate) anomalies: Vec<Anomaly>,
    /// What stands behind the setting in a line of code, where a secret may be.
    pub(crate) secrets: Vec<Span>,
}

/// Takes the wrapping off, outermost first.
pub(crate) fn peel(text: &str) -> Peeled {
    let mut peeled = Peeled::whole(text);
    if text.starts_with('\u{feff}') {
        peeled.note(AnomalyKind::ByteOrderMark, 0..'\u{feff}'.len_utf8());
        peeled.core.start = '\u{feff}'.len_utf8();
    }
    peeled.white_space(text);
    peeled.code(text);
    peeled.quotes(text);
    // The name may stand inside the quotes: `"DATABASE_URL=postgresql://..."`.
    peeled.code(text);
    peeled.quotes(text);
    peeled.end_of_line(text);
    peeled
}

impl Peeled {
    /// A setting without any wrapping.
    pub(crate) fn whole(text: &str) -> Self {
        Self { core: 0..text.len(), anomalies: Vec::new(), secrets: Vec::new() }
    }

    fn note(&mut self, kind: AnomalyKind, span: Span) {
        self.anomalies.push(Anomaly { kind, span: Some(span) });
    }

    fn white_space(&mut self, text: &str) {
        let core = &text[self.core.clone()];
        let start = self.core.start + core.len() - core.trim_start_matches(is_blank).len();
        let end = start + core.trim_matches(is_blank).len();
        if start > self.core.start {
            self.note(AnomalyKind::EmbeddedWhitespace, self.core.start..start);
        }
        let after = &text[end..self.core.end];
        if after.contains('\r') {
            self.note(AnomalyKind::Crlf, end..self.core.end);
        } else if !after.is_empty() {
            self.note(AnomalyKind::TrailingWhitespace, end..self.core.end);
        }
        self.core = start..end;
    }

    /// `DATABASE_URL=`, `export DATABASE_URL=`, `- DATABASE_URL: `, `const sql = postgres(` before a URI.
    fn code(&mut self, text: &str) {
        let core = &text[self.core.clone()];
        if has_scheme(core) {
            return;
        }
        let Some(len) = Head::of(core) else { return };
        let start = self.core.start + len;
        self.note(AnomalyKind::KeyInValue, self.core.start..start);
        let called = core[..len].contains('(');
        self.core.start = start;
        let core = &text[self.core.clone()];
        if let Some(quote) = core.chars().next().filter(|first| QUOTES.contains(first)) {
            self.behind(text, quote);
        } else if let Some(inner) = core.trim_end_matches([';', ',']).strip_suffix(')').filter(|_| called) {
            self.core.end = self.core.start + inner.len();
        } else {
            self.words_behind(text);
        }
    }

    /// Leaves out further words behind a bare URI whose path has begun: `DATABASE_URL=postgresql://... npm start`.
    fn words_behind(&mut self, text: &str) {
        let core = &text[self.core.clone()];
        let Some(path) = core.rfind('@').and_then(|at| core[at..].find('/').map(|slash| at + slash)) else { return };
        let Some(end) = core[path..].find([' ', '\t']).map(|blank| self.core.start + path + blank) else { return };
        if text[end..self.core.end]
            .trim_start()
            .starts_with(|c: char| c.is_ascii_alphanumeric() || "-#&|.\\".contains(c))
        {
            self.secrets.push(end..self.core.end);
            self.core.end = end;
        }
    }

    /// Leaves out what follows the closing quote in a line of code, and hides it.
    fn behind(&mut self, text: &str, quote: char) {
        let core = &text[self.core.clone()];
        let close = closing(quote);
        // A quote in a password is followed by more of it, and before the `@` there is only that.
        let end = core.match_indices(close).map(|(at, _)| at + close.len_utf8()).skip(usize::from(quote == close));
        let end = end.into_iter().find(|end| {
            let rest = core[*end..].trim_start();
            let words = core[*end..].starts_with([' ', '\t', '\n']) && !rest.contains('@');
            core[..*end].contains('@')
                && (words || rest.is_empty() || rest.starts_with([')', ',', ';', '}', ']', '/', '#']))
        });
        let Some(end) = end.map(|end| self.core.start + end) else { return };
        if text[end..self.core.end].contains(char::is_alphanumeric) {
            self.secrets.push(end..self.core.end);
        }
        self.core.end = end;
    }

    /// Quotes around the whole, also when one of them is missing.
    fn quotes(&mut self, text: &str) {
        let core = &text[self.core.clone()];
        let Some(open) = core.chars().next() else { return };
        let bare = core.trim_end_matches([';', ',']);
        let start = self.core.start;
        if QUOTES.contains(&open) {
            let inside = start + open.len_utf8();
            let inner = bare.strip_suffix(closing(open)).filter(|inner| inner.len() >= open.len_utf8());
            if let Some(inner) = inner {
                self.note(AnomalyKind::QuotesInValue, start..self.core.end);
                self.core = inside..start + inner.len();
            } else if open != '<' {
                self.note(AnomalyKind::UnclosedQuote, start..inside);
                self.core.start = inside;
            }
        } else if let Some(last) = bare.chars().next_back().filter(|last| MARKS.contains(last) && has_scheme(core)) {
            let end = start + bare.len() - last.len_utf8();
            self.note(AnomalyKind::UnclosedQuote, end..self.core.end);
            self.core.end = end;
        }
    }

    /// `;` or `,` behind a URI: the end of a line of code, which drivers take into the database's name.
    fn end_of_line(&mut self, text: &str) {
        let core = &text[self.core.clone()];
        let bare = core.trim_end_matches([';', ',']);
        let bare = if bare.len() < core.len() { bare } else { without_end(core).unwrap_or(core) };
        if bare.len() < core.len() && has_scheme(core) && bare.contains('@') && !bare.ends_with('@') {
            let end = self.core.start + bare.len();
            self.note(AnomalyKind::QuotesInValue, end..self.core.end);
            self.core.end = end;
        }
    }
}

/// The last resort: a URI somewhere in a line, or an ADO.NET string in quotes in it. What stands around it is not
/// understood, so it is hidden.
pub(crate) fn peel_inside(text: &str) -> Option<Peeled> {
    let mut peeled = Peeled { core: 0..text.len(), anomalies: Vec::new(), secrets: Vec::new() };
    let of_uri = text.match_indices("postgres").find_map(|(at, _)| {
        let start = text[..at].strip_suffix("jdbc:").or_else(|| text[..at].strip_suffix("r2dbc:")).map_or(at, str::len);
        let begins =
            text[..start].ends_with(|c: char| c.is_whitespace() || "=:([{,<>|".contains(c) || QUOTES.contains(&c));
        (start > 0 && begins && text[start..].contains("://") && has_scheme(&text[start..])).then_some(start)
    });
    if let Some(start) = of_uri {
        let quote = text[..start].chars().next_back().filter(|last| QUOTES.contains(last));
        peeled.core.start = start - quote.map_or(0, char::len_utf8);
        match quote {
            Some(quote) => peeled.behind(text, quote),
            None => peeled.words_behind(text),
        }
    } else {
        let mut quotes = text.match_indices(['"', '\'']).map(|(at, _)| at).peekable();
        peeled.core = std::iter::from_fn(|| Some(quotes.next()?..*quotes.peek()? + 1))
            .find(|span| super::npgsql::recognise(&text[span.start + 1..span.end - 1]))?;
        peeled.secrets.push(peeled.core.end..text.len());
    }
    let start = peeled.core.start;
    peeled.secrets.push(0..start);
    peeled.note(AnomalyKind::KeyInValue, 0..start);
    peeled.quotes(text);
    peeled.end_of_line(text);
    Some(peeled)
}

/// What opens quotes around a value, in code, in prose and in word processors.
const QUOTES: &[char] = &['"', '\'', '`', '“', '‘', '«', '„', '<'];

/// Quotes that a value may end in by mistake.
const MARKS: &[char] = &['"', '\'', '`', '“', '”', '‘', '’', '«', '»'];

/// A URI that ends in the name of its database, without a sign behind it that belongs to the text around.
fn without_end(core: &str) -> Option<&str> {
    let name = core.rsplit('/').next()?;
    let bare = ["\\n", ")", "]", "}", ">", ".", "/", "\\"].iter().find_map(|end| core.strip_suffix(end))?;
    let name = if name.is_empty() {
        bare.rsplit('/').next()?
    } else {
        name.trim_end_matches("\\n").trim_end_matches(|c: char| !c.is_alphanumeric())
    };
    let plain =
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    (plain && !bare.ends_with('.') && bare.ends_with(name) && bare[..bare.len() - name.len()].ends_with('/'))
        .then_some(bare)
}

fn closing(quote: char) -> char {
    match quote {
        '“' => '”',
        '‘' => '’',
        '«' => '»',
        '„' => '“',
        '<' => '>',
        same => same,
    }
}

/// Words of shells and languages that may stand before a name or a value.
const WORDS: &[&str] = &[
    "export",
    "set",
    "env",
    "setx",
    "const",
    "let",
    "var",
    "val",
    "final",
    "public",
    "private",
    "static",
    "readonly",
    "string",
    "String",
    "ENV",
    "ARG",
    "new",
    "await",
    "return",
    "-e",
    "--env",
    "--build-arg",
    "docker",
    "run",
    "declare",
    "local",
    "$env",
    "auto",
    "or",
];

/// What stands before a URI in a line of code or of configuration. Nothing in it may be a value, as a value may be a
/// secret: there are names before `=` or `:`, functions before `(`, and a few well-known words.
struct Head<'a> {
    core: &'a str,
    at: usize,
    assigned: bool,
    called: bool,
}

impl<'a> Head<'a> {
    /// The most names and words that are taken.
    const MAX_STEPS: usize = 12;

    /// The length of the head of this text, `None` when it has none.
    fn of(core: &'a str) -> Option<usize> {
        let marks = core.trim_start_matches(['*', '>', '#', '|', ' ', '{', '[', ',']);
        let item = marks.strip_prefix("- ").or_else(|| marks.strip_prefix("$ ")).unwrap_or(marks);
        let mut head = Self { core, at: core.len() - item.len(), assigned: false, called: false };
        for _ in 0..Self::MAX_STEPS {
            let rest = &core[head.at..];
            head.at += rest.len() - rest.trim_start().len();
            if has_scheme(core[head.at..].trim_start_matches(QUOTES)) {
                return Some(head.at).filter(|at| *at > 0);
            }
            if !head.word() && !head.name()? {
                return None;
            }
        }
        None
    }

    /// Steps over a well-known word.
    fn word(&mut self) -> bool {
        let rest = &self.core[self.at..];
        let len = rest.find([' ', '\t', ':', '=']).unwrap_or(rest.len());
        let known = WORDS.contains(&&rest[..len]) && !rest[len..].trim_start().starts_with('=');
        if known {
            self.at += (len + 1).min(rest.len());
        }
        known
    }

    /// Steps over a name and the sign behind it.
    fn name(&mut self) -> Option<bool> {
        let rest = &self.core[self.at..];
        let quoted = rest.starts_with(QUOTES);
        let name = if quoted { &rest[rest.chars().next()?.len_utf8()..] } else { rest };
        let len = name.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || b"_.-$!?".contains(byte)).count();
        let after = &name[len..];
        // `f"postgresql://..."`
        if !quoted && (1..=2).contains(&len) && after.starts_with(['"', '\'']) && has_scheme(&after[1..]) {
            self.at += len;
            return Some(true);
        }
        // What follows a secret's name is a secret.
        if super::password::is_secret_key(&name[..len]) {
            return None;
        }
        // `postgresql:` is a scheme, not a name.
        if is_postgres(&name[..len]) && after.starts_with([':', '/']) {
            return Some(false);
        }
        let after = if quoted { after.strip_prefix(['"', '\'', '`'])? } else { after };
        let after = after.strip_prefix(']').unwrap_or(after).trim_start();
        let Some(sign) = [":=", "=>", "=", ":", "(", "[", "{"].into_iter().find(|sign| after.starts_with(sign)) else {
            return Some(false);
        };
        let opens = matches!(sign, "(" | "[" | "{");
        if len == 0 && !opens {
            return Some(false);
        }
        // One assignment (with a type), and the name of one argument.
        let of_type = matches!(&name[..len], "string" | "str" | "String");
        if !opens && self.assigned && !self.called && !of_type {
            return Some(false);
        }
        self.called = opens;
        self.assigned |= !opens;
        self.at = self.core.len() - after.len() + sign.len();
        Some(true)
    }
}
