//! Which hits belong to one log record: there an error counts once, and an inner cause beats its wrapper.

use super::excerpt;
use super::matcher::{Entry, Hit};
use super::tally::{Occurrence, Tally};
use super::time;

/// How far apart two pieces of one record may be.
pub(super) const MAX_RECORD_BYTES: usize = 8 * 1024;
/// How many lines may stand between a wrapper and the error inside when nothing shows that they are apart.
const MAX_LOOSE_LINES: usize = 10;
/// A log that shows no time at this many errors has none.
const MAX_TIMELESS: u32 = 64;
/// How many lines of a record are asked for its time.
const MAX_TIME_LINES: usize = 12;

/// The part of the input that is in memory, and where it stands in the whole.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    pub(super) text: &'a [u8],
    /// The offset of `text` in the input.
    pub(super) base: usize,
}

impl View<'_> {
    /// The bytes between two offsets of the input, when they are in memory and belong to one record by their length.
    fn between(&self, from: usize, to: usize) -> Option<&[u8]> {
        (to.checked_sub(from)? <= MAX_RECORD_BYTES).then_some(())?;
        self.text.get(from.checked_sub(self.base)?..to.checked_sub(self.base)?)
    }
}

/// A wrapper or a mark that waits for an error inside it.
struct Waiting {
    hit: Hit,
    line: u64,
    time: Option<i64>,
    excerpt: Option<String>,
    /// Wrappers of the same record that say less.
    around: Vec<Entry>,
}

impl Waiting {
    /// Two wrappers of one record are one event: the surer one tells it, the inner one of two that are as sure.
    fn around(self, inner: Self) -> Self {
        let sure = |waiting: &Self| waiting.hit.entry.and_then(|entry| entry.known.confidence);
        let end = inner.hit.place.end;
        let (mut best, other) = if sure(&inner) >= sure(&self) { (inner, self) } else { (self, inner) };
        best.hit.place.end = end;
        best.around.extend(other.around);
        best.around.extend(other.hit.entry.filter(|entry| Some(entry.index) != best.hit.entry.map(|best| best.index)));
        best
    }
}

/// Groups hits; offsets are those of the input.
#[derive(Default)]
pub(super) struct Records {
    waiting: Vec<Waiting>,
    /// The last error that is no wrapper.
    inner: Option<(Entry, usize)>,
    /// The last hit that was counted for each entry of the record that goes on.
    counted: Vec<(Entry, usize)>,
    line_at: (usize, u64),
    times_seen: bool,
    timeless: u32,
}

impl Records {
    /// Takes the next hit, in the order of the text.
    pub(super) fn push(&mut self, hit: Hit, view: View<'_>, tally: &mut Tally) {
        self.let_go(hit.place.start, tally);
        match hit.entry.filter(|_| !hit.is_weak()) {
            Some(entry) => self.push_error(entry, hit, view, tally),
            None => self.push_weak(hit, view, tally),
        }
    }

    fn push_error(&mut self, entry: Entry, hit: Hit, view: View<'_>, tally: &mut Tally) {
        let again = self.is_again(entry, hit, view);
        self.counted.retain(|(counted, _)| counted.index != entry.index);
        self.counted.push((entry, hit.place.end));
        if !again {
            let occurrence = self.occurrence(entry, hit, view, tally);
            tally.add(occurrence);
        }
        for waiting in std::mem::take(&mut self.waiting) {
            if is_near(waiting.hit.place.end, hit.place.start, view) {
                let wrappers = waiting.hit.entry.into_iter().chain(waiting.around);
                wrappers.for_each(|wrapper| tally.wrapped(entry, wrapper));
            } else {
                settle(waiting, tally);
            }
        }
        self.inner = Some((entry, hit.place.end));
    }

    fn push_weak(&mut self, hit: Hit, view: View<'_>, tally: &mut Tally) {
        if let Some((inner, end)) = self.inner.filter(|(_, end)| is_near(*end, hit.place.start, view)) {
            // The error inside goes on as long as its wrappers do.
            self.inner = Some((inner, end.max(hit.place.end)));
            if let Some(wrapper) = hit.entry {
                tally.wrapped(inner, wrapper);
            }
            return;
        }
        let near = |waiting: &Waiting| is_near(waiting.hit.place.end, hit.place.start, view);
        // Two marks tell of one error only in one record; a wrapper explains the marks around it.
        let told = |waiting: &Waiting| match waiting.hit.entry {
            Some(_) => near(waiting),
            None => is_same_record(waiting.hit.place.end, hit.place.start, view),
        };
        match hit.entry {
            None if self.waiting.iter().any(told) => return,
            None => {}
            Some(entry) => {
                if self.is_again(entry, hit, view) {
                    return;
                }
                self.waiting.retain(|waiting| waiting.hit.entry.is_some() || !near(waiting));
                self.counted.retain(|(counted, _)| counted.index != entry.index);
                self.counted.push((entry, hit.place.end));
            }
        }
        let line = self.line(hit.place.start, view);
        let time = self.time(hit.place.start, view);
        let excerpt = hit.entry.filter(|entry| !tally.knows(*entry)).map(|entry| excerpt::of(entry, hit.place, view));
        let new = Waiting { hit, line, time, excerpt, around: Vec::new() };
        let same = |waiting: &Waiting| is_same_record(waiting.hit.place.end, hit.place.start, view);
        let outer = self.waiting.iter().position(|waiting| waiting.hit.entry.is_some() && same(waiting));
        match outer.map(|at| self.waiting.remove(at)) {
            Some(outer) => self.waiting.push(outer.around(new)),
            None => self.waiting.push(new),
        }
    }

    /// Whether the record has counted this error already: a stack trace tells it twice.
    fn is_again(&self, entry: Entry, hit: Hit, view: View<'_>) -> bool {
        self.counted
            .iter()
            .any(|(counted, end)| counted.index == entry.index && is_same_record(*end, hit.place.start, view))
    }

    /// Counts the wrappers that no error inside can be met for any more.
    pub(super) fn let_go(&mut self, position: usize, tally: &mut Tally) {
        let old = |end: usize| end + MAX_RECORD_BYTES < position;
        if self.waiting.iter().any(|waiting| old(waiting.hit.place.end)) {
            for waiting in std::mem::take(&mut self.waiting) {
                if old(waiting.hit.place.end) {
                    settle(waiting, tally);
                } else {
                    self.waiting.push(waiting);
                }
            }
        }
        self.counted.retain(|(_, end)| !old(*end));
    }

    fn occurrence(&mut self, entry: Entry, hit: Hit, view: View<'_>, tally: &Tally) -> Occurrence {
        Occurrence {
            entry,
            complete: hit.place.complete,
            line: self.line(hit.place.start, view),
            time: self.time(hit.place.start, view),
            excerpt: (!tally.knows(entry)).then(|| excerpt::of(entry, hit.place, view)),
        }
    }

    /// The line of an offset, from 1. Asked in about rising order: counts on from where it was asked last.
    pub(super) fn line(&mut self, at: usize, view: View<'_>) -> u64 {
        let (known_at, known) = self.line_at;
        let newlines = |from: usize, to: usize| {
            let text = &view.text[from.saturating_sub(view.base)..to.saturating_sub(view.base)];
            memchr::memchr_iter(b'\n', text).count() as u64
        };
        if at < known_at {
            return known - newlines(at, known_at) + 1;
        }
        self.line_at = (at, known + newlines(known_at, at));
        self.line_at.1 + 1
    }

    /// The time of the record at an offset: of its line, or of one before it in the same record.
    fn time(&mut self, at: usize, view: View<'_>) -> Option<i64> {
        if !self.times_seen && self.timeless >= MAX_TIMELESS {
            return None;
        }
        let mut end = at - view.base;
        for _ in 0..MAX_TIME_LINES {
            let from = end.saturating_sub(MAX_RECORD_BYTES);
            let start = memchr::memrchr(b'\n', &view.text[from..end]).map_or(from, |newline| from + newline + 1);
            if let Some(time) = time::read(&view.text[start..]) {
                self.times_seen = true;
                return Some(time);
            }
            match start.checked_sub(1) {
                Some(before) if start > from => end = before,
                _ => break,
            }
        }
        self.timeless += 1;
        None
    }

    /// Counts what still waits.
    pub(super) fn finish(&mut self, tally: &mut Tally) {
        for waiting in std::mem::take(&mut self.waiting) {
            settle(waiting, tally);
        }
    }
}

fn settle(waiting: Waiting, tally: &mut Tally) {
    let Some(entry) = waiting.hit.entry else {
        tally.unmatched += 1;
        return;
    };
    tally.add(Occurrence {
        entry,
        complete: waiting.hit.place.complete,
        line: waiting.line,
        time: waiting.time,
        excerpt: waiting.excerpt,
    });
    waiting.around.into_iter().for_each(|wrapper| tally.wrapped(entry, wrapper));
}

/// Whether a wrapper and an error are so near that they tell of one event.
fn is_near(end: usize, start: usize, view: View<'_>) -> bool {
    if start <= end {
        return true;
    }
    let Some(between) = view.between(end, start) else { return false };
    let mut lines = between.split(|byte| *byte == b'\n').skip(1).enumerate();
    is_same_record(end, start, view)
        || lines.all(|(number, line)| number < MAX_LOOSE_LINES && !time::begins_record(line))
}

/// Whether a text goes on in the same record: on the same line, or with lines that continue one.
fn is_same_record(end: usize, start: usize, view: View<'_>) -> bool {
    if start <= end {
        return true;
    }
    let Some(between) = view.between(end, start) else { return false };
    let mut lines = between.split(|byte| *byte == b'\n').skip(1).peekable();
    let mut any_between = false;
    while let Some(line) = lines.next() {
        if lines.peek().is_none() {
            // The line of the second hit itself.
            return continues(line) && !line.is_empty() || any_between && !time::begins_record(line);
        }
        if !continues(line) {
            return false;
        }
        any_between = true;
    }
    true
}

/// Whether a line looks like the rest of something: a frame of a stack trace, a detail, a blank line.
fn continues(line: &[u8]) -> bool {
    const HEADS: [&[u8]; 12] = [
        b"at ",
        b"Caused by",
        b"Suppressed:",
        b"... ",
        b"Traceback",
        b"The above exception",
        b"During handling",
        b"DETAIL",
        b"HINT",
        b"CONTEXT",
        b"Is the server running",
        b"File \"",
    ];
    line.first().is_none_or(u8::is_ascii_whitespace) || HEADS.iter().any(|head| line.starts_with(head))
}
