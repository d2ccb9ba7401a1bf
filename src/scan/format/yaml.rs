//! YAML and JSON: compose files, Kubernetes manifests, workflows, `database.yml`, `application.yml`, `appsettings.json`.
//! JSON is read as the YAML that it is.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, Span};
use zeroize::Zeroizing;

use crate::scan::found::{FileFacts, Scope};
use crate::target::Entry;

/// The most values of one file.
const MAX_VALUES: usize = 100_000;

/// How deep maps and lists may stand in each other.
const MAX_DEPTH: usize = 100;

/// The variables of a file; each map or list that holds variables of the environment is a scope of its own, so that the
/// services of a compose file stay apart. All other keys have their whole path for a name, with `root` before it.
pub fn read(text: &str, root: &str) -> FileFacts {
    let mut reader = Reader { root: root.to_owned(), ..Reader::default() };
    let mut trouble = None;
    for event in Parser::new_from_str(text) {
        match event {
            Ok((event, span)) => {
                if !reader.next(event, span) {
                    trouble = Some("it holds more than any configuration does".to_owned());
                    break;
                }
            }
            Err(error) => {
                trouble = Some(format!("it is no valid YAML from line {} on", error.marker().line()));
                break;
            }
        }
    }
    FileFacts { scopes: reader.finish(), trouble, ..FileFacts::default() }
}

/// What stands under an anchor.
struct Anchor<'t> {
    events: Vec<(Event<'t>, Span)>,
    /// How many maps and lists of it are open; it is whole at 0.
    open: usize,
}

/// A map or a list that is open.
struct Open {
    is_map: bool,
    /// The key that waits for its value.
    key: Option<(String, usize)>,
    /// `name:` and `value:` of a Kubernetes variable.
    name: Option<String>,
    value: Option<Entry>,
    entries: Vec<Entry>,
    /// Where the entries stand that another map lends (`<<: *default`): its own take their place.
    lent: HashMap<String, usize>,
    /// How many maps are being lent to it.
    lending: usize,
}

#[derive(Default)]
struct Reader<'t> {
    root: String,
    open: Vec<Open>,
    scopes: Vec<Vec<Entry>>,
    values: usize,
    anchors: HashMap<usize, Anchor<'t>>,
    /// The anchors that are being read.
    reading: Vec<usize>,
}

impl<'t> Reader<'t> {
    /// An event of the file: what stands under an anchor is kept, and read again where an alias stands.
    fn next(&mut self, event: Event<'t>, span: Span) -> bool {
        if let Event::Alias(anchor) = event {
            return self.alias(anchor);
        }
        let (anchor, opens, closes) = match &event {
            Event::MappingStart(anchor, _) | Event::SequenceStart(anchor, _) => (*anchor, true, false),
            Event::Scalar(_, _, anchor, _) => (*anchor, false, false),
            Event::MappingEnd | Event::SequenceEnd => (0, false, true),
            _ => (0, false, false),
        };
        if anchor != 0 {
            self.anchors.insert(anchor, Anchor { events: Vec::new(), open: 0 });
            self.reading.push(anchor);
        }
        for anchor in &self.reading {
            let Some(anchor) = self.anchors.get_mut(anchor) else { continue };
            anchor.events.push((event.clone(), span));
            anchor.open = (anchor.open + usize::from(opens)).saturating_sub(usize::from(closes));
        }
        self.reading.retain(|anchor| self.anchors.get(anchor).is_some_and(|anchor| anchor.open > 0));
        self.take(event, span) && self.reading.len() <= MAX_DEPTH
    }

    fn alias(&mut self, anchor: usize) -> bool {
        let is_lent =
            self.open.last().is_some_and(|open| open.is_map && open.key.as_ref().is_some_and(|key| key.0 == "<<"));
        let events = match self.anchors.get(&anchor) {
            Some(anchor) if anchor.open == 0 => anchor.events.clone(),
            // An alias within its own anchor has no value.
            _ => {
                self.answered();
                return true;
            }
        };
        self.values += events.len();
        let inner = if is_lent && matches!(events.first(), Some((Event::MappingStart(..), _))) {
            self.answered();
            &events[1..events.len() - 1]
        } else {
            &events[..]
        };
        self.lend(usize::from(is_lent), true);
        let whole = self.values <= MAX_VALUES && inner.iter().all(|(event, span)| self.take(event.clone(), *span));
        self.lend(usize::from(is_lent), false);
        whole
    }

    fn lend(&mut self, count: usize, begins: bool) {
        if let Some(open) = self.open.last_mut() {
            open.lending = if begins { open.lending + count } else { open.lending.saturating_sub(count) };
        }
    }

    fn take(&mut self, event: Event<'_>, span: Span) -> bool {
        match event {
            Event::MappingStart(..) => self.enter(true),
            Event::SequenceStart(..) => self.enter(false),
            Event::MappingEnd | Event::SequenceEnd => self.leave(),
            Event::Scalar(value, ..) => {
                self.values += 1;
                self.scalar(&value, span);
            }
            _ => {}
        }
        self.values <= MAX_VALUES && self.open.len() <= MAX_DEPTH
    }

    fn enter(&mut self, is_map: bool) {
        self.open.push(Open {
            is_map,
            key: None,
            name: None,
            value: None,
            entries: Vec::new(),
            lent: HashMap::new(),
            lending: 0,
        });
    }

    /// A value has been read that is nothing to us.
    fn answered(&mut self) {
        if let Some(open) = self.open.last_mut() {
            open.key = None;
        }
    }

    fn leave(&mut self) {
        let Some(mut open) = self.open.pop() else { return };
        let variable = open.name.take().zip(open.value.take());
        let parent = self.open.last_mut();
        if let (Some((name, value)), Some(parent)) = (variable, parent) {
            parent.entries.push(Entry::placed(name, value.value, value.line, value.column));
        } else {
            // Keys under their whole path may go together over several levels (Spring's `datasource.hikari`); the
            // variables of one container or one job are a scope of their own.
            let (paths, variables): (Vec<_>, Vec<_>) =
                open.entries.into_iter().partition(|entry| entry.name.contains('.'));
            match self.open.last_mut() {
                Some(parent) => parent.entries.extend(paths),
                None => self.scopes.push(paths),
            }
            self.scopes.push(variables);
        }
        self.answered();
    }

    fn scalar(&mut self, value: &str, span: Span) {
        let root = std::iter::once(self.root.as_str()).filter(|root| !root.is_empty());
        let keys = self.open.iter().filter_map(|open| open.key.as_ref()).map(|(key, _)| key.as_str());
        let path = root.chain(keys).collect::<Vec<_>>().join(".");
        let Some(open) = self.open.last_mut() else { return };
        // Inside of quotes the value starts one further on.
        let column = span.start.col() + 1;
        let line = span.start.line();
        if !open.is_map {
            if let Some((name, value)) = value.split_once('=').filter(|(name, _)| is_name(name)) {
                let column = column + name.chars().count() + 1;
                open.entries.push(Entry::placed(name.to_owned(), Zeroizing::new(value.to_owned()), line, column));
            } else if value.contains("://") {
                open.entries.push(Entry::placed(path, Zeroizing::new(value.to_owned()), line, column));
            }
            return;
        }
        let Some((key, _)) = open.key.take() else {
            open.key = Some((value.to_owned(), line));
            return;
        };
        let name = if is_name(&key) && key.chars().any(|c| c.is_ascii_uppercase()) && !key.contains(char::is_lowercase)
        {
            key.clone()
        } else {
            path
        };
        let entry = Entry::placed(name, Zeroizing::new(value.to_owned()), line, column);
        match key.as_str() {
            "name" => open.name = Some(value.to_owned()),
            "value" => open.value = Some(entry.clone()),
            _ => {}
        }
        open.put(entry);
    }

    fn finish(mut self) -> Vec<Scope> {
        while !self.open.is_empty() {
            self.leave();
        }
        self.scopes
            .into_iter()
            .filter(|entries| !entries.is_empty())
            .map(|entries| Scope { entries, dotenv: false })
            .collect()
    }
}

impl Open {
    /// Puts an entry in, in the place of one that another map lent.
    fn put(&mut self, entry: Entry) {
        if self.lending > 0 {
            self.lent.insert(entry.name.clone(), self.entries.len());
        } else if let Some(at) = self.lent.remove(&entry.name) {
            self.entries[at] = entry;
            return;
        }
        self.entries.push(entry);
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
