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

/// How deep aliases may stand in what other aliases stand for.
const MAX_ALIASES: usize = 32;

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

/// JSON as .NET reads it, as YAML: comments become white space, and so do tabs; places stay.
pub fn from_json(text: &str) -> Zeroizing<String> {
    let mut plain = Zeroizing::new(String::with_capacity(text.len()));
    let (mut quoted, mut comment, mut chars) = (false, None, text.chars().peekable());
    while let Some(c) = chars.next() {
        let next = chars.peek().copied();
        match (comment, c, next) {
            (Some('/'), '\n', _) => comment = None,
            (Some('*'), '*', Some('/')) => {
                chars.next();
                plain.push_str("  ");
                comment = None;
                continue;
            }
            (Some(_), '\n', _) => {}
            (Some(_), ..) => {
                plain.push(' ');
                continue;
            }
            (None, '\\', Some(escaped)) if quoted => {
                chars.next();
                plain.push(c);
                plain.push(escaped);
                continue;
            }
            (None, '"', _) => quoted = !quoted,
            (None, '/', Some(kind @ ('/' | '*'))) if !quoted => {
                chars.next();
                plain.push_str("  ");
                comment = Some(kind);
                continue;
            }
            (None, '\t', _) if !quoted => {
                plain.push(' ');
                continue;
            }
            _ => {}
        }
        plain.push(c);
    }
    plain
}

/// A template of Ruby as YAML: lines that are only a statement become comments; places stay.
pub fn from_erb(text: &str) -> Zeroizing<String> {
    let mut plain = Zeroizing::new(String::with_capacity(text.len()));
    for line in text.split_inclusive('\n') {
        let code = line.trim();
        let is_statement = code.starts_with("<%") && !code.starts_with("<%=") && code.ends_with("%>");
        if is_statement {
            plain.push_str(&line.replacen("<%", "# ", 1));
        } else {
            plain.push_str(line);
        }
    }
    plain
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
        self.again(event, span, 0) && self.reading.len() <= MAX_DEPTH
    }

    /// An event of the file, or of what stands under an anchor.
    fn again(&mut self, event: Event<'t>, span: Span, depth: usize) -> bool {
        match event {
            Event::Alias(anchor) => self.alias(anchor, depth),
            event => self.take(event, span),
        }
    }

    fn alias(&mut self, anchor: usize, depth: usize) -> bool {
        let lends =
            self.open.last().is_some_and(|open| open.is_map && open.key.as_ref().is_some_and(|key| key.0 == "<<"));
        let Some(anchor) = self.anchors.get(&anchor).filter(|anchor| anchor.open == 0 && depth < MAX_ALIASES) else {
            // An alias within its own anchor has no value.
            self.answered();
            return true;
        };
        let events = anchor.events.clone();
        self.values += events.len();
        let inner = if lends && matches!(events.first(), Some((Event::MappingStart(..), _))) {
            self.answered();
            &events[1..events.len() - 1]
        } else {
            &events[..]
        };
        self.lend(usize::from(lends), true);
        let mut inner = inner.iter();
        let whole = inner.all(|(event, span)| self.values <= MAX_VALUES && self.again(event.clone(), *span, depth + 1));
        self.lend(usize::from(lends), false);
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

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(text: &str) -> Vec<String> {
        let facts = read(text, "");
        assert!(facts.trouble.is_none(), "{:?}", facts.trouble);
        let entries = facts.scopes.iter().flat_map(|scope| &scope.entries);
        entries.map(|entry| format!("{}={} {}:{}", entry.name, &*entry.value, entry.line, entry.column)).collect()
    }

    #[test]
    fn comments_and_tabs_of_json_are_white_space() {
        let text = "{\n\t// \"no\": 1\n\t/* {\n */ \"a\": \"b//\\\"c\", \"d\": 5,\n}\n";
        assert_eq!(entries(&from_json(text)), ["a=b//\"c 4:10", "d=5 4:25"]);
    }

    #[test]
    fn statements_of_a_template_are_left_out() {
        let text = "<% if x %>\na:\n  b: <%= ENV[\"X\"] %>\n<% end %>\n";
        assert_eq!(entries(&from_erb(text)), ["a.b=<%= ENV[\"X\"] %> 3:6"]);
    }

    #[test]
    fn what_an_anchor_holds_stands_where_its_alias_does() {
        let text = "root: &root\n  host: h\nbase: &base\n  <<: *root\n  port: 1\nprod:\n  <<: *base\n  port: 2\nlist: &list [*list, *base]\nno: *gone\n";
        let found = entries(&text.replace("no: *gone\n", ""));
        for wanted in ["root.host=h 2:9", "base.host=h 2:9", "base.port=1 5:9", "prod.host=h 2:9", "prod.port=2 8:9"] {
            assert!(found.iter().any(|entry| entry == wanted), "{wanted}: {found:?}");
        }
        assert!(!found.iter().any(|entry| entry.starts_with("prod.port=1")), "{found:?}");
    }

    #[test]
    fn aliases_of_aliases_are_bounded() {
        let mut text = "a0: &a0 [x, x]\n".to_owned();
        text.extend((1..60).map(|level| format!("a{level}: &a{level} [*a{0}, *a{0}]\n", level - 1)));
        assert!(read(&text, "").trouble.is_some());
    }
}
