//! Errors explained: a text or a log goes in, causes with their cures come out. Pure but for the reader it is given.
//!
//! The catalogue is `profiles/errors/*.toml`. The longest literals of its patterns are searched for together, skipping
//! most bytes (codes too short for that by [`aho_corasick`]); where one is found, the whole pattern is verified in the text as it stands, and else in the text made plain
//! (without colours, JSON escapes and line breaks). Hits of one log record are then set against each other: an error
//! that a stack trace tells twice counts once, and an error inside beats the words that a driver wraps around it.

mod beside;
mod excerpt;
mod histogram;
mod mask;
mod matcher;
mod normal;
mod pattern;
mod records;
mod scan;
mod skip;
mod tally;
mod target;
mod time;

#[cfg(test)]
mod tests;

pub use histogram::Histogram;
pub use mask::mask;
pub use scan::{BLOCK_BYTES, Scanner};
pub use target::AboutTarget;

use crate::knowledge::errors::{Cause, Confidence, ErrorFamily, KnownError};

/// One known error of a text.
#[derive(Debug, Clone)]
pub struct Match {
    /// Its entry.
    pub known: &'static KnownError,
    /// Whose text it is.
    pub family: &'static ErrorFamily,
    /// Its cause.
    pub cause: &'static Cause,
    /// How sure the cause is.
    pub confidence: Confidence,
    /// How often it occurs.
    pub count: u64,
    /// The line of the first occurrence, from 1.
    pub first_line: u64,
    /// The line of the last occurrence.
    pub last_line: u64,
    /// The line of the first occurrence: plain, without secrets, cut to a few hundred characters.
    pub excerpt: String,
    /// When it occurred, where the lines say so.
    pub times: Histogram,
    /// The ids of the wrappers that it was met in.
    pub reported_as: Vec<&'static str>,
    /// What it means at the target that was given.
    pub remark: Option<String>,
}

impl Match {
    /// What to do at once.
    pub fn first(&self) -> &'static str {
        self.known.first.as_deref().unwrap_or(&self.cause.first)
    }

    /// What to do then.
    pub fn next(&self) -> &'static str {
        self.known.next.as_deref().unwrap_or(&self.cause.next)
    }

    /// How to keep it from coming back.
    pub fn prevent(&self) -> &'static str {
        self.known.prevent.as_deref().unwrap_or(&self.cause.prevent)
    }

    /// The documents behind the entry, with dates.
    pub fn sources(&self) -> impl Iterator<Item = &'static str> {
        let family = self.family;
        self.known.sources.iter().map(move |key| family.sources.resolve(key))
    }
}

/// All that was found in a text.
#[derive(Debug, Clone)]
pub struct Explanation {
    /// The known errors, most frequent first.
    pub matches: Vec<Match>,
    /// Records that look like an error of a database, and match no entry.
    pub unmatched_errors: u64,
    /// Lines read.
    pub lines: u64,
    /// Bytes read.
    pub bytes: u64,
    /// The target that was given.
    pub target: Option<AboutTarget>,
}

/// Explains a text that is in memory.
pub fn explain(text: &str) -> Explanation {
    let mut scanner = Scanner::new();
    let mut reader = text.as_bytes();
    // Reading from memory cannot fail.
    while scanner.read(&mut reader).is_ok_and(|read| read > 0) {}
    scanner.flush();
    scanner.explanation()
}

/// `2026-11-21 10:00:00` of seconds since 1970, as [`Histogram`] has them; without a year where the log has none.
pub fn show_time(time: i64) -> String {
    time::show(time)
}
