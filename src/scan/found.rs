//! What is found in files.

use crate::context::Workload;
use crate::knowledge::Version;
use crate::target::Entry;

pub use super::code::Place;

/// A file's variables, and what its code does with settings.
#[derive(Default)]
pub(crate) struct FileFacts {
    /// Variables and keys with their values; those of one scope (a service of a compose file, say) stand together.
    pub scopes: Vec<Scope>,
    /// What uses settings.
    pub uses: Vec<Use>,
    /// How the application in this file runs, as far as its imports tell.
    pub workload: Option<Workload>,
    /// The packages that it lists.
    pub listed: Vec<Listed>,
    /// Why the file could not be read, or only in part.
    pub trouble: Option<String>,
}

/// A package with its version.
pub(crate) struct Listed {
    /// Its name in the profiles.
    pub package: String,
    /// Its version, or the least that it may be.
    pub version: Version,
    /// Whether it is that version, and no other.
    pub is_lock: bool,
}

/// Variables that stand together.
pub(crate) struct Scope {
    /// In the order of their lines.
    pub entries: Vec<Entry>,
    /// Whether these are the lines of a `.env` file, which its readers understand differently.
    pub dotenv: bool,
}

/// A place that uses a setting.
#[derive(Debug, Clone, Default)]
pub struct Use {
    /// Line and column.
    pub at: Option<Place>,
    /// What stands there, for people: `asyncpg.create_pool`.
    pub label: String,
    /// The stack that connects, by id.
    pub stack: Option<String>,
    /// Whether the scheme of the setting names the driver, and so another stack.
    pub stack_by_scheme: bool,
    /// How what connects here runs, where the place itself tells.
    pub workload: Option<Workload>,
    /// What is said there.
    pub says: Says,
    /// Variables of the environment that it reads.
    pub variables: Vec<String>,
    /// Names that may be those of variables: `settings.database_url`.
    pub names: Vec<String>,
    /// Lines of settings in the same file.
    pub lines: Vec<usize>,
    /// Whether it counts only where it leads to a setting.
    pub only_with_setting: bool,
    /// What it is about, where several places say one thing together: the name of a Repo.
    pub shared: Option<String>,
}

/// What code says of its connections.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own, and none excludes another")]
pub struct Says {
    /// Connections a pool keeps, or has at most.
    pub pool_size: Option<u32>,
    /// Connections beyond that.
    pub max_overflow: Option<u32>,
    /// No statement gets a name.
    pub statements_off: bool,
    /// How it asks for names that the stack would not give by itself.
    pub statements_on: Option<String>,
    /// How it asks for a pool that keeps nothing.
    pub null_pool: Option<String>,
    /// Connections stay open for the next use.
    pub keeps_connections: bool,
    /// Connections are tested before they are used.
    pub pre_ping: Option<bool>,
    /// Seconds after which a connection is replaced.
    pub recycle_s: Option<i64>,
    /// How it says that nobody checks who answers.
    pub tls_unverified: Option<String>,
    /// The server is verified.
    pub tls_verified: bool,
    /// Cursors on the server may outlive a transaction, and nothing says that they will not.
    pub server_side_cursors: bool,
    /// What needs a session: `LISTEN`.
    pub session: Option<String>,
    /// Whether that is done in another way.
    pub session_unneeded: bool,
}

impl Says {
    /// Adds what another place says of the same thing.
    pub(super) fn add(&mut self, other: &Self) {
        self.pool_size = self.pool_size.or(other.pool_size);
        self.max_overflow = self.max_overflow.or(other.max_overflow);
        self.statements_off |= other.statements_off;
        self.statements_on = self.statements_on.take().or_else(|| other.statements_on.clone());
        self.null_pool = self.null_pool.take().or_else(|| other.null_pool.clone());
        self.keeps_connections |= other.keeps_connections;
        self.pre_ping = self.pre_ping.or(other.pre_ping);
        self.recycle_s = self.recycle_s.or(other.recycle_s);
        self.tls_unverified = self.tls_unverified.take().or_else(|| other.tls_unverified.clone());
        self.tls_verified |= other.tls_verified;
        self.server_side_cursors &= other.server_side_cursors;
        self.session = self.session.take().or_else(|| other.session.clone());
        self.session_unneeded |= other.session_unneeded;
    }
}
