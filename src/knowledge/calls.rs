//! Which calls of a language make engines, pools and clients, and what their arguments mean: `profiles/calls/*.toml`.

use std::sync::OnceLock;

use serde::Deserialize;

use super::{KnowledgeError, Sources, embedded, error};
use crate::context::Workload;

/// What code in one language says of connections.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calls {
    /// The documents.
    pub sources: Sources,
    /// How the language reads variables of the environment.
    pub environment: EnvironmentReads,
    /// The calls.
    #[serde(default, rename = "call")]
    pub calls: Vec<CallProfile>,
    /// Texts in a file that tell how its application runs.
    #[serde(default, rename = "workload")]
    pub workloads: Vec<WorkloadMark>,
}

/// How variables of the environment are read.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnvironmentReads {
    /// What the variable's name is a member of: `process.env`.
    #[serde(default)]
    pub objects: Vec<String>,
    /// What takes the variable's name as its first text: `os.getenv`.
    #[serde(default)]
    pub calls: Vec<String>,
    /// What takes the name of a connection string as its first text: `GetConnectionString("Main")` reads
    /// `ConnectionStrings:Main`.
    #[serde(default)]
    pub connection_strings: Vec<String>,
    /// Where that is from.
    pub source: String,
    /// When it held.
    pub as_of: String,
}

/// A call that makes an engine, a pool or a client.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallProfile {
    /// The stack that connects; `None` for a driver without a profile, and for what is no driver.
    pub stack: Option<String>,
    /// The ends of the callee's name.
    #[serde(default)]
    pub names: Vec<String>,
    /// Names that are given a value in place of a call: Django's `DATABASES`.
    #[serde(default)]
    pub assigned: Vec<String>,
    /// An entry of a map that is such a configuration wherever it stands: `type=postgres`.
    #[serde(default)]
    pub holds: Vec<String>,
    /// Texts of which one must stand in the file: its imports.
    pub imports: Vec<String>,
    /// Texts of which none may stand in the file.
    #[serde(default)]
    pub unless: Vec<String>,
    /// Ends of paths that the file must have one of.
    #[serde(default)]
    pub files: Vec<String>,
    /// Whether the scheme of the setting names the driver, as in SQLAlchemy.
    #[serde(default)]
    pub stack_by_scheme: bool,
    /// Ends of names of which one must be among the arguments: `config :app, App.Repo, ...`.
    #[serde(default)]
    pub takes: Vec<String>,
    /// Whether a call counts only where it leads to a setting: it may as well be given what another call made.
    #[serde(default)]
    pub only_with_setting: bool,
    /// Whether calls of one folder that take the same name say one thing together.
    #[serde(default)]
    pub is_shared: bool,
    /// How what is made here is used, when the call itself tells.
    pub workload: Option<Workload>,
    /// What needs a session, when the call itself does: a driver's own way to LISTEN.
    pub session: Option<String>,
    /// What its arguments mean.
    #[serde(default, rename = "argument")]
    pub arguments: Vec<ArgumentProfile>,
    /// Where that is from.
    pub source: String,
    /// When it held.
    pub as_of: String,
}

/// What one argument means.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArgumentProfile {
    /// Its name, or that of an entry within: `connect_args.statement_cache_size`.
    #[serde(default)]
    pub path: Option<String>,
    /// The ends of a method's or of a field's name that sets it elsewhere in the file: `SetMaxOpenConns`.
    #[serde(default)]
    pub setter: Option<String>,
    /// The first argument of a method that sets it elsewhere in the file: `addDataSourceProperty("prepareThreshold", 0)`.
    #[serde(default)]
    pub property: Option<String>,
    /// What it says.
    pub means: Means,
    /// The values that say so; without any, every value does.
    #[serde(default)]
    pub when: Vec<String>,
}

/// What an argument says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Means {
    /// Connections that the pool keeps, or has at most.
    PoolSize,
    /// Connections beyond that.
    MaxOverflow,
    /// No statement gets a name.
    StatementsOff,
    /// The pool keeps nothing.
    NullPool,
    /// Connections stay open for the next use, although no pool has a size.
    KeepsConnections,
    /// Connections are tested before they are used.
    PrePing,
    /// Seconds after which a connection is replaced.
    RecycleS,
    /// Nobody checks who answers.
    TlsUnverified,
    /// The server is verified by the code.
    TlsVerified,
    /// The code reads through cursors of the server that outlive a transaction, unless it says not to.
    ServerSideCursorsOff,
    /// Statements get names although the stack gives none by itself.
    StatementsOn,
    /// What would need a session is done in another way.
    SessionUnneeded,
}

/// A text that tells how an application runs.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkloadMark {
    /// The texts.
    pub texts: Vec<String>,
    /// How it runs.
    pub workload: Workload,
    /// Where that is from.
    pub source: String,
    /// When it held.
    pub as_of: String,
}

/// Statements that need a session: `profiles/calls/statements.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SessionStatements {
    /// The documents.
    pub sources: Sources,
    /// The statements.
    #[serde(rename = "statement")]
    pub statements: Vec<SessionStatement>,
}

/// A statement that needs a session.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SessionStatement {
    /// How it starts, in upper case.
    #[serde(default)]
    pub starts: Vec<String>,
    /// What stands in it, in upper case.
    #[serde(default)]
    pub has: Vec<String>,
    /// And what must stand there as well, if anything.
    #[serde(default)]
    pub and_has: Vec<String>,
    /// How it starts when it needs none.
    #[serde(default)]
    pub unless: Vec<String>,
    /// Whether a single word follows, so that a sentence of English is none.
    #[serde(default)]
    pub one_word: bool,
    /// What it is called in a message.
    pub name: String,
    /// Where that is from.
    pub source: String,
    /// When it held.
    pub as_of: String,
}

/// Files that only one stack reads: `profiles/calls/files.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallFiles {
    /// The documents.
    pub sources: Sources,
    /// The files.
    #[serde(rename = "file")]
    pub files: Vec<CallFile>,
}

/// Files that only one stack reads.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallFile {
    /// Their names, with `*` for any text.
    pub names: Vec<String>,
    /// The stack, by id.
    pub stack: String,
    /// How it runs, when the file tells.
    pub workload: Option<Workload>,
    /// What its keys mean: `path` is the end of a key.
    #[serde(default, rename = "argument")]
    pub arguments: Vec<ArgumentProfile>,
    /// Where that is from.
    pub source: String,
    /// When it held.
    pub as_of: String,
}

impl CallFiles {
    /// The stack that reads a file of this name.
    pub fn find(&self, name: &str) -> Option<&CallFile> {
        self.files.iter().find(|file| file.names.iter().any(|pattern| fits(pattern, name)))
    }
}

/// Whether a pattern with at most one `*` is for this name.
pub(super) fn fits(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        Some((start, end)) => name.len() >= pattern.len() - 1 && name.starts_with(start) && name.ends_with(end),
        None => name == pattern,
    }
}

macro_rules! languages {
    ($($id:literal),* $(,)?) => {
        /// The languages that there are profiles of.
        pub const CALL_LANGUAGES: &[&str] = &[$($id),*];
        static TEXTS: &[&str] = &[$(include_str!(concat!("../../profiles/calls/", $id, ".toml"))),*];
        static PARSED: [OnceLock<Calls>; TEXTS.len()] = [$(languages!(@cell $id)),*];
    };
    (@cell $id:literal) => { OnceLock::new() };
}

languages! { "python", "javascript", "go", "rust", "java", "php", "csharp", "kotlin", "ruby", "elixir" }

const FILES: &str = include_str!("../../profiles/calls/files.toml");
const STATEMENTS: &str = include_str!("../../profiles/calls/statements.toml");

/// The calls of a language.
pub fn calls(language: &str) -> Option<&'static Calls> {
    let at = CALL_LANGUAGES.iter().position(|known| *known == language)?;
    let name = format!("calls/{language}.toml");
    Some(PARSED[at].get_or_init(|| embedded::must(parse_calls(&name, TEXTS[at]))))
}

/// Files that only one stack reads.
pub fn call_files() -> &'static CallFiles {
    static CELL: OnceLock<CallFiles> = OnceLock::new();
    CELL.get_or_init(|| embedded::must(error::parse("calls/files.toml", FILES)))
}

/// Statements that need a session.
pub fn session_statements() -> &'static SessionStatements {
    static CELL: OnceLock<SessionStatements> = OnceLock::new();
    CELL.get_or_init(|| embedded::must(error::parse("calls/statements.toml", STATEMENTS)))
}

/// Reads the calls of a language; `name` goes into the error.
pub fn parse_calls(name: &str, text: &str) -> Result<Calls, KnowledgeError> {
    error::parse(name, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_call_is_of_a_known_stack_with_a_source_and_can_be_found() {
        for language in CALL_LANGUAGES {
            let calls = calls(language).unwrap();
            assert!(calls.sources.contains(&calls.environment.source), "{language}");
            for call in &calls.calls {
                let name = format!("{language}: {:?} {:?}", call.names, call.assigned);
                assert!(call.stack.iter().all(|stack| super::super::stack(stack).is_some()), "{name}");
                assert!(calls.sources.contains(&call.source) && !call.as_of.is_empty(), "{name}");
                assert!(!call.imports.is_empty() || !call.files.is_empty(), "{name}");
                assert!(!call.names.is_empty() || !call.assigned.is_empty(), "{name}");
                for argument in &call.arguments {
                    let places = [&argument.path, &argument.setter, &argument.property];
                    assert_eq!(places.into_iter().flatten().count(), 1, "{name}");
                }
            }
            for mark in &calls.workloads {
                assert!(calls.sources.contains(&mark.source) && !mark.as_of.is_empty(), "{language}");
            }
        }
    }

    #[test]
    fn every_file_has_a_known_stack_and_a_source() {
        let known = call_files();
        for file in &known.files {
            assert!(super::super::stack(&file.stack).is_some(), "{}", file.stack);
            assert!(known.sources.contains(&file.source) && !file.as_of.is_empty(), "{}", file.stack);
        }
        assert_eq!(known.find("application-prod.yml").map(|file| file.stack.as_str()), Some("spring-boot"));
        assert!(known.find("application").is_none());
    }

    #[test]
    fn every_statement_has_a_source() {
        let known = session_statements();
        for statement in &known.statements {
            assert!(known.sources.contains(&statement.source) && !statement.as_of.is_empty(), "{}", statement.name);
            assert!(!statement.starts.is_empty() || !statement.has.is_empty(), "{}", statement.name);
        }
    }
}
