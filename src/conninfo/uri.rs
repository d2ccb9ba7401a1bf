//! libpq's URI grammar: `conninfo_uri_parse_options` and its helpers in `fe-connect.c` of PostgreSQL 15, step by step,
//! so that the first error met is libpq's first error too.
//!
//! All offsets are offsets in the whole setting, also when only a part of it is parsed.

use super::Span;
use super::options::{RawOption, Refusal, is_keyword};
use super::percent::{DecodeError, decode};

/// The length of the prefix by which libpq takes a setting for a URI.
pub(crate) fn prefix_len(text: &str) -> Option<usize> {
    ["postgresql://", "postgres://"].into_iter().find(|prefix| text.starts_with(prefix)).map(str::len)
}

/// Reads the URI whose part after `://` is `rest`.
pub(crate) fn parse(text: &str, rest: Span) -> Result<Vec<RawOption>, Refusal> {
    let mut parser = before_query(text, rest)?;
    if parser.peek().is_some() {
        parser.at += 1;
        parser.query()?;
    }
    Ok(parser.options)
}

/// The same without the query: credentials, hosts and database.
pub(crate) fn parse_parts(text: &str, rest: Span) -> Result<Vec<RawOption>, Refusal> {
    Ok(before_query(text, rest)?.options)
}

fn before_query(text: &str, rest: Span) -> Result<Parser<'_>, Refusal> {
    let mut parser = Parser { text, at: rest.start, end: rest.end, start: rest.start, options: Vec::new() };
    parser.userinfo()?;
    parser.netlocs()?;
    if parser.peek().is_some_and(|byte| byte != b'?') {
        parser.at += 1;
        let name = parser.until(b"?");
        parser.store("dbname", name)?;
    }
    Ok(parser)
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    end: usize,
    /// Where the part after `://` starts.
    start: usize,
    options: Vec<RawOption>,
}

impl Parser<'_> {
    fn peek(&self) -> Option<u8> {
        if self.at < self.end { self.text.as_bytes().get(self.at).copied() } else { None }
    }

    /// Advances to the first of `stops` or to the end; the span passed over.
    fn until(&mut self, stops: &[u8]) -> Span {
        let from = self.at;
        while self.peek().is_some_and(|byte| !stops.contains(&byte)) {
            self.at += 1;
        }
        from..self.at
    }

    /// A part of the URI that has no keyword of its own; empty ones are not stored.
    fn store(&mut self, keyword: &str, span: Span) -> Result<(), Refusal> {
        if span.is_empty() {
            return Ok(());
        }
        let value = decoded(&self.text[span.clone()], &span)?;
        self.options.push(RawOption { keyword: keyword.to_owned(), key_span: None, value, span, pieces: Vec::new() });
        Ok(())
    }

    /// `user[:password]@`, if an `@` comes before the first `/`.
    fn userinfo(&mut self) -> Result<(), Refusal> {
        self.until(b"@/");
        let found = self.peek() == Some(b'@');
        self.at = self.start;
        if !found {
            return Ok(());
        }
        let user = self.until(b":@");
        self.store("user", user)?;
        if self.peek() == Some(b':') {
            self.at += 1;
            let password = self.until(b"@");
            self.store("password", password)?;
        }
        self.at += 1;
        Ok(())
    }

    /// `host[:port]`, several separated by commas.
    fn netlocs(&mut self) -> Result<(), Refusal> {
        let mut hosts = Vec::new();
        let mut ports = Vec::new();
        loop {
            hosts.push(if self.peek() == Some(b'[') { self.bracketed()? } else { self.until(b":/?,") });
            ports.push(if self.peek() == Some(b':') {
                self.at += 1;
                self.until(b"/?,")
            } else {
                self.at..self.at
            });
            if self.peek() != Some(b',') {
                break;
            }
            self.at += 1;
        }
        self.store_list("host", hosts)?;
        self.store_list("port", ports)
    }

    fn bracketed(&mut self) -> Result<Span, Refusal> {
        self.at += 1;
        let host = self.until(b"]");
        let whole = host.start - 1..self.end;
        if self.peek().is_none() {
            let what = "end of string reached when looking for matching \"]\" in IPv6 host address in URI";
            return Err(Refusal::new(what, whole).and_the_uri());
        }
        if host.is_empty() {
            return Err(Refusal::new("IPv6 host address may not be empty in URI", whole).and_the_uri());
        }
        self.at += 1;
        match self.peek() {
            None | Some(b':' | b'/' | b'?' | b',') => Ok(host),
            Some(_) => {
                let next = self.text[self.at..].chars().next().unwrap_or_default();
                // libpq counts from the start of the URI, bytes from 1.
                let position = self.at - uri_start(self.text, self.start) + 1;
                Err(Refusal::new("unexpected character ", self.at..self.at + next.len_utf8())
                    .quoting(next)
                    .followed_by(format!(" at position {position} in URI (expected \":\" or \"/\")"))
                    .and_the_uri())
            }
        }
    }

    /// libpq joins the entries with commas first and decodes the whole afterwards.
    fn store_list(&mut self, keyword: &str, pieces: Vec<Span>) -> Result<(), Refusal> {
        let joined = pieces.iter().map(|span| &self.text[span.clone()]).collect::<Vec<_>>().join(",");
        if joined.is_empty() {
            return Ok(());
        }
        let span = pieces.first().map_or(0, |span| span.start)..pieces.last().map_or(0, |span| span.end);
        let value = decoded(&joined, &span)?;
        self.options.push(RawOption { keyword: keyword.to_owned(), key_span: None, value, span, pieces });
        Ok(())
    }

    fn query(&mut self) -> Result<(), Refusal> {
        while self.peek().is_some() {
            let key = self.until(b"=&");
            if self.peek() != Some(b'=') {
                let what = "missing key/value separator \"=\" in URI query parameter: ";
                return Err(Refusal::new(what, key.clone()).quoting(&self.text[key]));
            }
            self.at += 1;
            let value = self.until(b"=&");
            if self.peek() == Some(b'=') {
                let what = "extra key/value separator \"=\" in URI query parameter: ";
                return Err(Refusal::new(what, key.clone()).quoting(&self.text[key]));
            }
            if self.peek().is_some() {
                self.at += 1;
            }
            self.store_pair(key, value)?;
        }
        Ok(())
    }

    fn store_pair(&mut self, key: Span, span: Span) -> Result<(), Refusal> {
        let keyword = decoded(&self.text[key.clone()], &key)?;
        let keyword = String::from_utf8_lossy(&keyword).into_owned();
        let value = decoded(&self.text[span.clone()], &span)?;
        // JDBC's `ssl=true`, which libpq translates.
        let (keyword, value) = if keyword == "ssl" && value.as_slice() == b"true" {
            ("sslmode".to_owned(), b"require".to_vec().into())
        } else {
            translate_requiressl(keyword, value)
        };
        if !is_keyword(&keyword) {
            return Err(Refusal::new("invalid URI query parameter: ", key).quoting(keyword).unknown_key());
        }
        self.options.push(RawOption { keyword, key_span: Some(key), value, span, pieces: Vec::new() });
        Ok(())
    }
}

/// `requiressl=1` is an old spelling of `sslmode=require`, every other value of it one of `sslmode=prefer`.
pub(crate) fn translate_requiressl(
    keyword: String,
    value: zeroize::Zeroizing<Vec<u8>>,
) -> (String, zeroize::Zeroizing<Vec<u8>>) {
    if keyword != "requiressl" {
        return (keyword, value);
    }
    let mode: &[u8] = if value.first() == Some(&b'1') { b"require" } else { b"prefer" };
    ("sslmode".to_owned(), mode.to_vec().into())
}

/// Where the URI begins whose `://` ends at `rest`.
fn uri_start(text: &str, rest: usize) -> usize {
    let scheme = text[..rest].trim_end_matches('/').trim_end_matches(':');
    scheme.len() - scheme.bytes().rev().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'+').count()
}

fn decoded(raw: &str, span: &Span) -> Result<zeroize::Zeroizing<Vec<u8>>, Refusal> {
    decode(raw).map_err(|error| {
        let what = match error {
            DecodeError::BadToken => "invalid percent-encoded token: ",
            DecodeError::Nul => "forbidden value %00 in percent-encoded value: ",
        };
        Refusal::new(what, span.clone()).quoting(raw)
    })
}
