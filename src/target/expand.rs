//! Puts variables into values, as the readers of `.env` files do that expand at all.
//!
//! Measured in November 2026 by running dotenv-expand 12.0 and 1000.0 (Vite, Prisma's CLI), `@next/env` 16.4,
//! python-dotenv 1.2 and bash, and read in the sources of compose-go, Ruby's dotenv and godotenv:
//!
//! * The environment wins over the file (all but `source` and godotenv); then what stands above in the same file.
//! * What stands further down is put in by Next.js alone; all others put nothing in its place.
//! * Double quotes and no quotes are alike. In single quotes dotenv-expand, Next.js and python-dotenv go on replacing;
//!   Compose, Ruby, godotenv and shells do not.
//! * python-dotenv knows `${NAME}` and `${NAME:-default}` only; Next.js, Ruby and godotenv know no other operator.
//!
//! What was meant is put in, and where the readers differ a [`Doubt`] is kept. Time and memory are bounded: each value
//! is expanded once, and what grows beyond any setting stands as written.

use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

use zeroize::Zeroizing;

use super::env_file::Entry;
use super::reference::{Braces, Operator, Part, Reference, is_replaceable, parts};
use super::{Doubt, DoubtKind, Expansion, LineNote, Piece};
use crate::conninfo::{MAX_LEN_BYTES, looks_like_setting};
use crate::secret::Secret;

/// How many variables one reference may lead through, and how deep defaults may stand in each other.
const MAX_DEPTH: usize = 32;

/// The most pieces of one value. Real ones have a dozen.
const MAX_PIECES: usize = 256;

/// The most that all values of a run may grow together.
const MAX_GROWTH_BYTES: usize = 16 * 1024 * 1024;

/// Expands the values of files that are read together; `files` with the path of each.
pub(super) fn expand(files: &mut [(Option<String>, Vec<Entry>)], environment: &[Entry]) {
    if !files.iter().any(|(_, entries)| entries.iter().any(|entry| entry.value.contains('$'))) {
        return;
    }
    let done = Expander::new(files, environment).run();
    for ((_, entries), values) in files.iter_mut().zip(done) {
        for (entry, value) in entries.iter_mut().zip(values) {
            note_dollars(entry, value.as_deref());
            let Some(value) = value else { continue };
            let written = Secret::new(std::mem::replace(&mut entry.value, value.text.clone()).as_str());
            entry.expansion = Some(Expansion { pieces: value.pieces.clone(), doubts: value.doubts.clone(), written });
        }
    }
}

/// A `$` that is left is one that some readers replace nevertheless.
fn note_dollars(entry: &mut Entry, value: Option<&Value>) {
    let (text, escaped) = value.map_or((entry.value.as_str(), entry.escaped.as_slice()), |value| {
        (value.text.as_str(), value.escaped.as_slice())
    });
    if is_replaceable(text, escaped) {
        let quoted = entry.quote == Some('\'');
        entry.notes.push(if quoted { LineNote::DollarInSingleQuotes } else { LineNote::DollarInValue });
    }
}

/// A value after its expansion.
#[derive(Default)]
struct Value {
    text: Zeroizing<String>,
    pieces: Vec<Piece>,
    doubts: Vec<Doubt>,
    /// Offsets of each `$` that no reader replaces.
    escaped: Vec<usize>,
}

/// How far a variable has got.
enum State {
    Fresh,
    /// Its references are being followed right now.
    Open,
    /// `None`: it stands as written.
    Done(Option<Rc<Value>>),
}

struct File<'a> {
    path: Option<&'a str>,
    entries: &'a [Entry],
    by_name: HashMap<&'a str, usize>,
    states: Vec<State>,
}

/// Which variable: file and index in it.
#[derive(Clone, Copy)]
struct Spot {
    file: usize,
    entry: usize,
}

/// Where a name leads.
enum Found<'a> {
    Environment(&'a Entry),
    File(Spot),
    Nowhere,
}

struct Expander<'a> {
    environment: HashMap<&'a str, &'a Entry>,
    files: Vec<File<'a>>,
    growth_left: usize,
}

impl<'a> Expander<'a> {
    fn new(files: &'a [(Option<String>, Vec<Entry>)], environment: &'a [Entry]) -> Self {
        let index = |entries: &'a [Entry]| entries.iter().enumerate().map(|(at, entry)| (entry.name.as_str(), at));
        let files = files.iter().map(|(path, entries)| File {
            path: path.as_deref(),
            entries,
            by_name: index(entries).collect(),
            states: entries.iter().map(|_| State::Fresh).collect(),
        });
        let environment = environment.iter().map(|entry| (entry.name.as_str(), entry)).collect();
        Self { environment, files: files.collect(), growth_left: MAX_GROWTH_BYTES }
    }

    fn run(mut self) -> Vec<Vec<Option<Rc<Value>>>> {
        for file in 0..self.files.len() {
            for entry in 0..self.files[file].entries.len() {
                self.visit(Spot { file, entry }, 0);
            }
        }
        let value = |state| if let State::Done(value) = state { value } else { None };
        self.files.into_iter().map(|file| file.states.into_iter().map(value).collect()).collect()
    }

    /// Expands one variable, once.
    fn visit(&mut self, spot: Spot, depth: usize) {
        let file = &mut self.files[spot.file];
        if !matches!(file.states[spot.entry], State::Fresh) {
            return;
        }
        let entries = file.entries;
        let entry = &entries[spot.entry];
        if !entry.value.contains('$') || entry.value.len() > MAX_LEN_BYTES {
            file.states[spot.entry] = State::Done(None);
            return;
        }
        file.states[spot.entry] = State::Open;
        let braces = Braces::of(&entry.value);
        let mut build = Build { spot, entry, braces, value: Value::default() };
        let whole = 0..entry.value.len();
        if build.range(self, whole, depth).is_none() {
            // Too long or too deep: it stands as written, and that is said.
            build.value = Value::default();
            build.doubt(DoubtKind::TooLong, &entry.name);
            build.own(0..entry.value.len(), self.files[spot.file].path);
        }
        let grown = build.value.text.len().saturating_sub(entry.value.len());
        self.growth_left = self.growth_left.saturating_sub(grown);
        let news = build.value.doubts.is_empty() && build.value.pieces.len() < 2;
        self.files[spot.file].states[spot.entry] = State::Done((!news).then(|| Rc::new(build.value)));
    }

    /// The environment, then the same file, then the other files in their order.
    fn find(&self, name: &str, from: Spot) -> Found<'a> {
        if let Some(entry) = self.environment.get(name) {
            return Found::Environment(entry);
        }
        let others = (0..self.files.len()).filter(|other| *other != from.file);
        std::iter::once(from.file)
            .chain(others)
            .find_map(|file| self.files[file].by_name.get(name).map(|entry| Found::File(Spot { file, entry: *entry })))
            .unwrap_or(Found::Nowhere)
    }
}

/// One value on its way.
struct Build<'a> {
    spot: Spot,
    entry: &'a Entry,
    braces: Braces,
    value: Value,
}

impl Build<'_> {
    /// Appends a range of the value as written with its references replaced; `None` when it grows too long or too deep.
    fn range(&mut self, all: &mut Expander<'_>, range: Range<usize>, depth: usize) -> Option<()> {
        if depth > MAX_DEPTH {
            return None;
        }
        let entry = self.entry;
        let path = all.files[self.spot.file].path;
        for part in parts(&entry.value, range, &entry.escaped, &self.braces) {
            match part {
                Part::Text(range) => self.own(range, path),
                Part::Reference(reference) => self.reference(all, &reference, depth)?,
            }
            let len = self.value.text.len();
            if len > MAX_LEN_BYTES || len > all.growth_left || self.value.pieces.len() > MAX_PIECES {
                return None;
            }
        }
        Some(())
    }

    fn reference(&mut self, all: &mut Expander<'_>, reference: &Reference, depth: usize) -> Option<()> {
        let entry = self.entry;
        let name = &entry.value[reference.name.clone()];
        let path = all.files[self.spot.file].path;
        let found = all.find(name, self.spot);
        // In single quotes `$NAME` without braces is text to nearly everybody.
        if !reference.is_braced && (entry.quote == Some('\'') || matches!(found, Found::Nowhere)) {
            self.own(reference.whole.clone(), path);
            return Some(());
        }
        let is_full = match &found {
            Found::Environment(entry) => Some(!entry.value.is_empty()),
            Found::File(spot) => Some(!written(&all.files[spot.file].entries[spot.entry]).is_empty()),
            Found::Nowhere => None,
        };
        let kind = match reference.operator {
            None if reference.is_braced => DoubtKind::Literal,
            None => DoubtKind::Unbraced,
            Some(Operator::DefaultIfEmpty) => DoubtKind::Default,
            Some(_) => DoubtKind::Operator,
        };
        let takes_argument = match reference.operator {
            Some(Operator::DefaultIfEmpty) => is_full != Some(true),
            Some(Operator::DefaultIfUnset) => is_full.is_none(),
            Some(Operator::InsteadIfFull) => is_full == Some(true),
            Some(Operator::InsteadIfSet) => is_full.is_some(),
            None | Some(Operator::Required) => false,
        };
        let is_nothing = matches!(reference.operator, Some(Operator::InsteadIfFull | Operator::InsteadIfSet));
        if takes_argument || is_nothing {
            self.doubt(kind, name);
            self.doubt_quotes(name);
            return if takes_argument { self.range(all, reference.argument.clone(), depth + 1) } else { Some(()) };
        }
        match found {
            Found::Environment(variable) => {
                let own = &all.files[self.spot.file];
                let of_file = own.by_name.get(name).map(|at| written(&own.entries[*at]));
                if of_file.is_some_and(|value| value != variable.value.as_str()) {
                    self.doubt(DoubtKind::EnvironmentDiffers, name);
                }
                self.put(&variable.value, variable, None);
            }
            Found::File(spot) => {
                if !self.of_file(all, spot, depth)? {
                    self.doubt(DoubtKind::Cycle, name);
                    self.own(reference.whole.clone(), path);
                    return Some(());
                }
            }
            Found::Nowhere => {
                self.own(reference.whole.clone(), path);
                return Some(());
            }
        }
        self.doubt(kind, name);
        self.doubt_quotes(name);
        Some(())
    }

    /// Appends the value of another variable; `false` when it refers back to this one.
    fn of_file(&mut self, all: &mut Expander<'_>, spot: Spot, depth: usize) -> Option<bool> {
        if depth >= MAX_DEPTH {
            return None;
        }
        all.visit(spot, depth + 1);
        let file = &all.files[spot.file];
        let variable = &file.entries[spot.entry];
        if spot.file != self.spot.file {
            self.doubt(DoubtKind::OtherFile, &variable.name);
        } else if spot.entry > self.spot.entry {
            self.doubt(DoubtKind::Forward, &variable.name);
        }
        match &file.states[spot.entry] {
            State::Fresh | State::Open => Some(false),
            State::Done(None) => {
                self.put(written(variable), variable, file.path);
                Some(true)
            }
            State::Done(Some(value)) => {
                let value = Rc::clone(value);
                for doubt in &value.doubts {
                    self.doubt(doubt.kind, &doubt.name);
                }
                // Inside a cycle nothing can be put in: what was left in there would be looked for again.
                if value.doubts.iter().any(|doubt| doubt.kind == DoubtKind::Cycle) {
                    return Some(false);
                }
                let shift = self.value.text.len();
                let secret = is_secret(variable);
                self.value.text.push_str(&value.text);
                self.value.escaped.extend(value.escaped.iter().map(|at| at + shift));
                self.value.pieces.extend(value.pieces.iter().map(|piece| Piece {
                    span: piece.span.start + shift..piece.span.end + shift,
                    is_secret: piece.is_secret || secret,
                    ..piece.clone()
                }));
                Some(true)
            }
        }
    }

    /// Appends text that stands in this variable itself.
    fn own(&mut self, range: Range<usize>, path: Option<&str>) {
        let shift = self.value.text.len();
        let (from, to) = (range.start, range.end);
        let escaped = self.entry.escaped.iter().filter(|at| (from..to).contains(*at)).map(|at| at - from + shift);
        self.value.escaped.extend(escaped);
        if self.entry.escaped.iter().any(|at| (from..to).contains(at)) && self.entry.quote != Some('\'') {
            self.doubt(DoubtKind::Escaped, &self.entry.name);
        }
        self.push(&self.entry.value[range], self.entry, path, from);
    }

    /// Appends another variable's value.
    fn put(&mut self, value: &str, variable: &Entry, path: Option<&str>) {
        let shift = self.value.text.len();
        self.value.escaped.extend(variable.escaped.iter().map(|at| at + shift));
        self.push(value, variable, path, 0);
    }

    fn push(&mut self, text: &str, variable: &Entry, path: Option<&str>, at: usize) {
        if text.is_empty() {
            return;
        }
        let start = self.value.text.len();
        self.value.text.push_str(text);
        let end = self.value.text.len();
        // Text beside text of the same variable is one piece.
        if let Some(last) = self.value.pieces.last_mut()
            && last.variable == variable.name
            && last.path.as_deref() == path
            && last.at.is_some_and(|from| from + last.span.len() == at)
        {
            last.span.end = end;
            return;
        }
        self.value.pieces.push(Piece {
            span: start..end,
            variable: variable.name.clone(),
            path: path.map(str::to_owned),
            line: Some(variable.line).filter(|line| *line > 0),
            at: Some(at),
            is_secret: !std::ptr::eq(variable, self.entry) && is_secret(variable),
        });
    }

    fn doubt_quotes(&mut self, name: &str) {
        if matches!(self.entry.quote, Some('\'' | '`')) {
            self.doubt(DoubtKind::Quoted, name);
        }
    }

    fn doubt(&mut self, kind: DoubtKind, name: &str) {
        const MOST: usize = 16;
        let doubts = &mut self.value.doubts;
        if doubts.len() < MOST && !doubts.iter().any(|doubt| doubt.kind == kind && doubt.name == name) {
            doubts.push(Doubt { kind, name: name.to_owned() });
        }
    }
}

/// A variable's value as it is put in: the end of a line is no part of it.
fn written(variable: &Entry) -> &str {
    if variable.quote.is_some() || variable.line == 0 { &variable.value } else { variable.value.trim_end() }
}

/// Whether a variable's name speaks of a secret. What is a setting itself is masked by its own reading.
fn is_secret(variable: &Entry) -> bool {
    let name = variable.name.to_ascii_uppercase();
    let spoken = ["PASS", "PWD", "SECRET", "TOKEN", "CREDENTIAL", "APIKEY", "API_KEY", "PRIVATE"];
    (spoken.iter().any(|word| name.contains(word)) || name.ends_with("_KEY") || name.ends_with("_PW"))
        && !looks_like_setting(&variable.value)
}
