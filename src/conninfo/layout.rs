//! Where the parts of a URI stand, read leniently: once somebody knows (or guesses) where the credentials end, the
//! rest has a shape even when libpq refuses it.

use zeroize::Zeroizing;

use super::options::RawOption;
use super::percent::decode_lenient;
use super::{Anomaly, AnomalyKind, Span};

/// One `host[:port]`.
#[derive(Clone)]
pub(crate) struct Netloc {
    /// Without brackets.
    pub(crate) host: Span,
    pub(crate) bracketed: bool,
    pub(crate) port: Option<Span>,
}

/// Everything after the credentials.
#[derive(Clone)]
pub(crate) struct Tail {
    pub(crate) netlocs: Vec<Netloc>,
    pub(crate) database: Option<Span>,
    /// Keys and values; a key without `=` has no value.
    pub(crate) query: Vec<(Span, Option<Span>)>,
    pub(crate) anomalies: Vec<Anomaly>,
}

/// Reads `host[:port],.../database?query` leniently.
pub(crate) fn tail(text: &str, range: Span) -> Tail {
    let mut reader = Reader { text, at: range.start, end: range.end, anomalies: Vec::new() };
    reader.skip_web_scheme();
    let mut netlocs = vec![reader.netloc()];
    while reader.peek() == Some(b',') {
        reader.at += 1;
        netlocs.push(reader.netloc());
    }
    let mut database = None;
    if reader.peek() == Some(b'/') {
        reader.at += 1;
        database = Some(reader.database());
    }
    let query = reader.query();
    let fragment = reader.at..range.end;
    if !fragment.is_empty() {
        reader.note(AnomalyKind::UrlFragment, fragment);
    }
    Tail { netlocs, database: database.filter(|span| !span.is_empty()), query, anomalies: reader.anomalies }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    end: usize,
    anomalies: Vec<Anomaly>,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        if self.at < self.end { self.text.as_bytes().get(self.at).copied() } else { None }
    }

    fn until(&mut self, stops: &[u8]) -> Span {
        let from = self.at;
        while self.peek().is_some_and(|byte| !stops.contains(&byte)) {
            self.at += 1;
        }
        from..self.at
    }

    fn note(&mut self, kind: AnomalyKind, span: Span) {
        self.anomalies.push(Anomaly { kind, span: Some(span) });
    }

    /// `https://` in the place where the host begins.
    fn skip_web_scheme(&mut self) {
        let rest = &self.text[self.at..self.end];
        if let Some(scheme) = ["https://", "http://"].into_iter().find(|scheme| rest.starts_with(scheme)) {
            self.note(AnomalyKind::UrlAsHost, self.at..self.at + scheme.len());
            self.at += scheme.len();
        }
    }

    fn netloc(&mut self) -> Netloc {
        let closing = self.text[self.at..self.end].find([']', '/']).map(|at| self.at + at);
        let closing = closing.filter(|at| self.peek() == Some(b'[') && self.text.as_bytes().get(*at) == Some(&b']'));
        // `[REGION].example.com` is a template, not an address in brackets.
        let address = closing
            .filter(|at| matches!(self.text.as_bytes().get(at + 1), None | Some(b':' | b'/' | b'?' | b',' | b'#')));
        let (host, bracketed) = match address {
            Some(at) => {
                let host = self.at + 1..at;
                self.at = at + 1;
                (host, true)
            }
            None => (self.host(), false),
        };
        let mut port = None;
        if self.peek() == Some(b':') {
            self.at += 1;
            let from = self.at;
            self.template_or_until(b"/?,#&");
            // `:5432&sslmode=require` lacks a `?`; any other `&` belongs to whatever this is.
            while self.peek() == Some(b'&') && !starts_with_pair(&self.text[self.at + 1..self.end]) {
                self.at += 1;
                self.template_or_until(b"/?,#&");
            }
            port = Some(from..self.at);
        }
        Netloc { host, bracketed, port }
    }

    fn host(&mut self) -> Span {
        let from = self.at;
        // `???.pooler.supabase.com` in a template.
        if self.text[self.at..self.end].starts_with("???") {
            self.at += self.text[self.at..self.end].bytes().take_while(|byte| *byte == b'?').count();
        }
        self.template_or_until(b":/?,#");
        from..self.at
    }

    /// Like `until`, but steps over `${...}` as a whole: `${DB_HOST:-localhost}`.
    fn template_or_until(&mut self, stops: &[u8]) {
        loop {
            self.until(&[stops, b"$"].concat());
            if self.peek() != Some(b'$') {
                return;
            }
            let rest = &self.text[self.at..self.end];
            let len = if rest.starts_with("${") { rest.find('}').map_or(1, |at| at + 1) } else { 1 };
            self.at += len;
        }
    }

    fn database(&mut self) -> Span {
        let from = self.at;
        loop {
            self.until(b"?#&");
            if self.peek() == Some(b'&') && !starts_with_pair(&self.text[self.at + 1..self.end]) {
                self.at += 1;
                continue;
            }
            return from..self.at;
        }
    }

    fn query(&mut self) -> Vec<(Span, Option<Span>)> {
        let start = self.at;
        match self.peek() {
            Some(b'?') => {
                self.at += 1;
                while self.peek() == Some(b'?') {
                    self.at += 1;
                }
                if self.at > start + 1 {
                    self.note(AnomalyKind::DoubleQuestionMark, start..self.at);
                }
            }
            Some(b'&') => {
                self.at += 1;
                self.note(AnomalyKind::QueryWithoutQuestionMark, start..self.at);
            }
            _ => return Vec::new(),
        }
        let mut pairs = Vec::new();
        while self.peek().is_some_and(|byte| byte != b'#') {
            let key = self.until(b"=&#");
            let mut value = None;
            if self.peek() == Some(b'=') {
                self.at += 1;
                value = Some(self.value());
            }
            if !key.is_empty() || value.is_some() {
                pairs.push((key, value));
            }
            if matches!(self.peek(), Some(b'&' | b'?')) {
                self.at += 1;
            }
        }
        pairs
    }

    /// A value ends at `&`, and at a second `?` that begins another pair.
    fn value(&mut self) -> Span {
        let from = self.at;
        loop {
            self.until(b"&#?");
            if self.peek() == Some(b'?') {
                if starts_with_pair(&self.text[self.at + 1..self.end]) {
                    self.note(AnomalyKind::DoubleQuestionMark, self.at..self.at + 1);
                    return from..self.at;
                }
                self.at += 1;
                continue;
            }
            return from..self.at;
        }
    }
}

/// Whether a text starts like `key=value`.
fn starts_with_pair(text: &str) -> bool {
    let key = text.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
    key > 1 && text.as_bytes().get(key) == Some(&b'=')
}

impl Tail {
    /// The options of this tail, decoded as far as they can be.
    pub(crate) fn options(&self, text: &str, plus_is_space: bool) -> Vec<RawOption> {
        let mut options = Vec::new();
        let hosts: Vec<Span> = self.netlocs.iter().map(|netloc| netloc.host.clone()).collect();
        let ports: Vec<Span> = self
            .netlocs
            .iter()
            .map(|netloc| {
                let port = netloc.port.clone().unwrap_or(netloc.host.end..netloc.host.end);
                last_port(text, port)
            })
            .collect();
        list(text, "host", hosts, &mut options);
        list(text, "port", ports, &mut options);
        if let Some(span) = &self.database {
            options.push(option("dbname".to_owned(), None, &squeezed(&text[span.clone()]), span));
        }
        for (key, value) in &self.query {
            let value = value.clone().unwrap_or(key.end..key.end);
            let keyword = squeezed(&decode_lenient(&text[key.clone()]));
            let raw = text[value.clone()].trim_end_matches(['\r', '\n']);
            let raw = if plus_is_space { raw.replace('+', " ") } else { raw.to_owned() };
            options.push(option(keyword, Some(key.clone()), &raw, &value));
        }
        options
    }
}

fn option(keyword: String, key_span: Option<Span>, raw: &str, span: &Span) -> RawOption {
    let value = Zeroizing::new(decode_lenient(raw).as_bytes().to_vec());
    RawOption { keyword, key_span, value, span: span.clone(), pieces: Vec::new() }
}

fn list(text: &str, keyword: &str, pieces: Vec<Span>, options: &mut Vec<RawOption>) {
    let values: Vec<String> = pieces.iter().map(|span| squeezed(&decode_lenient(&text[span.clone()]))).collect();
    let joined = values.join(",");
    if joined.is_empty() {
        return;
    }
    let span = pieces.first().map_or(0, |span| span.start)..pieces.last().map_or(0, |span| span.end);
    let value = Zeroizing::new(joined.into_bytes());
    options.push(RawOption { keyword: keyword.to_owned(), key_span: None, value, span, pieces });
}

/// A text without white space: host names, ports and keys have none.
pub(crate) fn squeezed(raw: &str) -> String {
    raw.chars().filter(|c| !is_blank(*c)).collect()
}

/// White space, and what chat programs and word processors put between letters without showing it.
pub(crate) fn is_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{ad}')
}

/// Of `5432:6543` the last: the one that was added.
pub(crate) fn last_port(text: &str, port: Span) -> Span {
    match text[port.clone()].rfind(':') {
        Some(at) if is_double_port(&text[port.clone()]) => port.start + at + 1..port.end,
        _ => port,
    }
}

/// `5432:6543`, and nothing else.
pub(crate) fn is_double_port(port: &str) -> bool {
    port.contains(':')
        && port.split(':').all(|part| (1..=5).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit()))
}
