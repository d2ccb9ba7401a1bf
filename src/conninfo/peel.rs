//! What people paste around a setting: a byte order mark, white space, quotes, the variable's name.

use super::syntax::{has_scheme, is_postgres};
use super::{Anomaly, AnomalyKind, Span};

/// The setting without its wrapping.
pub(crate) struct Peeled {
    pub(crate) core: Span,
    pub(crate) anomalies: Vec<Anomaly>,
}

/// Takes the wrapping off, outermost first.
pub(crate) fn peel(text: &str) -> Peeled {
    let mut peeled = Peeled { core: 0..text.len(), anomalies: Vec::new() };
    if text.starts_with('\u{feff}') {
        peeled.note(AnomalyKind::ByteOrderMark, 0..'\u{feff}'.len_utf8());
        peeled.core.start = '\u{feff}'.len_utf8();
    }
    peeled.white_space(text);
    peeled.variable(text);
    peeled.quotes(text);
    // The name may stand inside the quotes: `"DATABASE_URL=postgresql://..."`.
    peeled.variable(text);
    peeled.quotes(text);
    peeled
}

impl Peeled {
    fn note(&mut self, kind: AnomalyKind, span: Span) {
        self.anomalies.push(Anomaly { kind, span: Some(span) });
    }

    fn white_space(&mut self, text: &str) {
        let core = &text[self.core.clone()];
        let start = self.core.start + core.len() - core.trim_start().len();
        let end = start + core.trim().len();
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

    /// `DATABASE_URL=`, `export DATABASE_URL=`, `DATABASE_URL: ` before a URI.
    fn variable(&mut self, text: &str) {
        let core = &text[self.core.clone()];
        let mut name = core;
        for word in ["export ", "set ", "env ", "setx ", "$env:", "-e ", "--env ", "const ", "let ", "var "] {
            name = name.strip_prefix(word).unwrap_or(name).trim_start();
        }
        let len = name.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(byte)).count();
        let after = name[len..].trim_start();
        let Some(value) = after.strip_prefix(['=', ':']).filter(|_| len > 0) else { return };
        let value = value.trim_start();
        // `postgresql:postgres://` is a scheme twice, not a name.
        if is_postgres(&name[..len]) {
            return;
        }
        if !has_scheme(value.trim_start_matches(QUOTES)) || has_scheme(core) {
            return;
        }
        let start = self.core.end - value.len();
        self.note(AnomalyKind::KeyInValue, self.core.start..start);
        self.core.start = start;
    }

    /// Quotes around the whole, also when one of them is missing.
    fn quotes(&mut self, text: &str) {
        let core = &text[self.core.clone()];
        let Some(open) = core.chars().next() else { return };
        let closing = core.trim_end_matches([';', ',']);
        if let Some((_, close)) = PAIRS.iter().find(|(quote, _)| *quote == open) {
            let inside = self.core.start + open.len_utf8();
            let inner = closing.strip_suffix(*close).filter(|inner| inner.len() >= open.len_utf8());
            let start = self.core.start;
            if let Some(inner) = inner {
                self.note(AnomalyKind::QuotesInValue, start..self.core.end);
                self.core = inside..start + inner.len();
            } else {
                self.note(AnomalyKind::UnclosedQuote, start..inside);
                self.core.start = inside;
            }
        } else if let Some(last) = closing.chars().next_back().filter(|last| QUOTES.contains(last) && has_scheme(core))
        {
            let end = self.core.start + closing.len() - last.len_utf8();
            self.note(AnomalyKind::UnclosedQuote, end..self.core.end);
            self.core.end = end;
        }
    }
}

/// Quotes that people and word processors put around a value, with what closes them.
const PAIRS: &[(char, char)] = &[('"', '"'), ('\'', '\''), ('`', '`'), ('“', '”'), ('‘', '’'), ('«', '»')];

/// All of them.
const QUOTES: &[char] = &['"', '\'', '`', '“', '”', '‘', '’', '«', '»'];
