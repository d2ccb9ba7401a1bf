//! Writes a setting anew with every secret marked: repaired settings, and URIs printed from a reading.

use super::credentials::judge;
use super::layout::{Netloc, is_double_port, last_port, squeezed};
use super::password::is_secret_key;
use super::percent::{decode_lenient, encode, encode_query, is_decodable};
use super::recover::Layout;
use super::{Conninfo, PasswordState, Span};
use crate::secret::{Secret, SecretText};

/// A text that grows piece by piece, with its secret ranges.
#[derive(Default)]
pub(crate) struct Composer {
    text: zeroize::Zeroizing<String>,
    secrets: Vec<Span>,
}

impl Composer {
    pub(crate) fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    pub(crate) fn push_secret(&mut self, text: &str) {
        let start = self.text.len();
        self.text.push_str(text);
        self.secrets.push(start..self.text.len());
    }

    pub(crate) fn finish(self) -> SecretText {
        SecretText::with_secrets(self.text.as_str(), self.secrets)
    }
}

/// Whether a place touches one of these.
pub(crate) fn overlaps(span: &Span, secrets: &[Span]) -> bool {
    secrets.iter().any(|secret| secret.start < span.end && span.start < secret.end)
}

/// The URI that was meant: the writer's own text where it is sound, repaired where it is not. What is written from a
/// place among `secrets` stays secret.
pub(crate) fn repaired_uri(text: &str, scheme: &str, layout: &Layout, secrets: &[Span]) -> SecretText {
    let mut out = Composer::default();
    let put = |out: &mut Composer, span: &Span, piece: &str| {
        if overlaps(span, secrets) { out.push_secret(piece) } else { out.push(piece) }
    };
    out.push(scheme);
    out.push("://");
    let credentials = &layout.credentials;
    if let Some(user) = &credentials.user {
        put(&mut out, user, &squeezed(&text[user.clone()]));
    }
    if let Some(password) = &credentials.password {
        out.push(":");
        out.push_secret(&encoded_password(text, password));
    }
    if credentials.user.is_some() || credentials.password.is_some() {
        out.push("@");
    }
    for (index, netloc) in layout.tail.netlocs.iter().enumerate() {
        if index > 0 {
            out.push(",");
        }
        push_netloc(text, netloc, &mut out, &put);
    }
    if let Some(database) = &layout.tail.database {
        out.push("/");
        put(&mut out, database, &squeezed(&text[database.clone()]));
    }
    for (index, (key, value)) in layout.tail.query.iter().enumerate() {
        out.push(if index == 0 { "?" } else { "&" });
        let name = squeezed(&text[key.clone()]);
        put(&mut out, key, &name);
        out.push("=");
        let span = value.clone().unwrap_or(key.clone());
        let raw = value.clone().map_or("", |value| &text[value]);
        let sound = is_decodable(raw) && !raw.contains(['=', '+']) && !raw.contains(char::is_whitespace);
        let value = if sound { raw.to_owned() } else { encode_query(&decode_lenient(raw)) };
        if is_secret_key(&name) { out.push_secret(&value) } else { put(&mut out, &span, &value) }
    }
    out.finish()
}

fn push_netloc(text: &str, netloc: &Netloc, out: &mut Composer, put: &impl Fn(&mut Composer, &Span, &str)) {
    let host = squeezed(&text[netloc.host.clone()]);
    if netloc.bracketed {
        out.push("[");
        put(out, &netloc.host, &host);
        out.push("]");
    } else {
        put(out, &netloc.host, &host);
    }
    if let Some(port) = &netloc.port {
        out.push(":");
        let port = if is_double_port(&text[port.clone()]) { last_port(text, port.clone()) } else { port.clone() };
        put(out, &port, &squeezed(&text[port.clone()]));
    }
}

/// The password as it should be written: untouched when it is sound or nobody's, encoded otherwise.
fn encoded_password(text: &str, span: &Span) -> String {
    let judged = judge(text, span);
    if judged.anomalies.is_empty() { text[span.clone()].to_owned() } else { encode(&judged.value) }
}

/// A URI with its password, at `span`, written so that every parser reads the same; `None` when it is already. What else
/// is secret in it stays secret.
pub fn with_encoded_password(text: &SecretText, span: &Span, password: &Secret) -> Option<SecretText> {
    let clear = text.reveal();
    let written = zeroize::Zeroizing::new(encode(password.reveal()));
    if clear[span.clone()] == **written {
        return None;
    }
    let edited = zeroize::Zeroizing::new(format!("{}{}{}", &clear[..span.start], *written, &clear[span.end..]));
    let moved = |at: usize| if at >= span.end { at - span.len() + written.len() } else { at };
    let others = text.secrets().iter().map(|secret| moved(secret.start)..moved(secret.end));
    let new = span.start..span.start + written.len();
    Some(SecretText::with_secrets(edited.as_str(), others.chain([new])))
}

/// A URI for a reading, with everything encoded that some parser might take for something else. Reading the result
/// yields the same parts.
pub fn print_uri(conninfo: &Conninfo) -> SecretText {
    let mut out = Composer::default();
    out.push(conninfo.scheme.as_ref().map_or("postgresql", |scheme| scheme.text.as_str()));
    out.push("://");
    // pgjdbc takes them as parameters alone.
    let apart = conninfo.syntax == super::Syntax::Jdbc;
    let password = conninfo.password.value.as_ref().filter(|_| conninfo.password.state != PasswordState::Missing);
    if !apart {
        push_credentials(&mut out, conninfo.user.as_ref(), password);
    }
    let mut addresses = Vec::new();
    for (index, host) in conninfo.hosts.iter().enumerate() {
        if index > 0 {
            out.push(",");
        }
        let name = host.name().unwrap_or_default();
        if name.contains(':') {
            out.push("[");
            out.push(name);
            out.push("]");
        } else {
            out.push(&encode(name));
        }
        if let Some(port) = &host.port {
            out.push(":");
            out.push(&encode(&port.value));
        }
        addresses.push(host.hostaddr.as_ref().map_or("", |address| address.value.as_str()));
    }
    if let Some(database) = &conninfo.database {
        out.push("/");
        out.push(&encode(&database.value));
    }
    let mut separator = "?";
    let mut key = |out: &mut Composer, key: &str| {
        out.push(separator);
        out.push(&encode(key));
        out.push("=");
        separator = "&";
    };
    if let Some(user) = conninfo.user.as_ref().filter(|_| apart) {
        key(&mut out, "user");
        out.push(&encode_query(&user.value));
    }
    if let Some(password) = password.filter(|_| apart) {
        key(&mut out, "password");
        out.push_secret(&encode_query(password.reveal()));
    }
    let mut pair = |out: &mut Composer, name: &str, value: &str| {
        key(out, name);
        out.push(&encode_query(value));
    };
    if addresses.iter().any(|address| !address.is_empty()) {
        pair(&mut out, "hostaddr", &addresses.join(","));
    }
    for parameter in &conninfo.parameters {
        pair(&mut out, &parameter.key, &parameter.value);
    }
    out.finish()
}

/// `user:password@`, as far as there is one.
fn push_credentials(out: &mut Composer, user: Option<&super::Field>, password: Option<&Secret>) {
    if let Some(user) = user {
        out.push(&encode(&user.value));
    }
    if let Some(password) = password {
        out.push(":");
        out.push_secret(&encode(password.reveal()));
    }
    if user.is_some() || password.is_some() {
        out.push("@");
    }
}

/// A keyword/value string for a reading, with quotes where libpq needs them.
pub fn print_keyword(conninfo: &Conninfo) -> SecretText {
    let mut out = Composer::default();
    let mut first = true;
    let mut key = |out: &mut Composer, key: &str| {
        out.push(if std::mem::take(&mut first) { "" } else { " " });
        out.push(key);
        out.push("=");
    };
    let list = |value: fn(&super::Host) -> Option<&super::Field>| {
        let values: Vec<&str> =
            conninfo.hosts.iter().map(|host| value(host).map_or("", |field| field.value.as_str())).collect();
        Some(values.join(",")).filter(|joined| joined.bytes().any(|byte| byte != b','))
    };
    let lists = [
        ("host", list(|host| host.host.as_ref())),
        ("hostaddr", list(|host| host.hostaddr.as_ref())),
        ("port", list(|host| host.port.as_ref())),
        ("dbname", conninfo.database.as_ref().map(|field| field.value.clone())),
        ("user", conninfo.user.as_ref().map(|field| field.value.clone())),
    ];
    for (name, value) in lists {
        if let Some(value) = value {
            key(&mut out, name);
            out.push(&quoted(&value));
        }
    }
    if let Some(password) = &conninfo.password.value {
        key(&mut out, "password");
        out.push_secret(&quoted(password.reveal()));
    }
    for parameter in &conninfo.parameters {
        key(&mut out, &parameter.key);
        out.push(&quoted(&parameter.value));
    }
    out.finish()
}

/// A value as libpq's keyword grammar wants it: in quotes when it is empty or holds white space, a quote or `\`.
pub(crate) fn quoted(value: &str) -> String {
    if !value.is_empty() && !value.contains(|c: char| c.is_whitespace() || matches!(c, '\'' | '\\' | '\u{b}')) {
        return value.to_owned();
    }
    format!("'{}'", value.replace('\\', "\\\\").replace('\'', "\\'"))
}
