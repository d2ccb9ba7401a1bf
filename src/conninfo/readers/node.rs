//! Node: pg-connection-string 2.14 (node-postgres, Prisma's and Drizzle's drivers) on top of `new URL`, the WHATWG URL
//! standard's parser for schemes that are not special.

use std::net::Ipv6Addr;

use zeroize::Zeroizing;

use super::{Mapped, Part, Parts, Read, part, unescape};
use crate::conninfo::Span;

const INVALID: &str = "Invalid URL";
const MALFORMED: &str = "URI malformed";

/// Reads a URI.
pub fn read(text: &str) -> Read {
    let mapped = prepared(text);
    let (mut parts, dummy) = match parse(&mapped, text) {
        Err(INVALID) if mapped.text.contains("@/") => (parse(&with_dummy_host(&mapped), text)?, true),
        other => (other?, false),
    };
    if dummy {
        parts.hosts.clear();
    }
    Ok(parts)
}

/// What happens to the text first: a space or a stray `%` has all of it encoded (`encodeURI`), and `%25` before two
/// digits is taken back. Then the parser strips control characters and spaces around it, tabs and line ends in it.
fn prepared(text: &str) -> Mapped {
    let encodes = needs_encoding(text);
    let end = text.trim_end_matches(|c| c <= ' ').len();
    let start = text.len() - text.trim_start_matches(|c| c <= ' ').len();
    let mut mapped = Mapped::new(text.len());
    for (at, c) in text.char_indices() {
        let piece = c.encode_utf8(&mut [0; 4]).to_owned();
        if !encodes {
            if (start..end).contains(&at) && !matches!(c, '\t' | '\r' | '\n') {
                mapped.push(&piece, at);
            }
        } else if c == '%' {
            let digits = text.as_bytes().get(at + 1..at + 3).is_some_and(|next| next.iter().all(u8::is_ascii_digit));
            mapped.push(if digits { "%" } else { "%25" }, at);
        } else if c.is_ascii_alphanumeric() || ";,/?:@&=+$-_.!~*'()#".contains(c) {
            mapped.push(&piece, at);
        } else {
            for byte in piece.bytes() {
                mapped.push(&format!("%{byte:02X}"), at);
            }
        }
    }
    mapped
}

/// `/ |%[^a-f0-9]|%[a-f0-9][^a-f0-9]/i`
fn needs_encoding(text: &str) -> bool {
    let bytes = text.as_bytes();
    let hex = |at: usize| bytes.get(at).map(u8::is_ascii_hexdigit);
    let stray = |at: usize| hex(at + 1) == Some(false) || (hex(at + 1) == Some(true) && hex(at + 2) == Some(false));
    bytes.contains(&b' ') || (0..bytes.len()).any(|at| bytes[at] == b'%' && stray(at))
}

/// `str.replace('@/', '@___DUMMY___/')`
fn with_dummy_host(mapped: &Mapped) -> Mapped {
    let at = mapped.text.find("@/").map_or(mapped.text.len(), |at| at + 1);
    let mut changed = Mapped::new(mapped.end);
    for (index, c) in mapped.text.char_indices() {
        if index == at {
            changed.push("___DUMMY___", mapped.map[index]);
        }
        changed.push(c.encode_utf8(&mut [0; 4]), mapped.map[index]);
    }
    changed
}

/// The states "authority" to "path" of the standard's basic URL parser.
fn parse(mapped: &Mapped, source: &str) -> Read {
    let url: &str = &mapped.text;
    let start = url.find("://").map(|at| at + 3).ok_or(INVALID)?;
    let end = url[start..].find(['/', '?', '#']).map_or(url.len(), |at| start + at);
    let place = |range: &Span| mapped.place(range, source);
    let mut parts = Parts::default();
    let mut from = start;
    if let Some(at) = url[start..end].rfind('@').map(|at| start + at) {
        if at + 1 == end {
            return Err(INVALID);
        }
        let colon = url[start..at].find(':').map_or(at, |colon| start + colon);
        parts.user = component(url, start..colon, &place)?;
        parts.password = component(url, (colon + 1).min(at)..at, &place)?;
        from = at + 1;
    }
    let (host, port) = host_and_port(url, from..end)?;
    check_host(&url[host.clone()])?;
    let bare = match &url[host.clone()] {
        inner if inner.starts_with('[') => host.start + 1..host.end - 1,
        _ => host,
    };
    let name = component(url, bare, &place)?;
    parts.hosts.push((name, port.and_then(|port| part(normal_port(&url[port.clone()]), place(&port)))));
    let path_end = url[end..].find(['?', '#']).map_or(url.len(), |at| end + at);
    parts.database = path(url, end..path_end, &place)?;
    Ok(parts)
}

/// `decodeURIComponent` of what the parser kept; it had encoded only what is decoded again.
fn component(url: &str, range: Span, place: &impl Fn(&Span) -> Span) -> Result<Option<Part>, &'static str> {
    let bytes = unescape(&url[range.clone()]).ok_or(MALFORMED)?;
    let value = std::str::from_utf8(&bytes).map_err(|_| MALFORMED)?;
    Ok(part(value, place(&range)))
}

/// A `:` outside brackets begins the port.
fn host_and_port(url: &str, range: Span) -> Result<(Span, Option<Span>), &'static str> {
    let mut inside = false;
    for (at, c) in url[range.clone()].char_indices() {
        match c {
            '[' => inside = true,
            ']' => inside = false,
            ':' if !inside => {
                let colon = range.start + at;
                let port = &url[colon + 1..range.end];
                let number = port.bytes().all(|byte| byte.is_ascii_digit());
                let fits = port.trim_start_matches('0').len() <= 5 && port.parse::<u32>().unwrap_or(0) <= 65535;
                if at == 0 || !number || !fits {
                    return Err(INVALID);
                }
                return Ok((range.start..colon, Some(colon + 1..range.end)));
            }
            _ => {}
        }
    }
    Ok((range, None))
}

fn normal_port(port: &str) -> &str {
    let bare = port.trim_start_matches('0');
    if bare.is_empty() && !port.is_empty() { "0" } else { bare }
}

/// The host parser for an opaque host, or an address in brackets.
fn check_host(host: &str) -> Result<(), &'static str> {
    if let Some(inner) = host.strip_prefix('[') {
        let address = inner.strip_suffix(']').ok_or(INVALID)?;
        return address.parse::<Ipv6Addr>().map(|_| ()).map_err(|_| INVALID);
    }
    let forbidden = |c: char| c == '\0' || "\t\n\r #/:<>?@[\\]^|".contains(c);
    if host.contains(forbidden) { Err(INVALID) } else { Ok(()) }
}

/// The path without its dot segments, decoded by `decodeURI`, which leaves the escapes of reserved characters.
fn path(url: &str, range: Span, place: &impl Fn(&Span) -> Span) -> Result<Option<Part>, &'static str> {
    let Some(raw) = url[range.clone()].strip_prefix('/') else { return Ok(None) };
    let mut segments: Vec<&str> = Vec::new();
    let pieces: Vec<&str> = raw.split('/').collect();
    for (index, piece) in pieces.iter().enumerate() {
        let last = index + 1 == pieces.len();
        let lower = piece.to_ascii_lowercase().replace("%2e", ".");
        match lower.as_str() {
            ".." => {
                segments.pop();
            }
            "." => {}
            _ => segments.push(piece),
        }
        if last && matches!(lower.as_str(), "." | "..") {
            segments.push("");
        }
    }
    let joined = Zeroizing::new(segments.join("/"));
    let value = decode_uri(&joined).ok_or(MALFORMED)?;
    Ok(part(value.as_str(), place(&(range.start + 1..range.end))))
}

/// `decodeURI`
fn decode_uri(raw: &str) -> Option<Zeroizing<String>> {
    let mut kept = Zeroizing::new(String::with_capacity(raw.len()));
    let bytes = raw.as_bytes();
    for (at, c) in raw.char_indices() {
        let reserved = super::token(bytes, at).is_some_and(|value| b"#$&+,/:;=?@".contains(&value));
        if c == '%' && reserved {
            kept.push_str("%25");
        } else {
            kept.push(c);
        }
    }
    String::from_utf8(unescape(&kept)?.to_vec()).ok().map(Zeroizing::new)
}
