//! Whether a file can hold anything of interest, told by its bytes before any parser sees it.

use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use crate::knowledge::{self, CALL_LANGUAGES};

/// What settings and their parts are told by, in any format.
const SETTINGS: &[&str] =
    &["postgres", "supabase", "DATABASE_URL", "DIRECT_URL", "PGHOST", "pg_advisory", "PG_ADVISORY"];

/// The words of interest: those of settings, the imports of every profile, and statements that need a session.
fn words() -> Vec<String> {
    let mut words: Vec<String> = SETTINGS.iter().map(|word| (*word).to_owned()).collect();
    for calls in CALL_LANGUAGES.iter().filter_map(|language| knowledge::calls(language)) {
        words.extend(calls.calls.iter().flat_map(|call| call.imports.iter().cloned()));
        words.extend(calls.workloads.iter().flat_map(|mark| mark.texts.iter().cloned()));
    }
    for statement in &knowledge::session_statements().statements {
        let starts = statement.starts.iter().chain(&statement.has);
        words.extend(starts.flat_map(|start| [start.clone(), start.to_lowercase()]));
    }
    words.sort();
    words.dedup();
    words
}

/// Whether the bytes hold a word of interest.
pub(super) fn holds(bytes: &[u8]) -> bool {
    static SEARCHER: OnceLock<Option<AhoCorasick>> = OnceLock::new();
    let build = || {
        let mut builder = AhoCorasick::builder();
        // A table of all states: larger than the automaton with failure links, and twice as fast.
        builder.match_kind(MatchKind::Standard).kind(Some(AhoCorasickKind::DFA)).build(words()).ok()
    };
    SEARCHER.get_or_init(build).as_ref().is_none_or(|searcher| searcher.is_match(bytes))
}

/// Whether a file is none of text: it has a NUL in its first bytes.
pub(super) fn is_binary(bytes: &[u8]) -> bool {
    memchr::memchr(0, &bytes[..bytes.len().min(8192)]).is_some()
}
