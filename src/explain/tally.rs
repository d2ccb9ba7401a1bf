//! What was found, counted.

use std::collections::BTreeSet;

use super::histogram::Histogram;
use super::matcher::Entry;
use super::{Explanation, Match};
use crate::knowledge::errors::{self, Confidence};

/// One occurrence, ready to be counted.
pub(super) struct Occurrence {
    pub(super) entry: Entry,
    pub(super) complete: bool,
    pub(super) line: u64,
    pub(super) time: Option<i64>,
    /// Made for the first occurrence only.
    pub(super) excerpt: Option<String>,
}

struct Count {
    entry: Entry,
    confidence: Confidence,
    occurrences: u64,
    lines: (u64, u64),
    excerpt: String,
    times: Histogram,
    reported_as: BTreeSet<&'static str>,
}

/// Counts by entry, in the order of their first occurrence.
#[derive(Default)]
pub(super) struct Tally {
    counts: Vec<Count>,
    /// By the entry's index: its place in `counts`.
    places: Vec<Option<usize>>,
    pub(super) unmatched: u64,
}

impl Tally {
    pub(super) fn knows(&self, entry: Entry) -> bool {
        self.places.get(entry.index).is_some_and(Option::is_some)
    }

    pub(super) fn add(&mut self, found: Occurrence) {
        let entry = found.entry;
        let stated = entry.known.confidence.unwrap_or(Confidence::Possible);
        let confidence = if found.complete { stated } else { stated.lowered() };
        if self.places.len() <= entry.index {
            self.places.resize(entry.index + 1, None);
        }
        let at = *self.places[entry.index].get_or_insert(self.counts.len());
        if at == self.counts.len() {
            self.counts.push(Count {
                entry,
                confidence,
                occurrences: 0,
                lines: (found.line, found.line),
                excerpt: found.excerpt.unwrap_or_default(),
                times: Histogram::default(),
                reported_as: BTreeSet::new(),
            });
        }
        let count = &mut self.counts[at];
        count.occurrences += 1;
        count.confidence = count.confidence.max(confidence);
        count.lines = (count.lines.0.min(found.line), count.lines.1.max(found.line));
        if let Some(time) = found.time {
            count.times.add(time);
        }
    }

    /// Notes that a wrapper was met around an error that was counted.
    pub(super) fn wrapped(&mut self, inner: Entry, wrapper: Entry) {
        let place = self.places.get(inner.index).copied().flatten();
        if let Some(count) = place.and_then(|at| self.counts.get_mut(at)) {
            count.reported_as.insert(wrapper.known.id.as_str());
        }
    }

    /// What is known so far, most frequent first.
    pub(super) fn explanation(&self, lines: u64, bytes: u64) -> Explanation {
        let mut matches: Vec<Match> = self.counts.iter().filter_map(Count::to_match).collect();
        matches.sort_by_key(|found| (std::cmp::Reverse(found.count), found.first_line));
        Explanation { matches, unmatched_errors: self.unmatched, lines, bytes, target: None }
    }
}

impl Count {
    fn to_match(&self) -> Option<Match> {
        Some(Match {
            known: self.entry.known,
            family: self.entry.family,
            // The tests of the catalogue see to it that every entry has a cause that exists.
            cause: errors::cause(self.entry.known.cause.as_deref()?)?,
            confidence: self.confidence,
            count: self.occurrences,
            first_line: self.lines.0,
            last_line: self.lines.1,
            excerpt: self.excerpt.clone(),
            times: self.times.clone(),
            reported_as: self.reported_as.iter().copied().collect(),
            remark: None,
        })
    }
}
