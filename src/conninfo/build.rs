//! From options to a [`Conninfo`]: lists are split, repeated keywords settled, secrets taken out of sight.

use super::compose::overlaps;
use super::options::RawOption;
use super::password::{is_secret_key, state};
use super::{Conninfo, Field, Host, Parameter, Password, PasswordState, Scheme, Span, Syntax};
use crate::secret::{MASK, Secret};

/// A reading with the places that must not be shown.
pub(crate) struct Built {
    pub(crate) conninfo: Conninfo,
    /// The password's places (also those that a later one overrides) and those of other secrets.
    pub(crate) secrets: Vec<Span>,
    /// The place of a value that is no UTF-8 once decoded, which libpq takes and nobody means.
    pub(crate) not_utf8: Option<Span>,
    /// Whether a key is given twice, the second time behind a secret, of which it may be a piece.
    pub(crate) repeated_behind_secret: bool,
    /// Whether a secret has a key of its own, so that what stands behind it may be a piece of it.
    pub(crate) secret_key: bool,
}

/// Builds the reading. Of a repeated keyword the last one counts, as in libpq; parameters keep all.
pub(crate) fn build(text: &str, syntax: Syntax, scheme: Option<Scheme>, options: &[RawOption]) -> Built {
    let mut secrets = Vec::new();
    let mut parameters = Vec::new();
    let last = |keyword: &str| options.iter().rev().find(|option| option.keyword == keyword);
    for option in options {
        match option.keyword.as_str() {
            "password" => secrets.push(option.span.clone()),
            "host" | "hostaddr" | "port" | "user" => {
                if syntax != Syntax::Uri && option.value.contains(&b'=') && holds_credentials(&lossy(option)) {
                    secrets.push(option.span.clone());
                }
            }
            "dbname" => {
                // A word of a command line that is no plain name may be a setting that was broken beyond reading.
                let odd = syntax == Syntax::Command && !option.value.iter().all(|byte| is_plain(*byte));
                if odd || holds_credentials(&lossy(option)) {
                    secrets.push(option.span.clone());
                }
            }
            _ => parameters.push(parameter(option, syntax, &mut secrets)),
        }
    }
    let conninfo = Conninfo {
        syntax,
        scheme,
        hosts: hosts(text, last("host"), last("hostaddr"), last("port")),
        user: last("user").and_then(field),
        password: password(last("password")),
        database: last("dbname").and_then(field),
        parameters,
    };
    let not_utf8 =
        options.iter().find(|option| std::str::from_utf8(&option.value).is_err()).map(|option| option.span.clone());
    let secret = options.iter().position(|option| option.key_span.is_some() && is_secret_key(&option.keyword));
    let repeated_behind_secret = secret.is_some_and(|secret| is_repeated_behind(options, secret));
    Built { conninfo, secrets, not_utf8, repeated_behind_secret, secret_key: secret.is_some() }
}

fn is_repeated_behind(options: &[RawOption], secret: usize) -> bool {
    let behind = options.iter().enumerate().skip(secret + 1).filter(|(_, option)| !is_secret_key(&option.keyword));
    let repeated =
        |index: usize, keyword: &str| options[..index].iter().any(|earlier| earlier.keyword.as_str() == keyword);
    behind.into_iter().any(|(index, option)| repeated(index, &option.keyword))
}

/// Whether a value is itself a setting with a password in it: `dbname=postgresql://...`.
fn holds_credentials(value: &str) -> bool {
    let names_password = || {
        let lower = value.to_ascii_lowercase();
        ["pass", "pwd"].iter().any(|word| lower.contains(word))
    };
    value.contains("://") || (value.contains('=') && names_password())
}

/// Whether a value may be a setting of any syntax, however broken. Not asked in a URI, where a piece of another part may
/// look like one.
fn may_be_setting(value: &str) -> bool {
    value.contains(" -W")
        || value.split_once(':').is_some_and(|(_, rest)| rest.contains('@'))
        // `host:port:database:user:password`
        || value.bytes().filter(|byte| *byte == b':').count() >= 4
}

/// Keys whose value is a whole setting, by their name: no driver has them as a parameter.
fn names_setting(key: &str) -> bool {
    ["url", "uri", "dsn", "connectionstring"].iter().any(|name| key.eq_ignore_ascii_case(name))
}

/// Bytes of names that people give to databases; a variable of the shell counts as one.
pub(crate) const fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'$' | b'{' | b'}') || byte >= 0x80
}

fn lossy(option: &RawOption) -> String {
    String::from_utf8_lossy(&option.value).into_owned()
}

fn field(option: &RawOption) -> Option<Field> {
    if option.value.is_empty() {
        return None;
    }
    Some(Field { value: lossy(option), span: Some(option.span.clone()) })
}

fn parameter(option: &RawOption, syntax: Syntax, secrets: &mut Vec<Span>) -> Parameter {
    let value = lossy(option);
    let secret = !value.is_empty()
        && (is_secret_key(&option.keyword)
            || holds_credentials(&value)
            || (syntax != Syntax::Uri && (may_be_setting(&value) || names_setting(&option.keyword))));
    if secret {
        secrets.push(option.span.clone());
    }
    Parameter {
        key: option.keyword.clone(),
        value: if secret { MASK.to_owned() } else { value },
        key_span: option.key_span.clone(),
        value_span: Some(option.span.clone()),
    }
}

/// A password from its decoded value.
pub(crate) fn password(option: Option<&RawOption>) -> Password {
    match option {
        Some(option) if !option.value.is_empty() => {
            let value = Secret::new(lossy(option));
            Password { state: state(value.reveal()), value: Some(value), span: Some(option.span.clone()) }
        }
        _ => Password { state: PasswordState::Missing, value: None, span: None },
    }
}

/// The entries of a list with their places.
fn entries(text: &str, option: Option<&RawOption>) -> Vec<Option<Field>> {
    let Some(option) = option.filter(|option| !option.value.is_empty()) else {
        return Vec::new();
    };
    let value = lossy(option);
    let values: Vec<&str> = value.split(',').collect();
    let mut spans = option.pieces.clone();
    if spans.is_empty() {
        let mut at = option.span.start;
        for piece in text[option.span.clone()].split(',') {
            spans.push(at..at + piece.len());
            at += piece.len() + 1;
        }
    }
    // An encoded comma makes more entries than places: then each of them stands somewhere in the whole.
    let whole = vec![option.span.clone(); values.len()];
    let spans = if spans.len() == values.len() { spans } else { whole };
    values
        .into_iter()
        .zip(spans)
        .map(|(value, span)| (!value.is_empty()).then(|| Field { value: value.to_owned(), span: Some(span) }))
        .collect()
}

/// Puts hosts, addresses and ports together by position; a single port is the port of all (PostgreSQL 15
/// documentation, section 34.1.1.3).
fn hosts(text: &str, host: Option<&RawOption>, hostaddr: Option<&RawOption>, port: Option<&RawOption>) -> Vec<Host> {
    let hosts = entries(text, host);
    let addresses = entries(text, hostaddr);
    let ports = entries(text, port);
    let count = hosts.len().max(addresses.len()).max(usize::from(!ports.is_empty()));
    (0..count)
        .map(|index| Host {
            host: hosts.get(index).cloned().flatten(),
            hostaddr: addresses.get(index).cloned().flatten(),
            port: if ports.len() == 1 { ports[0].clone() } else { ports.get(index).cloned().flatten() },
        })
        .collect()
}

/// Replaces every value that stands in a secret place by the mask, so that no field holds a piece of a password.
pub(crate) fn censor(conninfo: &mut Conninfo, secrets: &[Span]) {
    let hit = |span: Option<&Span>| span.is_some_and(|span| overlaps(span, secrets));
    let hide = |field: &mut Option<Field>| {
        if let Some(field) = field.as_mut().filter(|field| hit(field.span.as_ref())) {
            MASK.clone_into(&mut field.value);
        }
    };
    for host in &mut conninfo.hosts {
        hide(&mut host.host);
        hide(&mut host.hostaddr);
        hide(&mut host.port);
    }
    hide(&mut conninfo.user);
    hide(&mut conninfo.database);
    for parameter in &mut conninfo.parameters {
        if hit(parameter.key_span.as_ref()) {
            MASK.clone_into(&mut parameter.key);
        }
        if hit(parameter.value_span.as_ref()) {
            MASK.clone_into(&mut parameter.value);
        }
    }
}
