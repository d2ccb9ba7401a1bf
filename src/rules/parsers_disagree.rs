//! `parsers-disagree`: drivers read this URI differently.

use super::prelude::*;
use crate::conninfo::{Span, with_encoded_password};
use crate::conninfo::readers::{Part, Parts, READERS, Read};
use crate::secret::{MASK, SecretText};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "parsers-disagree",
    severity: Severity::Warning,
    group: Group::Setting,
    what: "Drivers read this URI differently.",
    why: "The same text connects one program and not the other, or sends a piece of the password to DNS as a host name.",
    fix: "Percent-encode every character of the password that is no letter, digit, `-`, `.`, `_` or `~`, and name one host without brackets.",
    sources: &[
        "fe-connect.c of PostgreSQL 15; WHATWG URL standard and pg-connection-string 2.14.1; urllib.parse of Python 3.11; sqlalchemy/engine/url.py 2.1.9; net/url of Go 1.24; Driver.java of pgjdbc 42.7",
    ],
    check: Check::One(check),
};

/// Query keys that move the connection elsewhere, which is another rule's affair.
const MOVING: &[&str] = &["host", "hostaddr", "port", "user", "password", "dbname"];

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let text = subject.reading.text.reveal();
    if !text.starts_with("postgres://") && !text.starts_with("postgresql://") {
        return None;
    }
    // Where a placeholder stands, everything is still to be written; a host that cannot exist has its own rule.
    let conninfo = subject.conninfo?;
    let settled = matches!(conninfo.password.state, PasswordState::Set | PasswordState::Missing);
    let moved = conninfo.parameters.iter().any(|parameter| MOVING.contains(&parameter.key.as_str()));
    if !settled || moved || subject.host_is_told() || subject.host_name().contains(['$', '{', '<']) {
        return None;
    }
    let what = cause(subject)?;
    let reads: Vec<Read> = READERS.iter().map(|reader| (reader.read)(text)).collect();
    let mut drivers = READERS.iter().zip(&reads).filter(|(reader, _)| reader.reads_uris).map(|(_, read)| read);
    let first = drivers.next()?;
    if drivers.all(|read| agree(first, read)) {
        return None;
    }
    let secrets = subject.reading.text.secrets();
    let rows: Vec<String> =
        READERS.iter().zip(&reads).map(|(reader, read)| format!("{} -> {}", reader.name, place(read, secrets))).collect();
    // What sets them apart may be hidden, because it is the password.
    let shown = READERS.iter().zip(&reads).filter(|(reader, _)| reader.reads_uris).map(|(_, read)| place(read, secrets));
    let alike = shown.collect::<std::collections::HashSet<_>>().len() == 1;
    let hidden = if alike { ": each takes a part of it for something else, and not the same part" } else { "" };
    let span = conninfo.password.span.clone().filter(|_| what != HOSTS).or_else(|| host_span(subject));
    let repaired = subject.reading.repaired.clone().or_else(|| encoded(subject)).filter(|_| what != HOSTS);
    Some(
        rule.finding(format!("Drivers disagree about {what}{hidden}. Who would connect where:\n{}", rows.join("\n")))
            .at(span)
            .with_repaired(repaired),
    )
}

const HOSTS: &str = "the hosts";

/// What the readers can disagree about; nothing else is worth a warning.
fn cause(subject: &Subject<'_>) -> Option<&'static str> {
    let conninfo = subject.conninfo?;
    let text = subject.reading.text.reveal();
    let raw = conninfo.password.span.clone().and_then(|span| text.get(span));
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:%".contains(&byte);
    let odd_password = raw.is_some_and(|raw| !raw.bytes().all(plain)) || has_stray_percent(raw.unwrap_or_default());
    let bracketed = subject.host_name().contains(['[', ']'])
        || subject.host_field().and_then(|host| host.span.clone()).is_some_and(|span| {
            text[..span.start].ends_with('[') && !subject.host_name().contains(':')
        });
    if odd_password {
        Some("the password")
    } else if bracketed || (conninfo.hosts.len() > 1 && subject.kind() != Kind::Other) {
        // Elsewhere several hosts are how fail-over is written.
        Some(HOSTS)
    } else {
        None
    }
}

/// A `%` that begins no token, or bytes that are no UTF-8.
fn has_stray_percent(raw: &str) -> bool {
    let hex = |text: Option<&str>| text.is_some_and(|text| text.bytes().all(|byte| byte.is_ascii_hexdigit()));
    raw.match_indices('%').any(|(at, _)| !hex(raw.get(at + 1..at + 3)))
}

fn host_span(subject: &Subject<'_>) -> Option<Span> {
    subject.host_field().and_then(|host| host.span.clone())
}

fn agree(one: &Read, other: &Read) -> bool {
    match (one, other) {
        (Ok(one), Ok(other)) => one.agrees_with(other),
        (Err(_), Err(_)) => true,
        _ => false,
    }
}

/// `user@host:port/database`, or the reader's error. A part that touches the password shows as its mask.
fn place(read: &Read, secrets: &[Span]) -> String {
    match read {
        Err(error) => format!("error \"{error}\""),
        Ok(parts) => shown(parts, secrets),
    }
}

fn shown(parts: &Parts, secrets: &[Span]) -> String {
    let mut astray = Vec::new();
    let mut show = |part: Option<&Part>, what: &'static str| {
        let Some(part) = part else { return String::new() };
        let hidden = secrets.iter().any(|secret| secret.start < part.span.end && part.span.start < secret.end);
        if !hidden {
            return part.value.to_string();
        }
        astray.push(what);
        MASK.to_owned()
    };
    let user = show(parts.user.as_ref(), "user");
    let hosts: Vec<String> = parts
        .hosts
        .iter()
        .map(|(host, port)| {
            let host = show(host.as_ref(), "host");
            let port = show(port.as_ref(), "port");
            if port.is_empty() { host } else { format!("{host}:{port}") }
        })
        .collect();
    let database = show(parts.database.as_ref(), "database");
    let at = if user.is_empty() { String::new() } else { format!("{user}@") };
    let note = match astray.as_slice() {
        [] => String::new(),
        parts => format!(" (a part of the password in the {})", parts.join(" and the ")),
    };
    format!("`{at}{}/{database}`{note}", hosts.join(","))
}

/// The setting with its password encoded, where that is all it needs.
fn encoded(subject: &Subject<'_>) -> Option<SecretText> {
    let password = &subject.conninfo?.password;
    with_encoded_password(&subject.reading.text, password.span.as_ref()?, password.value.as_ref()?)
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    const HOST: &str = "aws-0-us-east-1.pooler.supabase.com";

    fn uri(password: &str) -> String {
        format!("postgresql://postgres.abcdefghijklmnopqrst:{password}@{HOST}:6543/postgres")
    }

    #[test]
    fn legal_characters_and_encoded_ones_are_silent() {
        for password in ["pw", "p!$&'()*+,;=w", "a:b", "p%40ss%2Fw%23rd", "[YOUR-PASSWORD]", "${DB_PASSWORD}"] {
            scene(&uri(password)).silent(RULE.id);
        }
        for text in [
            "postgresql://u:p@[::1]:5432/d",
            "postgresql:///d?host=/tmp",
            "postgresql://u:p@aws-0-[REGION].pooler.supabase.com:6543/postgres",
            "postgresql+asyncpg://u:p^q@h.example.com/d",
            "jdbc:postgresql://h.example.com/d?user=u",
            "postgresql://u:p@h.example.com/d#x",
        ] {
            scene(text).silent(RULE.id);
        }
    }

    #[test]
    fn a_raw_at_sign_shows_who_goes_where_and_no_piece_of_the_password() {
        let finding = scene(&uri("Qz@XkJqYp")).fires(RULE.id);
        let message = &finding.message;
        for reader in ["libpq", "SQLAlchemy"] {
            let astray = "`postgres.abcdefghijklmnopqrst@****:6543/postgres` (a part of the password in the host)";
            assert!(message.contains(&format!("\n{reader} -> {astray}")), "{message}");
        }
        let right = format!("Go net/url -> `postgres.abcdefghijklmnopqrst@{HOST}:6543/postgres`");
        assert!(message.contains(&right), "{message}");
        assert!(!message.contains("Qz") && !message.contains("XkJ"), "{message}");
    }

    #[test]
    fn readings_that_differ_only_inside_the_password_are_told_to_differ() {
        let message = scene(&uri("pa@ss/w#ord")).fires(RULE.id).message;
        assert!(message.contains("and not the same part"), "{message}");
        assert!(!scene(&uri("Qz@XkJqYp")).fires(RULE.id).message.contains("not the same part"));
    }

    #[test]
    fn what_only_some_refuse_is_told_with_a_repair() {
        let scene = scene(&uri("p^q"));
        assert!(scene.fires(RULE.id).message.contains("Go net/url -> error \"net/url: invalid userinfo\""));
        assert_eq!(scene.repaired(RULE.id), uri("p%5Eq"));
    }

    #[test]
    fn other_secrets_stay_hidden_in_the_repair() {
        let scene = scene("postgresql://u:a^b@h.example.com:5432/d?sslpassword=QzXkVw");
        let repaired = scene.fires(RULE.id).repaired.expect("a repair");
        assert_eq!(repaired.masked(), "postgresql://u:****@h.example.com:5432/d?sslpassword=****");
        assert_eq!(repaired.reveal(), "postgresql://u:a%5Eb@h.example.com:5432/d?sslpassword=QzXkVw");
    }

    #[test]
    fn several_hosts_and_bracketed_names_are_told() {
        scene("postgresql://u.t:p@localhost:5432,localhost:6543/d").fires(RULE.id);
        scene("postgresql://u:p@a.example.com:1,b.example.com:2/d").silent(RULE.id);
        scene("postgresql://u:p@[a.example.com]:5432/d").fires(RULE.id);
    }
}
