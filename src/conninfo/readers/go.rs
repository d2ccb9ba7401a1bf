//! Go's `url.Parse` (net/url, Go 1.24.8 and later) and the hosts as lib/pq and pgx split them. Releases of pgx from 2026
//! on read as libpq does.

use std::net::Ipv6Addr;

use zeroize::Zeroizing;

use super::{Part, Parts, Read, part, unescape};
use crate::conninfo::Span;

const ESCAPE: &str = "invalid URL escape";

/// Reads a URI.
pub fn read(text: &str) -> Read {
    // The fragment is cut off before anything is looked at.
    let end = text.find('#').unwrap_or(text.len());
    if text[..end].bytes().any(|byte| byte < b' ' || byte == 0x7f) {
        return Err("net/url: invalid control character in URL");
    }
    if text.get(end + 1..).is_some_and(|fragment| unescape(fragment).is_none()) {
        return Err(ESCAPE);
    }
    let Some(start) = text[..end].find("://").map(|at| at + 3) else { return Err("missing protocol scheme") };
    let query = text[start..end].find('?').map_or(end, |at| start + at);
    let path = text[start..query].find('/').map_or(query, |at| start + at);
    let mut parts = Parts::default();
    let at = text[start..path].rfind('@').map(|at| start + at);
    let host = host(text, at.map_or(start, |at| at + 1)..path)?;
    if let Some(at) = at {
        if !text[start..at].bytes().all(is_userinfo) {
            return Err("net/url: invalid userinfo");
        }
        let colon = text[start..at].find(':').map_or(at, |colon| start + colon);
        parts.user = decoded(text, start..colon)?;
        parts.password = decoded(text, (colon + 1).min(at)..at)?;
    }
    // `strings.TrimLeft(url.Path, "/")`
    let slashes = text[path..query].len() - text[path..query].trim_start_matches('/').len();
    decoded(text, path..query)?;
    parts.database = decoded(text, path + slashes..query)?;
    parts.hosts = split(&host)?;
    Ok(parts)
}

fn decoded(text: &str, span: Span) -> Result<Option<Part>, &'static str> {
    let bytes = unescape(&text[span.clone()]).ok_or(ESCAPE)?;
    Ok(part(String::from_utf8_lossy(&bytes), span))
}

/// `validUserinfo`: letters, digits and the delimiters of RFC 3986.
fn is_userinfo(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._:~!$&'()*+,;=%@".contains(&byte)
}

/// `parseHost`: what stands between `@` and the path, decoded as far as hosts may be encoded.
fn host(text: &str, span: Span) -> Result<Part, &'static str> {
    let raw = &text[span.clone()];
    if raw.starts_with('[') {
        let close = raw.rfind(']').ok_or("missing ']' in host")?;
        optional_port(&raw[close + 1..])?;
        let address = raw[1..close].split("%25").next().unwrap_or_default();
        if address.parse::<Ipv6Addr>().is_err() {
            return Err("invalid host: what stands in brackets is no IPv6 address");
        }
    } else if raw.contains('[') {
        return Err("invalid host: a bracket may only begin it");
    } else if let Some(colon) = raw.rfind(':') {
        optional_port(&raw[colon..])?;
    }
    if raw.bytes().any(|byte| byte.is_ascii() && !is_host(byte)) {
        return Err("invalid character in host name");
    }
    let bytes = raw.as_bytes();
    for at in (0..bytes.len()).filter(|at| bytes[*at] == b'%') {
        // Only bytes beyond ASCII may be encoded in a host, and the `%` of a zone.
        match super::token(bytes, at) {
            Some(value) if value >= 0x80 || value == b'%' => {}
            _ => return Err(ESCAPE),
        }
    }
    let value = unescape(raw).ok_or(ESCAPE)?;
    Ok(Part { value: Zeroizing::new(String::from_utf8_lossy(&value).into_owned()), span })
}

fn optional_port(port: &str) -> Result<(), &'static str> {
    let sound = port.is_empty() || port.strip_prefix(':').is_some_and(|port| port.bytes().all(|b| b.is_ascii_digit()));
    if sound { Ok(()) } else { Err("invalid port after host") }
}

/// What `shouldEscape` leaves alone in a host.
fn is_host(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_.~!$&'()*+,;=:[]<>\"%".contains(&byte)
}

/// `net.SplitHostPort` over the entries of a list.
fn split(host: &Part) -> Result<Vec<(Option<Part>, Option<Part>)>, &'static str> {
    let mut hosts = Vec::new();
    let mut at = 0;
    let plain = host.value.len() == host.span.len();
    for entry in host.value.split(',') {
        let place = |range: Span| match plain {
            true => host.span.start + at + range.start..host.span.start + at + range.end,
            false => host.span.clone(),
        };
        let bare = entry.trim_matches(['[', ']']);
        let only_host = bare.parse::<std::net::IpAddr>().is_ok() || !entry.contains(':');
        if entry.is_empty() {
        } else if only_host {
            hosts.push((part(bare, place(0..entry.len())), None));
        } else {
            let colon = entry.rfind(':').unwrap_or_default();
            let name = &entry[..colon];
            let bracketed = name.strip_prefix('[').and_then(|name| name.strip_suffix(']'));
            if bracketed.is_none() && name.contains(':') {
                return Err("too many colons in address");
            }
            let name = part(bracketed.unwrap_or(name), place(0..colon));
            hosts.push((name, part(&entry[colon + 1..], place(colon + 1..entry.len()))));
        }
        at += entry.len() + 1;
    }
    Ok(hosts)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Cases of `src/net/url/url_test.go` about authorities, with the scheme changed: the user, the host, or the error.
    #[test]
    fn cases_of_gos_own_tests_read_as_go_reads_them() {
        let shown = |text: &str| match read(text) {
            Err(error) => format!("error: {error}"),
            Ok(parts) => {
                let of = |part: &Option<Part>| part.as_ref().map_or("", |part| part.value.as_str()).to_owned();
                let host: Vec<String> =
                    parts.hosts.iter().map(|(host, port)| format!("{}:{}", of(host), of(port))).collect();
                format!("{}|{}|{}|{}", of(&parts.user), of(&parts.password), host.join(","), of(&parts.database))
            }
        };
        for (text, expected) in [
            ("postgres://www.google.com", "||www.google.com:|"),
            ("postgres://www.google.com/file%20one%26two", "||www.google.com:|file one&two"),
            ("postgres://webmaster@www.google.com/", "webmaster||www.google.com:|"),
            ("postgres://john%20doe@www.google.com/", "john doe||www.google.com:|"),
            ("postgres://user:password@google.com", "user|password|google.com:|"),
            ("postgres://user:p@ss@google.com", "user|p@ss|google.com:|"),
            ("postgres://j@ne:password@google.com", "j@ne|password|google.com:|"),
            ("postgres://a:b@c@d/", "a|b@c|d:|"),
            ("postgres://[fe80::1]:8080/", "||fe80::1:8080|"),
            ("postgres://[fe80::1", "error: missing ']' in host"),
            ("postgres://[fe80::1]:namedport/", "error: invalid port after host"),
            ("postgres://192.168.0.1:foo/", "error: invalid port after host"),
            ("postgres://%41:8080/", "error: invalid URL escape"),
            ("postgres://host%2Fname/", "error: invalid URL escape"),
            ("postgres://hello.\u{4e16}\u{754c}.com/foo", "||hello.\u{4e16}\u{754c}.com:|foo"),
            ("postgres://hello.%E4%B8%96%E7%95%8C.com/foo", "||hello.\u{4e16}\u{754c}.com:|foo"),
            ("postgres://user^:passwo^rd@foo.com/", "error: net/url: invalid userinfo"),
            ("postgres://u:p[q]@foo.com/", "error: net/url: invalid userinfo"),
            ("postgres://a b.com/", "error: invalid character in host name"),
            ("postgres://x\u{7f}/", "error: net/url: invalid control character in URL"),
            ("postgres://a:1,b:2/d", "||a:1,b:2|d"),
            ("postgres://[a.example.com]/", "error: invalid host: what stands in brackets is no IPv6 address"),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }
}
