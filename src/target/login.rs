//! A URL without a user or password, and the variables beside it that hold them: `SPRING_DATASOURCE_URL` with
//! `SPRING_DATASOURCE_USERNAME` and `..._PASSWORD`, `QUARKUS_DATASOURCE_JDBC_URL`, `KC_DB_URL`, `FLYWAY_URL`; and
//! `PGUSER` and `PGPASSWORD`, which libpq takes for every URL (PostgreSQL 15 documentation, section 34.15).
//!
//! What the driver gets is the URL with both as properties, so that is what is judged.

use zeroize::Zeroizing;

use super::env_file::Entry;
use super::groups::Drafts;
use super::names::split_end;
use super::{ComponentRole, Expansion, Piece};
use crate::conninfo::{self, PasswordState, Syntax};
use crate::secret::Secret;

/// Ends of the names of whole URLs, the longer before the shorter.
const ENDS: &[&str] = &["JDBC_URL", "JDBCURL", "REACTIVE_URL", "CONNECTION_URL", "URL", "URI", "DSN"];

/// The entry with what its URL lacks, when that stands beside it.
pub(super) fn complete(entry: &Entry, drafts: &Drafts<'_>, path: Option<&str>) -> Option<Entry> {
    let prefix = ENDS.iter().find_map(|end| split_end(&entry.name, end))?;
    let beside = |role| drafts.part(prefix, role).or_else(|| drafts.part("PG", role));
    let (user, password) = (beside(ComponentRole::User), beside(ComponentRole::Password));
    if user.is_none() && password.is_none() {
        return None;
    }
    let reading = conninfo::read_text(&entry.value);
    let conninfo = reading.literal.as_ref().ok().filter(|_| reading.intended.is_none())?;
    if !matches!(conninfo.syntax, Syntax::Uri | Syntax::Jdbc) || conninfo.hosts.is_empty() {
        return None;
    }
    // A user in the URL makes the pair beside it somebody else's.
    let user = user.filter(|_| conninfo.user.is_none());
    let password = password.filter(|_| conninfo.password.state == PasswordState::Missing && user.is_some());
    user?;
    let mut whole = Whole::new(entry, path);
    for (key, part) in [("user", user), ("password", password)] {
        if let Some(part) = part {
            whole.add(key, part, path);
        }
    }
    Some(whole.entry())
}

/// A hexadecimal digit, as percent-encoding wants it.
fn hex(digit: u8) -> char {
    char::from_digit(u32::from(digit), 16).unwrap_or('0').to_ascii_uppercase()
}

/// A URL that grows.
struct Whole<'a> {
    entry: &'a Entry,
    value: Zeroizing<String>,
    expansion: Expansion,
}

impl<'a> Whole<'a> {
    fn new(entry: &'a Entry, path: Option<&str>) -> Self {
        let value = Zeroizing::new(entry.value.trim_end().to_owned());
        let own = Piece {
            span: 0..value.len(),
            variable: entry.name.clone(),
            path: path.map(str::to_owned),
            line: Some(entry.line).filter(|line| *line > 0),
            at: Some(0),
            is_secret: false,
        };
        let expansion = entry.expansion.clone().unwrap_or_else(|| Expansion {
            pieces: vec![own],
            doubts: Vec::new(),
            written: Secret::new(entry.value.as_str()),
        });
        Self { entry, value, expansion }
    }

    fn add(&mut self, key: &str, part: &Entry, path: Option<&str>) {
        let sign = if self.value.contains('?') { '&' } else { '?' };
        let start = self.value.len();
        self.value.push(sign);
        self.value.push_str(key);
        self.value.push('=');
        let middle = self.value.len();
        let plain = part.value.trim();
        for byte in plain.bytes() {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                self.value.push(char::from(byte));
            } else {
                self.value.extend(['%', hex(byte >> 4), hex(byte & 15)]);
            }
        }
        let is_plain = self.value[middle..] == *plain;
        let piece = |span, at, is_secret| Piece {
            span,
            variable: part.name.clone(),
            path: path.map(str::to_owned),
            line: Some(part.line).filter(|line| *line > 0),
            at,
            is_secret,
        };
        self.expansion.pieces.push(piece(start..middle, None, false));
        let at = (is_plain && part.expansion.is_none()).then(|| part.value.len() - part.value.trim_start().len());
        self.expansion.pieces.push(piece(middle..self.value.len(), at, key == "password"));
    }

    fn entry(self) -> Entry {
        Entry { value: self.value, expansion: Some(self.expansion), ..self.entry.clone() }
    }
}
