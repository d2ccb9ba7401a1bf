//! `ecto://user:password@host/database`, by `parse_url` of `Ecto.Repo.Supervisor` (Ecto 3) on top of Elixir's
//! `URI.parse`: the last `@` before the path ends the credentials, which are split at every `:` and of which the first
//! two pieces count; the path must be one name; values of the query are decoded twice.

use super::Span;
use super::options::{RawOption, Refusal};
use super::percent::{decode_lenient, is_decodable};

/// Reads the part after `://`.
pub(crate) fn parse(text: &str, rest: Span) -> Result<Vec<RawOption>, Refusal> {
    let end = text[rest.clone()].find('#').map_or(rest.end, |at| rest.start + at);
    let question = text[rest.start..end].find('?').map_or(end, |at| rest.start + at);
    let slash = text[rest.start..question].find('/').map_or(question, |at| rest.start + at);
    let mut options = Vec::new();
    let mut hosts = rest.start;
    if let Some(at) = text[rest.start..slash].rfind('@').map(|at| rest.start + at) {
        let mut start = rest.start;
        for (piece, keyword) in text[rest.start..at].split(':').zip(["user", "password"]) {
            push(text, keyword, start..start + piece.len(), &mut options)?;
            start += piece.len() + 1;
        }
        hosts = at + 1;
    }
    host(text, hosts..slash, &mut options)?;
    let path = text.get(slash + 1..question).unwrap_or_default();
    if path.is_empty() || path.contains('/') {
        return Err(Refusal::new("path should be a database name", slash..question));
    }
    push(text, "dbname", slash + 1..question, &mut options)?;
    let mut at = question + 1;
    for pair in text.get(question + 1..end).unwrap_or_default().split('&') {
        if let Some((key, value)) = pair.split_once('=') {
            let span = at + key.len() + 1..at + pair.len();
            let value = decode_lenient(&decode_lenient(&value.replace('+', " "))).as_bytes().to_vec().into();
            let keyword = decode_lenient(&key.replace('+', " ")).to_string();
            options.push(RawOption { keyword, key_span: Some(at..at + key.len()), value, span, pieces: Vec::new() });
        }
        at += pair.len() + 1;
    }
    Ok(options)
}

/// `[address]` or anything up to a `:`, and the digits after it.
fn host(text: &str, span: Span, options: &mut Vec<RawOption>) -> Result<(), Refusal> {
    let raw = &text[span.clone()];
    let (host, after) = match raw.strip_prefix('[').and_then(|rest| rest.find(']')) {
        Some(len) => (span.start + 1..span.start + 1 + len, span.start + len + 2),
        None => {
            let len = raw.find(':').unwrap_or(raw.len());
            (span.start..span.start + len, span.start + len)
        }
    };
    push(text, "host", host, options)?;
    if let Some(port) = text[after..span.end].strip_prefix(':') {
        let digits = port.bytes().take_while(u8::is_ascii_digit).count();
        push(text, "port", after + 1..after + 1 + digits, options)?;
    }
    Ok(())
}

fn push(text: &str, keyword: &str, span: Span, options: &mut Vec<RawOption>) -> Result<(), Refusal> {
    if span.is_empty() {
        return Ok(());
    }
    let raw = &text[span.clone()];
    if !is_decodable(raw) {
        return Err(Refusal::new("malformed URI ", span).quoting(raw));
    }
    let value = decode_lenient(raw).as_bytes().to_vec().into();
    options.push(RawOption { keyword: keyword.to_owned(), key_span: None, value, span, pieces: Vec::new() });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(rest: &str) -> Vec<(String, String)> {
        let options = parse(rest, 0..rest.len()).unwrap_or_default();
        options.iter().map(|o| (o.keyword.clone(), String::from_utf8_lossy(&o.value).into_owned())).collect()
    }

    fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        expected.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn parts_are_ectos() {
        let all =
            [("user", "u"), ("password", "p@+"), ("host", "h"), ("port", "5432"), ("dbname", "d"), ("ssl", "true")];
        assert_eq!(read("u:p%40+@h:5432/d?ssl=true"), pairs(&all));
        assert_eq!(read("u:p@q@h/d")[1], ("password".to_owned(), "p@q".to_owned()));
        assert_eq!(read("u:p:q@[::1]/d")[1..3], pairs(&[("password", "p"), ("host", "::1")]));
    }

    #[test]
    fn a_path_must_be_one_name() {
        for rest in ["u:p@h", "u:p@h/", "u:p@h/a/b", "u:p%zz@h/d"] {
            assert!(parse(rest, 0..rest.len()).is_err(), "{rest}");
        }
    }
}
