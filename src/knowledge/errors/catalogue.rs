//! The entries of `profiles/errors/*.toml`, and the causes that they share (`profiles/errors/causes.toml`).

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

use super::{Refusal, Sender};
use crate::knowledge::embedded::must;
use crate::knowledge::{KnowledgeError, Sources, error, extra};

/// How sure it is that an error with this text has this cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// The text has several causes; this is one of them.
    Possible,
    /// The text has this cause nearly always.
    Likely,
    /// The text has no other cause.
    Certain,
}

impl Confidence {
    /// The name in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Possible => "possible",
            Self::Likely => "likely",
            Self::Certain => "certain",
        }
    }

    /// One step less sure: for a text of which the end is missing.
    #[must_use]
    pub const fn lowered(self) -> Self {
        match self {
            Self::Certain => Self::Likely,
            Self::Likely | Self::Possible => Self::Possible,
        }
    }
}

/// One error: how it is told from others, and what to do about it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownError {
    /// Stable id.
    pub id: String,
    /// The SQLSTATE that the server sends with it.
    pub sqlstate: Option<String>,
    /// At a login: one of these texts occurs in the server's message.
    #[serde(default)]
    pub contains: Vec<String>,
    /// At a login: who must have sent it.
    pub sender: Option<Sender>,
    /// What it means for a login; entries without it are not asked there.
    pub refusal: Option<Refusal>,
    /// In any text: patterns, of which one must occur. `{}` stands for a short run of any characters, `{n}` for digits,
    /// `{w}` for characters other than blanks and quotes.
    #[serde(default)]
    pub text: Vec<String>,
    /// The id of its cause.
    pub cause: Option<String>,
    /// How sure the cause is.
    pub confidence: Option<Confidence>,
    /// Whether a driver or tool says this about an error inside, whose own entry is then the better answer.
    #[serde(default)]
    pub wraps: bool,
    /// Whether the text does not say what was connected to; see [`Beside`].
    #[serde(default)]
    pub bare: bool,
    /// Whether the variable parts of the text may hold a piece of a password: they are never shown.
    #[serde(default)]
    pub holds_secret: bool,
    /// What the text says, in plain words.
    #[serde(default)]
    pub says: String,
    /// What to do at once; the cause's where there is none.
    pub first: Option<String>,
    /// What to do then; the cause's where there is none.
    pub next: Option<String>,
    /// How to keep it from coming back; the cause's where there is none.
    pub prevent: Option<String>,
    /// Keys of the family's table of sources.
    #[serde(default)]
    pub sources: Vec<String>,
    /// Real texts that the patterns match.
    #[serde(default)]
    pub examples: Vec<String>,
}

impl KnownError {
    /// Whether a server's error with these marks is this one.
    pub fn matches(&self, sqlstate: &str, message: &str, sender: Sender) -> bool {
        let lowered = message.to_ascii_lowercase();
        self.sqlstate.as_deref().is_none_or(|wanted| wanted == sqlstate)
            && self.sender.is_none_or(|wanted| wanted == sender)
            && (self.contains.is_empty()
                || self.contains.iter().any(|text| lowered.contains(&text.to_ascii_lowercase())))
    }
}

/// One file of entries.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ErrorFamily {
    /// The name of who speaks: `Supavisor`, `Prisma`.
    pub speaker: String,
    /// When the facts were checked, as YYYY-MM-DD.
    pub as_of: String,
    /// Where they come from, in one line.
    pub source: String,
    /// The kinds of endpoint behind which this speaker can be met; empty when anywhere.
    #[serde(default)]
    pub met_at: Vec<String>,
    /// The documents behind the entries' source keys.
    #[serde(default)]
    pub sources: Sources,
    /// The entries; at a login the first that matches wins.
    pub error: Vec<KnownError>,
}

/// Why connections fail: what all errors with the same cure share.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cause {
    /// Stable id (`CONTRACT.md`, "explain").
    pub id: String,
    /// The verdict, as a short sentence without a full stop.
    pub title: String,
    /// What to do at once.
    pub first: String,
    /// What to do then.
    pub next: String,
    /// How to keep it from coming back.
    pub prevent: String,
    /// What to know at an endpoint of this kind (the contract's names of kinds).
    #[serde(default)]
    pub at: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Causes {
    #[expect(dead_code, reason = "for the reader of the file")]
    as_of: String,
    #[expect(dead_code, reason = "for the reader of the file")]
    source: String,
    #[serde(default)]
    not_beside: Vec<String>,
    #[serde(default)]
    unless_beside: Vec<String>,
    cause: Vec<Cause>,
}

/// What the words on the same line say of a text that does not tell what was connected to.
#[derive(Debug, Clone, Copy)]
pub struct Beside {
    /// Something else than a database is meant,
    pub not_beside: &'static [String],
    /// unless one of these stands there, too.
    pub unless_beside: &'static [String],
}

struct Embedded {
    name: &'static str,
    text: &'static str,
    parsed: OnceLock<ErrorFamily>,
}

impl Embedded {
    fn get(&self) -> &ErrorFamily {
        self.parsed.get_or_init(|| {
            let mut family: ErrorFamily = must(error::parse(self.name, self.text));
            // An entry of the user's own takes the place of the built-in one.
            family.error.retain(|known| extra::origin("error", &known.id).is_none());
            family
        })
    }
}

macro_rules! families {
    ($($id:literal),* $(,)?) => {
        static FAMILIES: [Embedded; [$($id),*].len()] = [$(Embedded {
            name: concat!("errors/", $id, ".toml"),
            text: include_str!(concat!("../../../profiles/errors/", $id, ".toml")),
            parsed: OnceLock::new(),
        }),*];
    };
}

families! {
    // The three that a login asks, in this order: a pooler's own words before PostgreSQL's SQLSTATEs.
    "supavisor",
    "pgbouncer",
    "postgres",
    "libpq",
    "prisma",
    "python",
    "node",
    "jvm",
    "dotnet",
    "go",
    "rust",
    "ruby",
    "php",
    "elixir",
    "supabase-cli",
    "tls",
    // Last: it says the least.
    "system",
}

/// How many of the families a login asks.
const LOGIN_FAMILIES: usize = 3;

const CAUSES: &str = include_str!("../../../profiles/errors/causes.toml");

/// The user's own families: asked before the built-in ones.
fn own_families() -> impl Iterator<Item = &'static ErrorFamily> {
    extra::get().into_iter().flat_map(|extra| &extra.families)
}

/// All families, in the order in which they are asked.
pub fn families() -> impl Iterator<Item = &'static ErrorFamily> {
    own_families().chain(FAMILIES.iter().map(Embedded::get))
}

/// The families of those who refuse logins.
pub(super) fn login_families() -> impl Iterator<Item = &'static ErrorFamily> {
    own_families().chain(FAMILIES.iter().take(LOGIN_FAMILIES).map(Embedded::get))
}

/// The entry with this id, and its family.
pub fn find(id: &str) -> Option<(&'static ErrorFamily, &'static KnownError)> {
    families().find_map(|family| Some((family, family.error.iter().find(|known| known.id == id)?)))
}

fn parsed_causes() -> &'static Causes {
    static CELL: OnceLock<Causes> = OnceLock::new();
    CELL.get_or_init(|| must(error::parse("errors/causes.toml", CAUSES)))
}

/// All causes, by what they concern.
pub fn causes() -> &'static [Cause] {
    static CELL: OnceLock<Vec<Cause>> = OnceLock::new();
    CELL.get_or_init(|| {
        let mut causes = parsed_causes().cause.clone();
        if let Some(extra) = extra::get() {
            causes.retain(|cause| extra::origin("cause", &cause.id).is_none());
            causes.extend(extra.causes.iter().cloned());
        }
        causes
    })
}

/// The words that tell what a bare text is about.
pub fn beside() -> Beside {
    let causes = parsed_causes();
    Beside { not_beside: &causes.not_beside, unless_beside: &causes.unless_beside }
}

/// The cause with this id.
pub fn cause(id: &str) -> Option<&'static Cause> {
    causes().iter().find(|cause| cause.id == id)
}

/// Whether the program knows this cause by itself.
pub(in crate::knowledge) fn is_built_in_cause(id: &str) -> Result<bool, KnowledgeError> {
    Ok(parse_causes("errors/causes.toml", CAUSES)?.iter().any(|cause| cause.id == id))
}

/// Reads a family of errors; `name` goes into the error.
pub(in crate::knowledge) fn parse_family(name: &str, text: &str) -> Result<ErrorFamily, KnowledgeError> {
    error::parse(name, text)
}

/// Reads the causes; `name` goes into the error.
pub(in crate::knowledge) fn parse_causes(name: &str, text: &str) -> Result<Vec<Cause>, KnowledgeError> {
    error::parse::<Causes>(name, text).map(|causes| causes.cause)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_entry_can_be_found_and_answers() {
        let mut ids = BTreeSet::new();
        for (family, known) in families().flat_map(|family| family.error.iter().map(move |known| (family, known))) {
            let id = &known.id;
            assert!(ids.insert(id.clone()), "{id}: twice");
            assert!(family.as_of.len() == 10 && !family.source.is_empty() && !family.speaker.is_empty(), "{id}");
            if known.refusal.is_some() {
                assert!(known.sqlstate.is_some() || !known.contains.is_empty(), "{id}: matches every login");
            } else {
                assert!(!known.text.is_empty(), "{id}: can never match");
            }
            if known.text.is_empty() {
                continue;
            }
            let of_cause = known.cause.as_deref().unwrap_or_else(|| panic!("{id}: no cause"));
            assert!(cause(of_cause).is_some(), "{id}: no cause is called {of_cause}");
            assert!(known.confidence.is_some() && !known.says.is_empty(), "{id}");
            assert!(known.examples.len() >= 2, "{id}: two examples");
            assert!(!known.sources.is_empty(), "{id}: no source");
            for source in &known.sources {
                assert!(family.sources.contains(source), "{id}: source {source}");
            }
        }
    }

    /// The contract's least set, word for word.
    #[test]
    fn every_cause_of_the_contract_stands_in_the_file() {
        for id in [
            "prepared-statement-on-transaction-pooler",
            "direct-ipv6-unreachable",
            "wrong-password",
            "tenant-not-found",
            "missing-tenant-ref",
            "connection-dropped",
            "tls-untrusted-ca",
            "tls-required",
            "tls-ca-file-missing",
            "unencoded-password",
            "client-pool-exhausted",
            "unsupported-startup-param",
            "unknown-connection-param",
            "network-timeout",
            "dns-failure",
            "host-unreachable",
            "connection-refused",
            "server-slots-exhausted",
            "max-clients",
            "max-clients-session",
            "max-clients-transaction",
            "checkout-timeout",
            "db-handler-exited",
            "pooler-cannot-reach-db",
            "auth-query-failed",
            "circuit-breaker-auth",
            "auth-timeout",
            "network-restrictions",
            "role-not-found",
            "wrong-database-or-credentials",
            "invalid-user-format",
            "stale-pool-credentials",
            "session-state-on-transaction",
            "migration-tool-on-transaction-pooler",
            "migration-lock-timeout",
            "replication-through-pooler",
            "statement-timeout",
            "idle-in-transaction",
            "wrong-docker-hostname",
            "wrong-port",
            "db-url-used-as-api-url",
            "pooler-internal",
        ] {
            assert!(cause(id).is_some(), "{id}");
        }
        let ids: BTreeSet<_> = causes().iter().map(|cause| &cause.id).collect();
        assert_eq!(ids.len(), causes().len(), "an id stands twice");
        let kinds = ["shared-session", "shared-transaction", "dedicated", "direct", "local", "self-hosted", "other"];
        for cause in causes() {
            assert!(cause.at.keys().all(|kind| kinds.contains(&kind.as_str())), "{}", cause.id);
        }
    }
}
