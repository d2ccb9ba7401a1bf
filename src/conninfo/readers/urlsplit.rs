//! Python's `urllib.parse.urlsplit` (3.11) with `unquote`, as dj-database-url 3 and many scripts use it.

use std::net::Ipv6Addr;

use super::{Mapped, Part, Parts, Read, part, unquote};
use crate::conninfo::Span;
use crate::conninfo::options::{RawOption, Refusal};

const PORT_RANGE: &str = "Port out of range 0-65535";
const PORT_NUMBER: &str = "Port could not be cast to integer value";

/// Reads a URI.
pub fn read(text: &str) -> Read {
    let mapped = without_line_ends(text);
    let url: &str = &mapped.text;
    let Some(start) = url.find("://").map(|at| at + 3) else { return Err("no netloc") };
    let end = url[start..].find(['/', '?', '#']).map_or(url.len(), |at| start + at);
    let netloc = &url[start..end];
    check_brackets(netloc)?;
    let place = |range: Span| mapped.place(&range, text);
    let mut parts = Parts::default();
    let hosts = match netloc.rfind('@').map(|at| start + at) {
        Some(at) => {
            let colon = url[start..at].find(':').map_or(at, |colon| start + colon);
            parts.user = decoded(url, start..colon, &place);
            parts.password = decoded(url, (colon + 1).min(at)..at, &place);
            at + 1
        }
        None => start,
    };
    let (host, port) = host_and_port(url, hosts..end);
    let port_text = &url[port.clone()];
    if !port_text.is_empty() {
        if !port_text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(PORT_NUMBER);
        }
        if port_text.trim_start_matches('0').len() > 5 || port_text.parse::<u32>().is_ok_and(|port| port > 65535) {
            return Err(PORT_RANGE);
        }
    }
    let name = unquote(&url[host.clone()].to_lowercase());
    parts.hosts.push((part(name.as_str(), place(host)), part(port_text, place(port.clone()))));
    let path_end = url[end..].find(['?', '#']).map_or(url.len(), |at| end + at);
    parts.database = decoded(url, (end + 1).min(path_end)..path_end, &place);
    Ok(parts)
}

/// The same as options, for schemes that only such readers know.
pub(crate) fn options(text: &str, scheme: &Span, rest: Span) -> Result<Vec<RawOption>, Refusal> {
    let url = &text[scheme.start..rest.end];
    let parts = read(url).map_err(|why| Refusal::new(why, rest.clone()))?;
    let mut options = Vec::new();
    let mut push = |keyword: &str, part: Option<Part>| {
        let Some(part) = part else { return };
        let span = scheme.start + part.span.start..scheme.start + part.span.end;
        let value = part.value.as_bytes().to_vec().into();
        options.push(RawOption { keyword: keyword.to_owned(), key_span: None, value, span, pieces: Vec::new() });
    };
    push("user", parts.user);
    push("password", parts.password);
    for (host, port) in parts.hosts {
        push("host", host);
        push("port", port);
    }
    push("dbname", parts.database);
    let end = text[rest.clone()].find('#').map_or(rest.end, |at| rest.start + at);
    if let Some(question) = text[rest.start..end].find('?') {
        crate::conninfo::sqlalchemy::query(text, rest.start + question + 1..end, &mut options);
    }
    Ok(options)
}

fn decoded(url: &str, range: Span, place: &impl Fn(Span) -> Span) -> Option<Part> {
    part(unquote(&url[range.clone()]).as_str(), place(range))
}

/// Leading control characters and spaces, and every tab and line end, are dropped first.
fn without_line_ends(text: &str) -> Mapped {
    let mut mapped = Mapped::new(text.len());
    let start = text.len() - text.trim_start_matches(|c| c <= ' ').len();
    for (at, c) in text[start..].char_indices().filter(|(_, c)| !matches!(c, '\t' | '\r' | '\n')) {
        mapped.push(c.encode_utf8(&mut [0; 4]), start + at);
    }
    mapped
}

fn check_brackets(netloc: &str) -> Result<(), &'static str> {
    match (netloc.contains('['), netloc.contains(']')) {
        (false, false) => Ok(()),
        (true, true) => {
            let after = netloc.split_once('[').map_or("", |(_, after)| after);
            let inner = after.split(']').next().unwrap_or_default();
            let address = inner.split_once('%').map_or(inner, |(address, _)| address);
            let future = inner.strip_prefix('v').and_then(|inner| inner.split_once('.'));
            match future {
                Some((version, rest)) if inner.starts_with('v') => {
                    let hex = !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_hexdigit());
                    if hex && !rest.is_empty() { Ok(()) } else { Err("IPvFuture address is invalid") }
                }
                _ if address.parse::<Ipv6Addr>().is_ok() => Ok(()),
                _ => Err("what stands in brackets does not appear to be an IPv6 address"),
            }
        }
        _ => Err("Invalid IPv6 URL"),
    }
}

/// The host ends at the first `]` when there is a `[`, at the first `:` otherwise.
fn host_and_port(url: &str, range: Span) -> (Span, Span) {
    let raw = &url[range.clone()];
    if let Some(open) = raw.find('[').map(|at| range.start + at + 1) {
        let close = url[open..range.end].find(']').map_or(range.end, |at| open + at);
        let colon = url[close..range.end].find(':').map_or(range.end, |at| close + at);
        return (open..close, (colon + 1).min(range.end)..range.end);
    }
    let colon = raw.find(':').map_or(range.end, |at| range.start + at);
    (range.start..colon, (colon + 1).min(range.end)..range.end)
}
