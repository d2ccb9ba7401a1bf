//! `jdbc:postgresql://host:port/database?user=...&password=...`, by the rules of `Driver.parseURL` of pgjdbc (42.7).
//!
//! There are no credentials before the host: everything before the last `:` of an entry is its host. A host needs a `/`
//! behind it, and there is only one `/`. Without `//` the name is the database's, on this machine. Values are decoded as
//! HTML forms are, so `+` is a space.

use zeroize::Zeroizing;

use super::Span;
use super::options::{RawOption, Refusal};
use super::percent::{decode_lenient, is_decodable};

/// Reads the part after `jdbc:postgresql:` and the `//`, if there is one.
pub(crate) fn parse(text: &str, rest: Span) -> Result<Vec<RawOption>, Refusal> {
    let server = text[rest.clone()].find('?').map_or(rest.end, |at| rest.start + at);
    let mut options = Vec::new();
    if text[..rest.start].ends_with("//") {
        authority(text, rest.start..server, &mut options)?;
    } else {
        push(text, "dbname", None, rest.start..server, &mut options)?;
    }
    let mut at = server + 1;
    for pair in text.get(server + 1..rest.end).unwrap_or_default().split('&') {
        let key = at..at + pair.find('=').unwrap_or(pair.len());
        let value = (key.end + 1).min(at + pair.len())..at + pair.len();
        at = value.end + 1;
        if pair.is_empty() {
            continue;
        }
        // These are pgjdbc's own names for the parts of the authority.
        let keyword = match &text[key.clone()] {
            "PGHOST" => "host",
            "PGPORT" => "port",
            "PGDBNAME" => "dbname",
            other => other,
        };
        push(text, keyword, Some(key), value, &mut options)?;
    }
    Ok(options)
}

/// `host:port,host:port/database`.
fn authority(text: &str, span: Span, options: &mut Vec<RawOption>) -> Result<(), Refusal> {
    let raw = &text[span.clone()];
    if raw.is_empty() || raw == "/" {
        return Ok(());
    }
    let slash = raw.find('/').map(|at| span.start + at);
    let end = slash.unwrap_or(span.end);
    if text[span.start..end].contains('@') {
        let what =
            "pgjdbc takes no user and no password before the host; they are the parameters \"user\" and \"password\"";
        return Err(Refusal::new(what, span.start..end));
    }
    let Some(slash) = slash else {
        return Err(Refusal::new("JDBC URL must contain a / at the end of the host or port", span.end..span.end));
    };
    if text[slash + 1..span.end].contains('/') {
        return Err(Refusal::new("JDBC URL contains too many / characters", slash..span.end));
    }
    let (mut hosts, mut ports) = (Vec::new(), Vec::new());
    let mut at = span.start;
    for entry in text[span.start..end].split(',') {
        let colon = entry.rfind(':').filter(|colon| entry.rfind(']').is_none_or(|bracket| bracket < *colon));
        let host = at..at + colon.unwrap_or(entry.len());
        let port = colon.map_or(host.end..host.end, |colon| at + colon + 1..at + entry.len());
        if colon.is_some() && text[port.clone()].parse::<u16>().map_or(true, |port| port == 0) {
            return Err(
                Refusal::new("the port must be a number from 1 to 65535, not ", port.clone()).quoting(&text[port])
            );
        }
        hosts.push(unbracketed(text, host));
        ports.push(port);
        at += entry.len() + 1;
    }
    list(text, "host", hosts, options);
    list(text, "port", ports, options);
    push(text, "dbname", None, slash + 1..span.end, options)
}

fn unbracketed(text: &str, span: Span) -> Span {
    let raw = &text[span.clone()];
    if raw.len() > 2 && raw.starts_with('[') && raw.ends_with(']') { span.start + 1..span.end - 1 } else { span }
}

fn list(text: &str, keyword: &str, pieces: Vec<Span>, options: &mut Vec<RawOption>) {
    let joined = pieces.iter().map(|span| &text[span.clone()]).collect::<Vec<_>>().join(",");
    if joined.bytes().any(|byte| byte != b',') {
        let span = pieces.first().map_or(0, |span| span.start)..pieces.last().map_or(0, |span| span.end);
        let value = Zeroizing::new(joined.into_bytes());
        options.push(RawOption { keyword: keyword.to_owned(), key_span: None, value, span, pieces });
    }
}

fn push(
    text: &str,
    keyword: &str,
    key_span: Option<Span>,
    span: Span,
    options: &mut Vec<RawOption>,
) -> Result<(), Refusal> {
    let raw = &text[span.clone()];
    if !is_decodable(raw) {
        return Err(Refusal::new("pgjdbc cannot decode ", span).quoting(raw));
    }
    if !span.is_empty() || key_span.is_some() {
        let value = decode_lenient(&raw.replace('+', " ")).as_bytes().to_vec().into();
        options.push(RawOption { keyword: keyword.to_owned(), key_span, value, span, pieces: Vec::new() });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::{Syntax, read_text};

    fn parts(text: &str) -> Result<[String; 5], String> {
        let reading = read_text(text);
        assert_eq!(reading.syntax, Some(Syntax::Jdbc), "{text}");
        let conninfo = reading.literal.map_err(|error| error.message)?;
        let of = |field: Option<&super::super::Field>| field.map(|field| field.value.clone()).unwrap_or_default();
        let hosts: Vec<&str> = conninfo.hosts.iter().filter_map(super::super::Host::name).collect();
        Ok([
            of(conninfo.user.as_ref()),
            conninfo.password.value.as_ref().map(|secret| secret.reveal().to_owned()).unwrap_or_default(),
            hosts.join(","),
            of(conninfo.hosts.last().and_then(|host| host.port.as_ref())),
            of(conninfo.database.as_ref()),
        ])
    }

    #[test]
    fn the_forms_of_the_drivers_documentation_are_read() {
        for (text, expected) in [
            ("jdbc:postgresql:db", ["", "", "", "", "db"]),
            ("jdbc:postgresql:db?user=u&password=p%26q+r", ["u", "p&q r", "", "", "db"]),
            ("jdbc:postgresql:///?user=u", ["u", "", "", "", ""]),
            ("jdbc:postgresql://?user=u", ["u", "", "", "", ""]),
            ("jdbc:postgresql://h.example.com/", ["", "", "h.example.com", "", ""]),
            ("jdbc:postgresql://[::1]:5433/d%20b", ["", "", "::1", "5433", "d b"]),
            ("jdbc:postgresql://a.example.com:1,b.example.com:2/d", ["", "", "a.example.com,b.example.com", "2", "d"]),
        ] {
            assert_eq!(parts(text).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn what_the_driver_refuses_is_refused() {
        for text in [
            "jdbc:postgresql://u:p@h.example.com:5432/d",
            "jdbc:postgresql://h.example.com:5432",
            "jdbc:postgresql://h.example.com/a/b",
            "jdbc:postgresql://h.example.com:0/d",
            "jdbc:postgresql://h.example.com:x/d",
            "jdbc:postgresql://h.example.com/d?password=%zz",
        ] {
            assert!(parts(text).is_err(), "{text}");
        }
    }
}
