//! What a connection setting says: one file a syntax, and the types that all of them fill.
//!
//! A setting is read by the rules of the software that owns its syntax; for URIs and keyword/value strings that is
//! libpq (PostgreSQL 15 documentation, section 34.1.1, and `fe-connect.c`). Where libpq reads a string in a way that
//! its writer cannot have meant, [`Reading::intended`] holds the repaired reading beside the literal one, and
//! [`Reading::text`] masks the password of both.

mod build;
mod command;
mod components;
mod compose;
mod credentials;
mod ecto;
mod jdbc;
mod keyword;
mod keyword_recover;
mod layout;
mod npgsql;
mod options;
mod ordinary;
mod password;
mod peel;
pub(crate) mod percent;
mod pgpass;
mod plausible;
mod r2dbc;
mod read;
pub mod readers;
mod recover;
mod sqlalchemy;
mod syntax;
mod tail_plausible;
mod uri;
mod veil;
mod vendor;

#[cfg(test)]
mod tests_differential;
#[cfg(test)]
mod tests_libpq;
#[cfg(test)]
mod tests_ordinary;
#[cfg(test)]
mod tests_read;
#[cfg(test)]
mod tests_round_trip;
#[cfg(test)]
mod tests_secrecy;

use std::ops::Range;

pub use compose::{print_keyword, print_uri, with_encoded_password};
pub use options::{is_keyword, keywords};
pub(crate) use password::state as password_state;
pub use read::{MAX_LEN_BYTES, looks_like_setting, read, read_target, read_text};

use crate::secret::{Secret, SecretText};

/// Byte offsets in the setting as written.
pub type Span = Range<usize>;

/// The syntax a setting is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Syntax {
    /// `postgresql://...`, also with a driver suffix (`postgresql+asyncpg://`).
    Uri,
    /// libpq's `host=... port=...`.
    Keyword,
    /// `jdbc:postgresql://...`.
    Jdbc,
    /// `r2dbc:postgresql://...`.
    R2dbc,
    /// Npgsql's and ADO.NET's `Host=...;Username=...`.
    Npgsql,
    /// A command line of `psql`, `pg_dump` and their siblings.
    Command,
    /// A line of a password file, `host:port:database:user:password`.
    Pgpass,
    /// Separate variables, one for each part.
    Components,
}

impl Syntax {
    /// The name in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Uri => "uri",
            Self::Keyword => "keyword",
            Self::Jdbc => "jdbc",
            Self::R2dbc => "r2dbc",
            Self::Npgsql => "npgsql",
            Self::Command => "command",
            Self::Pgpass => "pgpass",
            Self::Components => "components",
        }
    }
}

/// A decoded value and where it stands. Components have no place in one text, so their span is `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// The value, decoded.
    pub value: String,
    /// Where it stands in the setting, before decoding.
    pub span: Option<Span>,
}

impl Field {
    /// A value without a place in the setting.
    pub fn unplaced(value: impl Into<String>) -> Self {
        Self { value: value.into(), span: None }
    }
}

/// One host of a setting. libpq takes several, separated by commas.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Host {
    /// Host name, IP literal (without brackets) or socket directory; `None` when only `hostaddr` is given or the list
    /// entry is empty.
    pub host: Option<Field>,
    /// Where to connect in place of resolving `host`.
    pub hostaddr: Option<Field>,
    /// The port as written; libpq checks only at connect time that it is a number. `None` when not given or empty.
    pub port: Option<Field>,
}

impl Host {
    /// The port as a number, when one is given and it is one (1 to 65535).
    pub fn port_number(&self) -> Option<u16> {
        self.port.as_ref().and_then(|port| port.value.trim().parse().ok()).filter(|port| *port != 0)
    }

    /// The host name, if any.
    pub fn name(&self) -> Option<&str> {
        self.host.as_ref().map(|host| host.value.as_str())
    }
}

/// What is known of the password without showing it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordState {
    /// A value that looks like a real password.
    Set,
    /// None, or empty.
    Missing,
    /// `[YOUR-PASSWORD]` and its like.
    Placeholder,
    /// `****`: copied from a place that hides it.
    Masked,
    /// `${DB_PASSWORD}`: a reference that nobody has replaced.
    Unresolved,
}

impl PasswordState {
    /// The name in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Set => "set",
            Self::Missing => "missing",
            Self::Placeholder => "placeholder",
            Self::Masked => "masked",
            Self::Unresolved => "unresolved",
        }
    }
}

/// The password of a setting. It cannot be printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Password {
    /// What kind of value it is.
    pub state: PasswordState,
    /// The decoded value; `None` when missing.
    pub value: Option<Secret>,
    /// Where it stands in the setting.
    pub span: Option<Span>,
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Password").field("state", &self.state).finish_non_exhaustive()
    }
}

/// A keyword or query parameter other than host, hostaddr, port, user, password and database, decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// The key as written (libpq's keywords are case-sensitive).
    pub key: String,
    /// The value, decoded. A value that may be a secret (a key that reads like one, such as `sslpassword`) is
    /// [`crate::secret::MASK`] here, and its range is among the secrets of [`Reading::text`].
    pub value: String,
    /// Where the key stands.
    pub key_span: Option<Span>,
    /// Where the value stands, before decoding.
    pub value_span: Option<Span>,
}

/// The scheme of a URI, as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scheme {
    /// Everything before `://`, for example `postgresql+asyncpg`.
    pub text: String,
    /// The part after `+`, for example `asyncpg`.
    pub driver: Option<String>,
    /// Where it stands.
    pub span: Span,
}

/// A setting, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conninfo {
    /// The syntax it is written in.
    pub syntax: Syntax,
    /// The scheme, for URI forms.
    pub scheme: Option<Scheme>,
    /// The hosts, in order; empty when none is given.
    pub hosts: Vec<Host>,
    /// The user; `None` when not given or empty.
    pub user: Option<Field>,
    /// The password.
    pub password: Password,
    /// The database; `None` when not given or empty.
    pub database: Option<Field>,
    /// Everything else, in the order written. A key may occur twice: the last one counts.
    pub parameters: Vec<Parameter>,
}

impl Conninfo {
    /// The value of a parameter; of a repeated key the last one, as in libpq.
    pub fn parameter(&self, key: &str) -> Option<&Parameter> {
        self.parameters.iter().rev().find(|parameter| parameter.key == key)
    }

    /// The first host that has a name.
    pub fn first_host(&self) -> Option<&Host> {
        self.hosts.first()
    }
}

/// Why a setting cannot be read. The text is written by supascope and quotes nothing that could be a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ConninfoError {
    /// What is wrong, as a lowercase fragment.
    pub message: String,
    /// Where.
    pub span: Option<Span>,
}

/// What was found in a setting that is wrong on the level of characters: the parser and the recovery note these, the
/// rules turn them into findings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anomaly {
    /// What it is.
    pub kind: AnomalyKind,
    /// Where it stands in the setting.
    pub span: Option<Span>,
}

/// The kinds of [`Anomaly`]. Each becomes the rule of the same name, in kebab case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AnomalyKind {
    /// A raw `@`, `/`, `#`, `?`, `:` or `%` in the password changes how the setting is read.
    UnencodedPassword,
    /// `[...]` around the password, left over from a template.
    BracketsAroundPassword,
    /// Something other than `:` between user and password.
    UserPasswordSeparator,
    /// Quotes around the whole setting or a value.
    QuotesInValue,
    /// A quote that is never closed.
    UnclosedQuote,
    /// White space inside the setting.
    EmbeddedWhitespace,
    /// White space or a line end after the setting.
    TrailingWhitespace,
    /// White space on both sides of `=` in an `.env` line.
    SpacesAroundEquals,
    /// `NAME=` inside the value: the whole line was pasted.
    KeyInValue,
    /// `??`.
    DoubleQuestionMark,
    /// `&key=value` without a `?` before it.
    QueryWithoutQuestionMark,
    /// `host:5432:6543`.
    DoublePort,
    /// `https://` where the host belongs; a finding of `https-url`.
    UrlAsHost,
    /// The setting ends in the middle of something.
    Truncated,
    /// A `#` fragment, which libpq takes as part of the value before it.
    UrlFragment,
    /// A `%` escape that was encoded a second time (`%2540`).
    DoubleEncodedPassword,
    /// A query value holds characters that other parsers read differently unless they are encoded.
    UnencodedQueryValue,
    /// A byte order mark before the setting.
    ByteOrderMark,
    /// `\r` at the end of the setting.
    Crlf,
}

/// The outcome of reading one setting.
#[derive(Clone)]
pub struct Reading {
    /// The setting as written, with every byte that may be a secret marked.
    pub text: SecretText,
    /// The syntax that was recognised, if any.
    pub syntax: Option<Syntax>,
    /// What the owner of the syntax reads, or why it refuses.
    pub literal: Result<Conninfo, ConninfoError>,
    /// What was probably meant, when that differs from `literal`: the basis for classification, rules and repair.
    pub intended: Option<Conninfo>,
    /// What is wrong with the characters.
    pub anomalies: Vec<Anomaly>,
    /// Whether a piece of a password may stand where another part seems to: what is shown is then only what is known to
    /// be none, and nothing is repaired.
    pub is_doubtful: bool,
    /// The setting as it should be written, when the anomalies can be repaired mechanically.
    pub repaired: Option<SecretText>,
}

impl Reading {
    /// The reading that the rest of supascope works with: what was meant, or what stands there.
    pub fn conninfo(&self) -> Option<&Conninfo> {
        self.intended.as_ref().or(self.literal.as_ref().ok())
    }
}
