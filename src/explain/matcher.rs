//! Finds the catalogue's errors in a piece of text: one search for the anchors, then each candidate is verified.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, Input, MatchKind};

use super::beside;
use super::normal::Plain;
use super::pattern::{Pattern, Place};
use super::skip::{Skip, WINDOW_BYTES};
use crate::knowledge::errors::{self, ErrorFamily, KnownError};

/// What announces an error of a database or its driver without saying which.
const MARKS: [&str; 14] = [
    "FATAL: ",
    "SQLSTATE",
    "PSQLException: ",
    "PostgresError: ",
    "PostgresException",
    "PrismaClientInitializationError",
    "PrismaClientKnownRequestError",
    "psycopg2.OperationalError",
    "psycopg.OperationalError",
    "asyncpg.exceptions.",
    "PG::ConnectionBad",
    "Postgrex.Error",
    "NpgsqlException",
    "SequelizeConnectionError",
];

/// How much text around a candidate is made plain when it cannot be verified as it stands.
const PLAIN_BEFORE_BYTES: usize = 320;
const PLAIN_AFTER_BYTES: usize = 640;

/// How far apart on a line two texts may stand that say the same.
const MAX_REPEAT_BYTES: usize = 200;

/// A line this long was likely cut by whoever shipped it.
const LONG_LINE_BYTES: usize = 1000;

/// What shippers put where they cut.
const CUT_MARKS: [&[u8]; 5] = [b"...", "…".as_bytes(), b"[truncated", b"<truncated", b"(truncated"];

/// An entry of the catalogue.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    /// Its place among all entries.
    pub(super) index: usize,
    pub(super) family: &'static ErrorFamily,
    pub(super) known: &'static KnownError,
}

/// What was found: an entry, or (without one) the mark of an error that may be unknown.
#[derive(Clone, Copy)]
pub(super) struct Hit {
    pub(super) place: Place,
    pub(super) entry: Option<Entry>,
    weight: usize,
}

/// A pattern and what it stands for.
struct Candidate {
    pattern: Pattern,
    entry: Option<Entry>,
}

impl Candidate {
    /// Whether the words beside the text say that something else than a database is meant.
    fn is_foreign(&self, text: &[u8], place: Place) -> bool {
        self.entry.is_some_and(|entry| entry.known.bare) && beside::is_foreign(text, (place.start, place.end))
    }
}

/// How the text is to be read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// As it was logged; what cannot be verified as it stands is made plain first.
    Raw,
    /// Plain already.
    Plain,
}

/// The compiled catalogue.
pub(super) struct Matcher {
    candidates: Vec<Candidate>,
    /// The anchors that are long enough to be skipped between; which candidates each has.
    long: Skip,
    long_candidates: Vec<Vec<usize>>,
    /// The others (codes: `P1001`, `53300`), as they are written and in lower case.
    short: AhoCorasick,
    short_candidates: Vec<Vec<usize>>,
}

impl Matcher {
    /// The embedded catalogue, compiled once.
    #[expect(clippy::panic, reason = "the patterns are compiled in, and the tests of this room compile them")]
    pub(super) fn shared() -> &'static Self {
        static CELL: OnceLock<Matcher> = OnceLock::new();
        CELL.get_or_init(|| match Self::new() {
            Ok(matcher) => matcher,
            Err(error) => panic!("failed to compile the catalogue: {error}"),
        })
    }

    fn new() -> Result<Self, aho_corasick::BuildError> {
        let candidates = candidates();
        let mut anchors: BTreeMap<Vec<u8>, Vec<usize>> = BTreeMap::new();
        for (index, candidate) in candidates.iter().enumerate() {
            anchors.entry(candidate.pattern.anchor().to_vec()).or_default().push(index);
        }
        let (long, short): (Vec<_>, Vec<_>) = anchors.into_iter().partition(|(anchor, _)| anchor.len() >= WINDOW_BYTES);
        let (long, long_candidates) = long.into_iter().unzip();
        let upper = short.clone().into_iter().map(|(anchor, held)| (anchor.to_ascii_uppercase(), held));
        let short: BTreeMap<Vec<u8>, Vec<usize>> = upper.chain(short).collect();
        let automaton = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(short.keys())?;
        let short_candidates = short.into_values().collect();
        Ok(Self { candidates, long: Skip::new(long), long_candidates, short: automaton, short_candidates })
    }

    /// Calls `found` for every hit whose anchor starts in `text[from..until]`; hits may overlap and come in any order.
    /// `at_end` says that nothing follows this text.
    pub(super) fn search(
        &self,
        text: &[u8],
        (from, until): (usize, usize),
        form: Form,
        at_end: bool,
        mut found: impl FnMut(Hit),
    ) {
        let mut window = Window::default();
        let mut verify = |at: usize, candidates: &[usize]| {
            for candidate in candidates.iter().map(|index| &self.candidates[*index]) {
                if let Some(place) = window.verify(&candidate.pattern, text, at, form, at_end)
                    && !candidate.is_foreign(text, place)
                {
                    found(Hit { place, entry: candidate.entry, weight: candidate.pattern.weight() });
                }
            }
        };
        self.long.search(text, from, until, |at, anchor| verify(at, &self.long_candidates[anchor]));
        for anchor in self.short.find_iter(Input::new(text).range(from..)) {
            if anchor.start() >= until {
                break;
            }
            verify(anchor.start(), &self.short_candidates[anchor.pattern().as_usize()]);
        }
    }
}

impl Hit {
    /// Whether something else in the same record may be the better answer: a wrapper, or the mark of any error.
    pub(super) fn is_weak(&self) -> bool {
        self.entry.is_none_or(|entry| entry.known.wraps)
    }

    /// The same hit with its place moved.
    pub(super) fn moved(self, by: impl Fn(usize) -> usize) -> Self {
        let place = Place { start: by(self.place.start), end: by(self.place.end), ..self.place };
        Self { place, ..self }
    }

    /// Whether this hit says more than another about the same bytes: an error more than a mark, an inner cause more
    /// than its wrapper, a whole text more than a cut one, the longer pattern more than the shorter one.
    pub(super) fn beats(&self, other: &Self) -> bool {
        let rank = |hit: &Self| (hit.entry.is_some(), !hit.is_weak(), hit.place.complete, hit.weight);
        match rank(self).cmp(&rank(other)) {
            std::cmp::Ordering::Equal => self.index() < other.index(),
            order => order.is_gt(),
        }
    }

    /// Whether two hits are about the same bytes, or say the same on one line: `between` is what stands between them
    /// (nothing where that is not known).
    pub(super) fn repeats(&self, other: &Self, between: Option<&[u8]>) -> bool {
        if self.place.start < other.place.end && other.place.start < self.place.end {
            return true;
        }
        let cause = |hit: &Self| hit.entry.filter(|entry| !entry.known.wraps).map(|entry| entry.known.cause.as_deref());
        cause(self).is_some_and(|own| cause(other) == Some(own))
            && between.is_some_and(|between| between.len() <= MAX_REPEAT_BYTES && !between.contains(&b'\n'))
    }

    fn index(&self) -> usize {
        self.entry.map_or(usize::MAX, |entry| entry.index)
    }
}

fn candidates() -> Vec<Candidate> {
    let entries = errors::families().flat_map(|family| family.error.iter().map(move |known| (family, known)));
    let known = entries.enumerate().flat_map(|(index, (family, known))| {
        let entry = Entry { index, family, known };
        known.text.iter().map(move |text| Candidate { pattern: Pattern::new(text), entry: Some(entry) })
    });
    let marks = MARKS.iter().map(|mark| Candidate { pattern: Pattern::new(mark), entry: None });
    known.chain(marks).collect()
}

/// The text around an anchor, made plain at most once for all patterns that have the anchor.
#[derive(Default)]
struct Window {
    at: usize,
    plain: Option<Plain>,
}

impl Window {
    fn verify(&mut self, pattern: &Pattern, text: &[u8], at: usize, form: Form, at_end: bool) -> Option<Place> {
        let as_it_stands = pattern.verify(text, at, |cut| is_cut(text, cut, at_end));
        if form == Form::Plain || as_it_stands.is_some_and(|place| place.complete) {
            return as_it_stands;
        }
        self.verify_plain(pattern, text, at).or(as_it_stands)
    }

    fn verify_plain(&mut self, pattern: &Pattern, text: &[u8], at: usize) -> Option<Place> {
        if self.at != at {
            (self.at, self.plain) = (at, None);
        }
        let from = at.saturating_sub(PLAIN_BEFORE_BYTES);
        let until = text.len().min(at + PLAIN_AFTER_BYTES);
        let plain = self.plain.get_or_insert_with(|| Plain::new(&text[from..until]));
        // A window that ends is no text that was cut.
        let place = pattern.verify(&plain.text, plain.position(at - from), |_| false)?;
        Some(Place { start: from + plain.origin(place.start), end: from + plain.origin(place.end), ..place })
    }
}

/// Whether the text was cut at this offset.
fn is_cut(text: &[u8], at: usize, at_end: bool) -> bool {
    let rest = &text[at..];
    if CUT_MARKS.iter().any(|mark| rest.trim_ascii_start().starts_with(mark)) {
        return true;
    }
    let line_ends = rest.first().is_none_or(|byte| matches!(byte, b'\n' | b'\r'));
    if !line_ends {
        return false;
    }
    (rest.is_empty() && at_end) || (at >= LONG_LINE_BYTES && !text[at - LONG_LINE_BYTES..at].contains(&b'\n'))
}
