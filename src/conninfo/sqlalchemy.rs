//! URIs with a driver suffix, `postgresql+asyncpg://...`: read by `SQLAlchemy`, not by libpq.
//!
//! The rules are those of the regular expression in `_parse_url` of `sqlalchemy/engine/url.py` (2.1.9): the user is
//! everything up to the first `:` or `/`, the password everything up to the next `@`, the host is not decoded (nor was
//! the database before 2.1), and the query is read by Python's `parse_qsl`, which reads `+` as a space and drops empty values. Which
//! keys are allowed is the driver's affair, so none is refused here.

use zeroize::Zeroizing;

use super::Span;
use super::options::{RawOption, Refusal};
use super::percent::unquote;

/// Reads the part after `://`.
pub(crate) fn parse(text: &str, rest: Span) -> Result<Vec<RawOption>, Refusal> {
    let mut options = Vec::new();
    let (user, password, netloc) = credentials(text, &rest);
    for (keyword, span) in [("user", user), ("password", password)] {
        if let Some(span) = span.filter(|span| !span.is_empty()) {
            options.push(option(keyword, None, &unquote(&text[span.clone()]), span));
        }
    }
    let raw = &text[netloc.clone()];
    let after_host = host(text, &netloc, &mut options)?;
    let path = raw[after_host - netloc.start..].find('?').map_or(netloc.end, |at| after_host + at);
    if text.as_bytes().get(after_host) == Some(&b'/') && after_host + 1 < path {
        options.push(option("dbname", None, &unquote(&text[after_host + 1..path]), after_host + 1..path));
    }
    if path < netloc.end {
        query(text, path + 1..netloc.end, &mut options);
    }
    Ok(options)
}

/// `(user[:password]@)?`, with the backtracking of a regular expression: the user runs up to `:` or `/`, the password
/// up to `@`; without a `:` the user may hold an `@`, and the last one before the `/` ends it.
fn credentials(text: &str, rest: &Span) -> (Option<Span>, Option<Span>, Span) {
    let raw = &text[rest.clone()];
    let user_len = raw.find([':', '/']).unwrap_or(raw.len());
    if raw[user_len..].starts_with(':') {
        let password = user_len + 1;
        if let Some(at) = raw[password..].find('@') {
            let at = password + at;
            let absolute = |range: Span| rest.start + range.start..rest.start + range.end;
            return (Some(absolute(0..user_len)), Some(absolute(password..at)), rest.start + at + 1..rest.end);
        }
    }
    match raw[..user_len].rfind('@') {
        Some(at) => (Some(rest.start..rest.start + at), None, rest.start + at + 1..rest.end),
        None => (None, None, rest.clone()),
    }
}

/// Reads `host[:port]`; where it ends.
fn host(text: &str, netloc: &Span, options: &mut Vec<RawOption>) -> Result<usize, Refusal> {
    let raw = &text[netloc.clone()];
    // The last `]` before the path closes what the first `[` opens.
    let inner = raw.strip_prefix('[').map(|rest| &rest[..rest.find(['/', '?']).unwrap_or(rest.len())]);
    let bracketed = inner.and_then(|inner| inner.rfind(']')).filter(|len| *len > 0);
    let (host, mut at) = if let Some(len) = bracketed {
        (netloc.start + 1..netloc.start + 1 + len, netloc.start + len + 2)
    } else {
        let len = raw.find(['/', ':', '?']).unwrap_or(raw.len());
        (netloc.start..netloc.start + len, netloc.start + len)
    };
    if !host.is_empty() {
        options.push(option("host", None, &text[host.clone()], host));
    }
    if text[at..netloc.end].starts_with(':') {
        let len = text[at + 1..netloc.end].find(['/', '?']).unwrap_or(netloc.end - at - 1);
        let port = at + 1..at + 1 + len;
        if !port.is_empty() && !is_int(&text[port.clone()]) {
            return Err(Refusal::new("the port must be a number, not ", port.clone()).quoting(&text[port]));
        }
        at = port.end;
        if !port.is_empty() {
            options.push(option("port", None, &text[port.clone()], port));
        }
    }
    Ok(at)
}

/// Whether Python's `int()` takes a text: a sign, and digits with single underscores between them ("Integer literals",
/// Python 3.11 language reference; `int()`, library reference).
fn is_int(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    digits.split('_').all(|group| !group.is_empty() && group.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Reads `key=value&key=value` as `parse_qsl` does.
pub(crate) fn query(text: &str, range: Span, options: &mut Vec<RawOption>) {
    let mut at = range.start;
    for pair in text[range].split('&') {
        let start = at;
        at += pair.len() + 1;
        let Some((key, value)) = pair.split_once('=').filter(|(_, value)| !value.is_empty()) else { continue };
        let span = start + key.len() + 1..start + pair.len();
        let keyword = unquote(&key.replace('+', " ")).to_string();
        options.push(option(&keyword, Some(start..start + key.len()), &unquote(&value.replace('+', " ")), span));
    }
}

fn option(keyword: &str, key_span: Option<Span>, value: &str, span: Span) -> RawOption {
    let value = Zeroizing::new(value.as_bytes().to_vec());
    RawOption { keyword: keyword.to_owned(), key_span, value, span, pieces: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(rest: &str) -> Vec<(String, String)> {
        let options = parse(rest, 0..rest.len()).unwrap_or_default();
        options.iter().map(|o| (o.keyword.clone(), String::from_utf8_lossy(&o.value).into_owned())).collect()
    }

    #[test]
    fn the_password_ends_at_the_first_at_sign_and_may_hold_a_slash() {
        let pairs = read("u:a/b?c@h:5432/d?ssl=require&empty=&x=a+b");
        let expected = [
            ("user", "u"),
            ("password", "a/b?c"),
            ("host", "h"),
            ("port", "5432"),
            ("dbname", "d"),
            ("ssl", "require"),
            ("x", "a b"),
        ];
        assert_eq!(pairs, expected.map(|(key, value)| (key.to_owned(), value.to_owned())));
        assert_eq!(read("u:a@b@h")[2], ("host".to_owned(), "b@h".to_owned()));
    }

    #[test]
    fn brackets_and_missing_parts_are_read() {
        assert_eq!(read("[::1]:5/d")[0], ("host".to_owned(), "::1".to_owned()));
        assert_eq!(read("/d"), [("dbname".to_owned(), "d".to_owned())]);
        assert!(parse("h:port", 0..6).is_err());
    }
}
