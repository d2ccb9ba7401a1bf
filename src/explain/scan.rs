//! A text of any length, in blocks: what is in memory stays small, whatever the text is like.

use std::io::{self, Read};

use super::Explanation;
use super::matcher::{Form, Hit, Matcher};
use super::normal::Plain;
use super::records::{Records, View};
use super::tally::Tally;

/// How much is read at a time.
pub const BLOCK_BYTES: usize = 1 << 20;
/// How much stays in memory before what is scanned: for the start of a pattern, of its line and of its record.
const BEHIND_BYTES: usize = 24 * 1024;
/// How much must be in memory behind an anchor: for the rest of its pattern and of its line.
const AHEAD_BYTES: usize = 4 * 1024;
/// A hit this far back cannot overlap one that is still to come.
const OVERLAP_BYTES: usize = 1024;

/// Reads a text block by block, and counts what it knows.
#[derive(Default)]
pub struct Scanner {
    tally: Tally,
    records: Records,
    buffer: Vec<u8>,
    /// How much of `buffer` holds text.
    filled: usize,
    /// The offset of `buffer` in the input.
    base: usize,
    /// Up to where anchors were looked for, as an offset of the input.
    scanned: usize,
    /// Hits that may overlap ones to come, with offsets of the input.
    open: Vec<Hit>,
    /// Whether more than a block has come, or will.
    large: bool,
}

impl Scanner {
    /// A scanner that has read nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads one block; the number of bytes that came, zero at the end.
    pub fn read(&mut self, reader: &mut impl Read) -> io::Result<usize> {
        if self.buffer.is_empty() {
            self.buffer = vec![0; BLOCK_BYTES];
        } else if self.buffer.len() < self.filled + BLOCK_BYTES {
            self.buffer.resize(self.filled + BLOCK_BYTES, 0);
        }
        let room = self.filled..self.filled + BLOCK_BYTES;
        let read = loop {
            match reader.read(&mut self.buffer[room.clone()]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => break result?,
            }
        };
        self.filled += read;
        if read > 0 && self.filled - (self.scanned - self.base) >= BLOCK_BYTES {
            self.large = true;
            self.scan(false);
        }
        Ok(read)
    }

    /// Scans what has come so far to the end of its last whole line, for a text that goes on later. What waits for an
    /// error inside it is counted.
    pub fn catch_up(&mut self) {
        self.large = true;
        let lines = memchr::memrchr(b'\n', &self.buffer[..self.filled]).map_or(0, |newline| newline + 1);
        self.scan_until(lines, false);
        self.settle(self.base + lines);
        self.records.finish(&mut self.tally);
    }

    /// Scans what has come so far to its end, as if nothing followed.
    pub fn flush(&mut self) {
        self.scan(true);
        self.records.finish(&mut self.tally);
    }

    /// What is known so far.
    pub fn explanation(&mut self) -> Explanation {
        let text = &self.buffer[..self.filled];
        let end = self.base + self.filled;
        let ends_open = text.last().is_some_and(|last| *last != b'\n');
        let lines = self.records.line(end, View { text, base: self.base }) - u64::from(!ends_open);
        self.tally.explanation(lines, end as u64)
    }

    /// How much memory the text takes.
    #[cfg(test)]
    pub(super) fn memory_bytes(&self) -> usize {
        self.buffer.capacity()
    }

    fn scan(&mut self, at_end: bool) {
        let until = if at_end { self.filled } else { self.filled.saturating_sub(AHEAD_BYTES) };
        self.scan_until(until, at_end);
    }

    fn scan_until(&mut self, until: usize, at_end: bool) {
        let from = self.scanned - self.base;
        if until > from {
            self.search(from, until, at_end);
        }
        let settled = if at_end { usize::MAX } else { (self.base + until).saturating_sub(OVERLAP_BYTES) };
        self.settle(settled);
        self.scanned = self.base + until.max(from);
        let view = View { text: &self.buffer[..self.filled], base: self.base };
        self.records.line(self.scanned, view);
        self.records.let_go(self.scanned.saturating_sub(OVERLAP_BYTES), &mut self.tally);
        let keep_from = (self.scanned - self.base).saturating_sub(BEHIND_BYTES);
        // Moving what stays is worth it only when much goes.
        if keep_from >= BLOCK_BYTES / 2 {
            self.buffer.copy_within(keep_from..self.filled, 0);
            self.filled -= keep_from;
            self.base += keep_from;
        }
    }

    fn search(&mut self, from: usize, until: usize, at_end: bool) {
        let matcher = Matcher::shared();
        let Self { buffer, filled, open, base, .. } = self;
        let text = &buffer[..*filled];
        matcher.search(text, (from, until), Form::Raw, at_end, |hit| open.push(hit.moved(|at| at + *base)));
        if !self.large && from == 0 {
            let plain = Plain::new(text);
            matcher.search(&plain.text, (0, plain.text.len()), Form::Plain, at_end, |hit| {
                open.push(hit.moved(|at| plain.origin(at) + *base));
            });
        }
    }

    /// Resolves the overlaps of all hits that end before an offset, and hands the winners on.
    fn settle(&mut self, before: usize) {
        self.open.sort_by_key(|hit| hit.place.start);
        let count = self.open.iter().take_while(|hit| hit.place.start < before).count();
        let view = View { text: &self.buffer[..self.filled], base: self.base };
        let between = |first: &Hit, second: &Hit| {
            view.text.get(first.place.end.checked_sub(view.base)?..second.place.start.checked_sub(view.base)?)
        };
        let mut winner: Option<Hit> = None;
        for hit in self.open.drain(..count) {
            match winner.replace(hit) {
                Some(last) if last.repeats(&hit, between(&last, &hit)) => {
                    winner = Some(if hit.beats(&last) { hit } else { last });
                }
                Some(last) => self.records.push(last, view, &mut self.tally),
                None => {}
            }
        }
        if let Some(last) = winner {
            self.records.push(last, view, &mut self.tally);
        }
    }
}
