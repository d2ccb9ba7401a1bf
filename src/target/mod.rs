//! Where settings come from: arguments, `env:NAME`, `@FILE`, standard input, the environment and `.env` files.
//!
//! A [`Target`] is one setting with the place where it was found, so that a finding can point at a line.

mod candidate;
mod discover;
pub(crate) mod env_file;
mod error;
mod expand;
mod expansion;
mod file;
mod groups;
pub(crate) mod layers;
mod list;
mod login;
mod names;
mod neighbours;
mod pool_hints;
mod reference;

#[cfg(test)]
mod tests_readers;

pub(crate) use discover::settings_of_files;
pub use discover::{DEFAULT_ENV_FILES, MAX_TARGETS, discover, discover_all, settings_of_text, written_value};
pub(crate) use env_file::{Entry, name as env_assignment, parse as parse_env_file};
pub use error::TargetError;
pub use expansion::{Doubt, DoubtKind, Expansion, Piece};
pub use file::{MAX_FILE_BYTES, read as read_file};
pub use list::List;
pub(crate) use names::words as words_of;
pub use pool_hints::PoolHints;

use crate::secret::{Secret, SecretText};

/// The kind of place a setting was found in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceKind {
    /// A command-line argument.
    Argument,
    /// A line of standard input.
    Stdin,
    /// A variable of the environment.
    Environment,
    /// A line of a file.
    File,
}

impl SourceKind {
    /// The name in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Argument => "argument",
            Self::Stdin => "stdin",
            Self::Environment => "environment",
            Self::File => "file",
        }
    }
}

/// Where a setting was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The kind of place.
    pub kind: SourceKind,
    /// The variable that holds it; for a group of variables their common prefix with `*`, for example `DB_*`.
    pub variable: Option<String>,
    /// The file, as the user named it.
    pub path: Option<String>,
    /// The line, counted from 1.
    pub line: Option<usize>,
    /// The column where the value starts, counted from 1.
    pub column: Option<usize>,
}

impl Source {
    /// A source that is a command-line argument.
    pub const fn argument() -> Self {
        Self { kind: SourceKind::Argument, variable: None, path: None, line: None, column: None }
    }

    /// Whether it is a line of a list (`@FILE`, standard input). The settings of a list have nothing to do with each
    /// other; the variables of a file or of the environment have.
    pub const fn is_in_list(&self) -> bool {
        matches!(self.kind, SourceKind::Stdin) || (matches!(self.kind, SourceKind::File) && self.variable.is_none())
    }
}

/// The part of a setting that a component variable holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ComponentRole {
    /// `*_HOST`
    Host,
    /// `*_PORT`
    Port,
    /// `*_USER`, `*_USERNAME`
    User,
    /// `*_PASSWORD`, `*_PASS`
    Password,
    /// `*_NAME`, `*_DATABASE`, `*_DBNAME`, `*_DB`
    Database,
    /// `*_SSLMODE`, `*_SSL`
    SslMode,
    /// `*_SSL_CERT_PATH`, `*_SSLROOTCERT`
    SslRootCert,
}

/// One variable of a group of component variables.
#[derive(Clone)]
pub struct Component {
    /// Which part it holds.
    pub role: ComponentRole,
    /// The variable's whole name.
    pub variable: String,
    /// Its value; any of them may be a mistakenly pasted secret, so all are carried as one.
    pub value: Secret,
    /// The line of its file, counted from 1.
    pub line: Option<usize>,
    /// The column where the value starts, counted from 1.
    pub column: Option<usize>,
}

/// A setting as found.
#[derive(Clone)]
pub enum Setting {
    /// One text in some syntax.
    Text(SecretText),
    /// A group of component variables.
    Components(Vec<Component>),
}

/// What stands beside a setting in the same file or environment and belongs to it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Neighbours {
    /// `*_POOL_SIZE`: connections an application pool keeps.
    pub pool_size: Option<u32>,
    /// `*_MAX_OVERFLOW`: connections it may open beyond that.
    pub max_overflow: Option<u32>,
    /// `POOLER_DEFAULT_POOL_SIZE` of the self-hosted docker stack: server connections of its Supavisor.
    pub pooler_pool_size: Option<u32>,
    /// Whether `POOLER_*` variables stand here, which only Supabase's self-hosted docker stack has (docker/.env.example,
    /// June 2026).
    pub has_docker_stack: bool,
    /// `WEB_CONCURRENCY`, `*_WORKERS`: processes.
    pub workers: Option<u32>,
    /// `SUPABASE_SSL_CERT_PATH` and its like: a CA file stands ready, so verify-full is possible.
    pub ssl_root_cert: Option<String>,
    /// `SUPABASE_CA_FILE`: the code verifies the server with that file, whatever the setting says.
    pub code_verifies: bool,
    /// `*PREPARED_STATEMENTS=false`: the code names no statements.
    pub statements_off: bool,
    /// The project ref of `SUPABASE_URL`, to compare with the setting's own.
    pub supabase_url_ref: Option<String>,
    /// What is said of the application's pool.
    pub pool: PoolHints,
    /// What is odd about the line of the file on which the setting itself stands.
    pub notes: Vec<LineNote>,
    /// How the setting was put together from several variables, when it was.
    pub expansion: Option<Expansion>,
    /// What the code that uses the setting says.
    pub code: CodeHints,
}

/// What code that uses a setting says beside its pool; a rule that lacks its evidence here stays silent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own, and none excludes another")]
pub struct CodeHints {
    /// The code that makes the connections was found, so what it does not say is not said anywhere.
    pub is_seen: bool,
    /// Connections stay open for the next use, although no pool has a size.
    pub keeps_connections: bool,
    /// How it says that nobody checks who answers: `ssl.rejectUnauthorized=false`.
    pub tls_unverified: Option<String>,
    /// It may read through cursors on the server that outlive a transaction, and does not say that it will not.
    pub server_side_cursors: bool,
    /// A statement of it that needs a session: `LISTEN`.
    pub session_statement: Option<String>,
    /// How it asks for named statements from a stack that names none by itself: `MaxAutoPrepare=20`.
    pub statements_on: Option<String>,
    /// The file in which the statement stands uses this setting, and no other.
    pub uses_no_other: bool,
    /// The setting stands among tests, examples or documentation.
    pub is_aside: bool,
    /// The setting stands in a file that git does not ignore.
    pub in_repository: bool,
}

/// What the implementations of `.env` files read differently on one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LineNote {
    /// `NAME: value`, which some implementations read and some do not.
    ColonForEquals,
    /// White space beside `=`.
    SpacesAroundEquals,
    /// A comment after the value.
    InlineComment,
    /// `#` inside a value without quotes: dotenv for Node ends the value there.
    HashInValue,
    /// A `$` that names no variable: some implementations replace it nevertheless.
    DollarInValue,
    /// The same in single quotes, where fewer of them do.
    DollarInSingleQuotes,
    /// Escapes, backticks, or text behind a closing quote: what counts as the value differs.
    QuotesReadDifferently,
    /// The file begins with a byte order mark, and the variable stands on its first line.
    ByteOrderMark,
}

/// One setting to look at.
#[derive(Clone)]
pub struct Target {
    /// Where it was found.
    pub source: Source,
    /// The setting.
    pub setting: Setting,
    /// What stands beside it.
    pub neighbours: Neighbours,
}
