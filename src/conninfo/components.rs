//! Settings that come as separate variables: nothing is encoded. Places are those in the text of
//! the reading, the assignments on one line.

use super::build::password;
use super::options::RawOption;
use super::{Conninfo, ConninfoError, Field, Host, Parameter, Reading, Span, Syntax};
use crate::secret::{MASK, SecretText};
use crate::target::{Component, ComponentRole};

/// Reads a group of component variables. The text of the reading is the group as assignments on one line.
pub(crate) fn read(components: &[Component]) -> Reading {
    let places = places(components);
    let last = |role: ComponentRole| {
        let filled = |(part, _): &(&Component, &Place)| part.role == role && !part.value.reveal().trim().is_empty();
        components.iter().zip(&places).rev().find(filled)
    };
    let field = |role: ComponentRole| {
        last(role).map(|(part, place)| Field { value: shown(part), span: Some(place.value.clone()) })
    };
    let mut parameters = Vec::new();
    for (role, key) in [(ComponentRole::SslMode, "sslmode"), (ComponentRole::SslRootCert, "sslrootcert")] {
        if let Some((part, place)) = last(role) {
            let value = if role == ComponentRole::SslMode { sslmode(part.value.reveal()) } else { shown(part) };
            let (key_span, value_span) = (Some(place.name.clone()), Some(place.value.clone()));
            parameters.push(Parameter { key: key.to_owned(), value, key_span, value_span });
        }
    }
    let conninfo = Conninfo {
        syntax: Syntax::Components,
        scheme: None,
        hosts: hosts(field(ComponentRole::Host), field(ComponentRole::Port)),
        user: field(ComponentRole::User),
        password: password(
            last(ComponentRole::Password)
                .map(|(part, place)| RawOption {
                    keyword: String::new(),
                    key_span: None,
                    value: part.value.reveal().as_bytes().to_vec().into(),
                    span: place.value.clone(),
                    pieces: Vec::new(),
                })
                .as_ref(),
        ),
        database: field(ComponentRole::Database),
        parameters,
    };
    let literal = if conninfo.hosts.is_empty() {
        Err(ConninfoError { message: "the group of variables names no host".to_owned(), span: None })
    } else {
        Ok(conninfo)
    };
    Reading {
        text: as_lines(components),
        syntax: Some(Syntax::Components),
        literal,
        intended: None,
        anomalies: Vec::new(),
        is_doubtful: false,
        repaired: None,
    }
}

/// Where a component stands in the text that [`as_lines`] makes.
struct Place {
    name: Span,
    /// The value, without white space around it.
    value: Span,
}

fn places(components: &[Component]) -> Vec<Place> {
    let mut at = 0;
    let place = |part: &Component| {
        let name = at..at + part.variable.len();
        let value = part.value.reveal();
        let start = name.end + "=".len() + value.len() - value.trim_start().len();
        at = name.end + "=".len() + value.len() + " ".len();
        Place { name, value: start..start + value.trim().len() }
    };
    components.iter().map(place).collect()
}

fn hosts(host: Option<Field>, port: Option<Field>) -> Vec<Host> {
    let Some(host) = host else { return Vec::new() };
    vec![Host { host: Some(host), hostaddr: None, port }]
}

/// `DB_SSL=true` in libpq's words; a mode stays what it is.
fn sslmode(value: &str) -> String {
    match value.trim().to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => "require".to_owned(),
        "false" | "0" | "no" | "off" => "disable".to_owned(),
        mode => shown_text(mode),
    }
}

/// A value that is not the password's, unless it looks as if a secret was pasted into the wrong variable.
fn shown(part: &Component) -> String {
    shown_text(part.value.reveal().trim())
}

fn shown_text(value: &str) -> String {
    let setting = value.contains("://") || value.contains('@') || value.len() > 255;
    if setting { MASK.to_owned() } else { value.to_owned() }
}

/// The group as assignments, with the password's value secret.
fn as_lines(components: &[Component]) -> SecretText {
    let mut out = super::compose::Composer::default();
    for (index, part) in components.iter().enumerate() {
        if index > 0 {
            out.push(" ");
        }
        out.push(&part.variable);
        out.push("=");
        let value = part.value.reveal();
        if part.role == ComponentRole::Password || shown(part) == MASK {
            out.push_secret(value);
        } else {
            out.push(value);
        }
    }
    out.finish()
}
