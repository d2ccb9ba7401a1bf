//! `r2dbc:postgresql://...`, `r2dbc:pool:postgresql://...`, `r2dbcs:...`, by the rules of `ConnectionUrlParser` of
//! r2dbc-spi 1.0 and of the options of r2dbc-postgresql 1.1 (`PostgresqlConnectionFactoryProvider`).
//!
//! The URL goes through `java.net.URI`, which refuses characters that RFC 2396 does not know; user, password and values
//! are decoded as HTML forms are, so `+` is a space; the parts of the connection may not stand in the query.

use super::Span;
use super::layout::tail;
use super::options::{RawOption, Refusal};
use super::percent::{decode_lenient, is_decodable};

/// Options that may not stand in the query (`PROHIBITED_QUERY_OPTIONS`).
const PROHIBITED: &[&str] = &["database", "driver", "host", "password", "port", "protocol", "user"];

/// The length of a scheme such as `r2dbc:pool:postgresql`, without `://`; `None` when Postgres is not in it.
pub(crate) fn scheme_len(lower: &str) -> Option<usize> {
    let len = lower.find("://")?;
    let mut parts = lower[..len].split(':');
    let r2dbc = matches!(parts.next(), Some("r2dbc" | "r2dbcs"));
    (r2dbc && parts.any(|part| matches!(part, "postgresql" | "postgres"))).then_some(len)
}

/// Reads the part after `://`.
pub(crate) fn parse(text: &str, scheme: &Span, rest: Span) -> Result<Vec<RawOption>, Refusal> {
    if let Some((at, c)) = text[rest.clone()].char_indices().find(|(_, c)| c.is_ascii() && !is_legal(*c)) {
        let at = rest.start + at;
        return Err(Refusal::new("java.net.URI refuses this character: ", at..at + c.len_utf8()).quoting(c));
    }
    let end = text[rest.clone()].find('#').map_or(rest.end, |at| rest.start + at);
    if !is_decodable(&text[rest.start..end]) {
        return Err(Refusal::new("a \"%\" without two hexadecimal digits after it", rest.start..end));
    }
    let slash = text[rest.start..end].find(['/', '?']).map_or(end, |at| rest.start + at);
    let mut options = Vec::new();
    let mut hosts = rest.start;
    if let Some(at) = text[rest.start..slash].find('@').map(|at| rest.start + at) {
        let colon = text[rest.start..at].find(':').map(|colon| rest.start + colon);
        push(text, "user", rest.start..colon.unwrap_or(at), &mut options);
        if let Some(colon) = colon {
            push(text, "password", colon + 1..at, &mut options);
        }
        hosts = at + 1;
    }
    let tail = tail(text, hosts..end);
    if let Some((key, _)) = tail.query.iter().find(|(key, _)| PROHIBITED.contains(&&text[key.clone()])) {
        return Err(Refusal::new("the query must not hold the option ", key.clone()).quoting(&text[key.clone()]));
    }
    if let Some(second) = text[hosts..slash].find('@').map(|at| hosts + at) {
        let what = "everything after the first \"@\" is taken for the host";
        return Err(Refusal::new(what, second..second + 1));
    }
    let mut named = tail.options(text, true);
    if text[scheme.clone()].starts_with("r2dbcs:") && !named.iter().any(|option| option.keyword == "sslMode") {
        // `enableSsl()` of the driver: TLS, and the certificate's name is checked.
        named.push(RawOption {
            keyword: "sslMode".to_owned(),
            key_span: None,
            value: b"verify-full".to_vec().into(),
            span: scheme.clone(),
            pieces: Vec::new(),
        });
    }
    options.extend(named);
    Ok(options)
}

fn push(text: &str, keyword: &str, span: Span, options: &mut Vec<RawOption>) {
    if !span.is_empty() {
        let value = decode_lenient(&text[span.clone()].replace('+', " ")).as_bytes().to_vec().into();
        options.push(RawOption { keyword: keyword.to_owned(), key_span: None, value, span, pieces: Vec::new() });
    }
}

/// RFC 2396 as `java.net.URI` reads it, with `%` and the brackets of an address. `#` begins the fragment.
fn is_legal(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-_.!~*'();/?:@&=+$,%#[]".contains(c)
}

#[cfg(test)]
mod tests {
    use super::super::{Syntax, read_text};

    fn parts(text: &str) -> [String; 5] {
        let reading = read_text(text);
        assert_eq!(reading.syntax, Some(Syntax::R2dbc), "{text}");
        let conninfo = reading.literal.unwrap_or_else(|error| panic!("{text}: {error}"));
        let of = |field: Option<&super::super::Field>| field.map(|field| field.value.clone()).unwrap_or_default();
        let host = conninfo.hosts.first();
        [
            of(conninfo.user.as_ref()),
            conninfo.password.value.as_ref().map(|secret| secret.reveal().to_owned()).unwrap_or_default(),
            of(host.and_then(|host| host.host.as_ref())),
            of(conninfo.database.as_ref()),
            conninfo.parameter("sslMode").map(|mode| mode.value.clone()).unwrap_or_default(),
        ]
    }

    #[test]
    fn drivers_and_pools_are_read() {
        assert_eq!(
            parts("r2dbc:postgresql://u:p%40q@h.example.com:5432/d?sslMode=require"),
            ["u", "p@q", "h.example.com", "d", "require"]
        );
        assert_eq!(parts("r2dbc:pool:postgresql://u:p+q@h.example.com/d"), ["u", "p q", "h.example.com", "d", ""]);
        assert_eq!(parts("r2dbcs:postgresql://u:p@h.example.com/d"), ["u", "p", "h.example.com", "d", "verify-full"]);
    }

    #[test]
    fn what_java_net_uri_refuses_is_refused_and_repaired() {
        for (broken, repaired) in [
            ("r2dbc:postgresql://u:a^b@h.example.com/d", None),
            (
                "r2dbc:postgresql://u:a@b@db.abcdefghijklmnopqrst.supabase.co:5432/d",
                Some("r2dbc:postgresql://u:a%40b@db.abcdefghijklmnopqrst.supabase.co:5432/d"),
            ),
        ] {
            let reading = read_text(broken);
            assert!(reading.literal.is_err());
            assert_eq!(reading.repaired.as_ref().map(crate::secret::SecretText::reveal), repaired);
        }
        assert!(read_text("r2dbc:postgresql://h.example.com/d?user=u&password=secret").literal.is_err());
    }
}
