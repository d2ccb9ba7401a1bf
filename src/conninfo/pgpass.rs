//! A line of a password file: `hostname:port:database:username:password` (PostgreSQL 17 documentation, "The Password
//! File"; `passwordFromFile` in `fe-connect.c`). `*` stands for anything, `\` escapes `:` and `\`, and the password
//! runs to the end of the line.

use zeroize::Zeroizing;

use super::build::build;
use super::options::RawOption;
use super::plausible::{self, Plausibility};
use super::{Reading, Span, Syntax};
use crate::secret::SecretText;

/// The keywords of the fields, in their order.
const FIELDS: [&str; 5] = ["host", "port", "dbname", "user", "password"];

/// Where the five fields stand, when the text is such a line and hardly anything else.
pub(crate) fn recognise(text: &str) -> Option<[Span; 5]> {
    let line = text.trim_end_matches(['\r', '\n']);
    if line.contains('\n') {
        return None;
    }
    let mut fields: [Span; 5] = std::array::from_fn(|_| line.len()..line.len());
    let mut start = 0;
    for field in fields.iter_mut().take(4) {
        let end = start + unescaped_colon(&line[start..])?;
        *field = start..end;
        start = end + 1;
    }
    fields[4] = start..line.len();
    let [host, port, database, user, password] = fields.clone().map(|span| &line[span]);
    let number = (1..=5).contains(&port.len()) && port.bytes().all(|byte| byte.is_ascii_digit());
    let wild = host == "*";
    let name = unescaped(host);
    let name = name.as_str();
    let known = wild || name.starts_with('/') || plausible::host(name) >= Plausibility::Name;
    let sound = |field: &str| !field.is_empty() && !field.contains(['@', '/', '?', '=', ' ', '%', '"', '\'']);
    // A bare word before `:` may be the user of a URI without its scheme, and what looks like fields its password.
    let dotted = wild || name.starts_with('/') || name == "localhost" || name.contains(['.', ':']);
    let apart = dotted || !password.contains('@');
    ((number || port == "*") && known && apart && sound(database) && sound(user) && !password.is_empty())
        .then_some(fields)
}

fn unescaped_colon(text: &str) -> Option<usize> {
    let mut bytes = text.bytes().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'\\' => {
                bytes.next();
            }
            b':' => return Some(at),
            _ => {}
        }
    }
    None
}

/// Without the backslashes that escape.
fn unescaped(field: &str) -> Zeroizing<String> {
    let mut plain = Zeroizing::new(String::with_capacity(field.len()));
    let mut chars = field.chars();
    while let Some(c) = chars.next() {
        match (c, chars.clone().next()) {
            ('\\', Some(next)) => {
                chars.next();
                plain.push(next);
            }
            _ => plain.push(c),
        }
    }
    plain
}

/// Reads the line. A `*` is a field that is not given.
pub(crate) fn read(text: &str, fields: &[Span; 5]) -> Reading {
    let options: Vec<RawOption> = FIELDS
        .iter()
        .zip(fields)
        .filter(|(keyword, span)| **keyword == "password" || &text[(*span).clone()] != "*")
        .map(|(keyword, span)| RawOption {
            keyword: (*keyword).to_owned(),
            key_span: None,
            value: Zeroizing::new(unescaped(&text[span.clone()]).as_bytes().to_vec()),
            span: span.clone(),
            pieces: Vec::new(),
        })
        .collect();
    let built = build(text, Syntax::Pgpass, None, &options);
    Reading {
        text: SecretText::with_secrets(text, built.secrets),
        syntax: Some(Syntax::Pgpass),
        literal: Ok(built.conninfo),
        intended: None,
        anomalies: Vec::new(),
        is_doubtful: false,
        repaired: None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::read_text;
    use super::*;

    #[test]
    fn the_fields_are_unescaped_and_the_password_runs_to_the_end() {
        let text = "db.abcdefghijklmnopqrst.supabase.co:5432:postgres:postgres:p:a\\:s\\\\s@w/#d";
        let reading = read_text(text);
        assert_eq!(reading.syntax, Some(Syntax::Pgpass));
        let conninfo = reading.literal.unwrap();
        assert_eq!(conninfo.password.value.unwrap().reveal(), "p:a:s\\s@w/#d");
        assert_eq!(conninfo.hosts[0].port_number(), Some(5432));
        assert_eq!(reading.text.masked(), "db.abcdefghijklmnopqrst.supabase.co:5432:postgres:postgres:****");
    }

    #[test]
    fn a_star_is_a_field_that_is_not_given() {
        let conninfo = read_text("*:*:*:postgres.abcdefghijklmnopqrst:secret").literal.unwrap();
        assert!(conninfo.hosts.is_empty() && conninfo.database.is_none());
        assert_eq!(conninfo.user.unwrap().value, "postgres.abcdefghijklmnopqrst");
        let six = read_text("\\:\\:1:5432:d:u:secret").literal.unwrap();
        assert_eq!(six.hosts[0].name(), Some("::1"));
    }

    #[test]
    fn broken_uris_are_no_password_lines() {
        for text in [
            "postgres:1234:abc:def:ghijkl@aws-0-us-east-1.pooler.supabase.com:6543/postgres",
            "postgres.abcdefghijklmnopqrst:1:2:3:4@aws-0-us-east-1.pooler.supabase.com:6543/postgres",
            "u:123:abc:def:ghi",
            "postgresql://u:1:2:3:4@h/d",
            "localhost:5432:d:u",
            "localhost:port:d:u:p",
            "localhost:123456:d:u:p",
            "a:b:c:d:e",
        ] {
            assert_ne!(read_text(text).syntax, Some(Syntax::Pgpass), "{text}");
        }
    }
}
