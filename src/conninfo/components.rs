//! Settings that come as separate variables: nothing is encoded, nothing has a place in one text.

use super::build::password;
use super::options::RawOption;
use super::{Conninfo, ConninfoError, Field, Host, Parameter, Reading, Syntax};
use crate::secret::{MASK, SecretText};
use crate::target::{Component, ComponentRole};

/// Reads a group of component variables. The text of the reading is the group as assignments on one line.
pub(crate) fn read(components: &[Component]) -> Reading {
    let last = |role: ComponentRole| {
        components.iter().rev().find(|part| part.role == role && !part.value.reveal().trim().is_empty())
    };
    let field = |role: ComponentRole| last(role).map(|part| Field::unplaced(shown(part)));
    let mut parameters = Vec::new();
    for (role, key) in [(ComponentRole::SslMode, "sslmode"), (ComponentRole::SslRootCert, "sslrootcert")] {
        if let Some(part) = last(role) {
            let value = if role == ComponentRole::SslMode { sslmode(part.value.reveal()) } else { shown(part) };
            parameters.push(Parameter { key: key.to_owned(), value, key_span: None, value_span: None });
        }
    }
    let conninfo = Conninfo {
        syntax: Syntax::Components,
        scheme: None,
        hosts: hosts(field(ComponentRole::Host), field(ComponentRole::Port)),
        user: field(ComponentRole::User),
        password: password(
            last(ComponentRole::Password)
                .map(|part| RawOption {
                    keyword: String::new(),
                    key_span: None,
                    value: part.value.reveal().as_bytes().to_vec().into(),
                    span: 0..0,
                    pieces: Vec::new(),
                })
                .as_ref(),
        ),
        database: field(ComponentRole::Database),
        parameters,
    };
    let conninfo = Conninfo { password: super::Password { span: None, ..conninfo.password }, ..conninfo };
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
        repaired: None,
    }
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
