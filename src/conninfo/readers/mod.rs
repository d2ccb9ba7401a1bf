//! Who would connect where: how the readers of Postgres URIs that are in use split the same text.
//!
//! One file a reader, each a port of that reader's own code, tested against it where it is installed. They answer for
//! the URI's own parts alone; what the query overrides is left out.

pub mod go;
pub mod libpq;
pub mod node;
pub mod pgjdbc;
pub mod sqlalchemy;
pub mod urlsplit;

#[cfg(test)]
mod tests;

use zeroize::Zeroizing;

use super::Span;
use super::options::RawOption;
use super::percent::{decoded_bytes, token, unquote};

/// A part as a reader decodes it, and where it stands. It has no `Debug`: any part may hold a piece of a password.
#[derive(Clone, PartialEq, Eq)]
pub struct Part {
    /// Decoded.
    pub value: Zeroizing<String>,
    /// Where it stands in the URI.
    pub span: Span,
}

/// One host with its port.
pub type HostAndPort = (Option<Part>, Option<Part>);

/// What a reader makes of a URI; what is empty is not given.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Parts {
    /// The user.
    pub user: Option<Part>,
    /// The password.
    pub password: Option<Part>,
    /// Hosts, each with its port.
    pub hosts: Vec<HostAndPort>,
    /// The database.
    pub database: Option<Part>,
}

/// What a reader says of a URI: its parts, or its own error without what it quotes.
pub type Read = Result<Parts, &'static str>;

/// A reader.
pub struct Reader {
    /// Its name in reports.
    pub name: &'static str,
    /// Whether `postgresql://user:password@host` is a form it reads at all.
    pub reads_uris: bool,
    /// Reads a URI that begins with `postgres://` or `postgresql://`.
    pub read: fn(&str) -> Read,
}

/// Every reader, libpq first.
pub static READERS: &[Reader] = &[
    Reader { name: "libpq", reads_uris: true, read: libpq::read },
    Reader { name: "Node (WHATWG URL, pg)", reads_uris: true, read: node::read },
    Reader { name: "Python urlsplit", reads_uris: true, read: urlsplit::read },
    Reader { name: "SQLAlchemy", reads_uris: true, read: sqlalchemy::read },
    Reader { name: "Go net/url", reads_uris: true, read: go::read },
    Reader { name: "pgjdbc", reads_uris: false, read: pgjdbc::read },
];

impl Parts {
    /// Whether two readers would connect to the same place as the same user with the same password. Host names know no
    /// case, and `05432` is 5432.
    pub fn agrees_with(&self, other: &Self) -> bool {
        let text = |part: &Option<Part>| part.as_ref().map_or(String::new(), |part| part.value.to_string());
        let hosts = |parts: &Self| -> Vec<(String, String)> {
            let entry = |(host, port): &HostAndPort| {
                (text(host).to_ascii_lowercase(), text(port).trim_start_matches('0').to_owned())
            };
            parts.hosts.iter().map(entry).filter(|entry| !entry.0.is_empty() || !entry.1.is_empty()).collect()
        };
        text(&self.user) == text(&other.user)
            && text(&self.password) == text(&other.password)
            && text(&self.database) == text(&other.database)
            && hosts(self) == hosts(other)
    }

    /// From the options of a grammar.
    fn of_options(text: &str, options: &[RawOption]) -> Self {
        // The parts of the URI itself have no key.
        let last =
            |keyword: &str| options.iter().rev().find(|option| option.keyword == keyword && option.key_span.is_none());
        let part = |keyword: &str| {
            let option = last(keyword).filter(|option| !option.value.is_empty())?;
            let value = Zeroizing::new(String::from_utf8_lossy(&option.value).into_owned());
            Some(Part { value, span: option.span.clone() })
        };
        let entries = |keyword: &str| -> Vec<Option<Part>> {
            let Some(option) = last(keyword) else { return Vec::new() };
            let value = Zeroizing::new(String::from_utf8_lossy(&option.value).into_owned());
            // SQLAlchemy knows no lists: its host is one name, with the commas in it.
            if option.pieces.is_empty() {
                return vec![(!value.is_empty()).then(|| Part { value, span: option.span.clone() })];
            }
            let placed = option.pieces.len() == value.split(',').count();
            let span = |at: usize| if placed { option.pieces[at].clone() } else { option.span.clone() };
            let part = |(at, value): (usize, &str)| {
                (!value.is_empty()).then(|| Part { value: Zeroizing::new(value.to_owned()), span: span(at) })
            };
            value.split(',').enumerate().map(part).collect()
        };
        let (names, ports) = (entries("host"), entries("port"));
        let hosts = (0..names.len().max(ports.len()))
            .map(|at| (names.get(at).cloned().flatten(), ports.get(at).cloned().flatten()))
            .collect();
        debug_assert!(options.iter().all(|option| option.span.end <= text.len()));
        Self { user: part("user"), password: part("password"), hosts, database: part("dbname") }
    }
}

/// A part that is not empty.
fn part(value: impl Into<String>, span: Span) -> Option<Part> {
    let value = Zeroizing::new(value.into());
    (!value.is_empty()).then_some(Part { value, span })
}

/// Percent-decodes strictly; `None` where a token is broken.
fn unescape(raw: &str) -> Option<Zeroizing<Vec<u8>>> {
    let bytes = raw.as_bytes();
    let broken = |at: usize| bytes[at] == b'%' && token(bytes, at).is_none();
    (0..bytes.len()).all(|at| !broken(at)).then(|| decoded_bytes(raw))
}

/// A text of which every byte knows where it stood before characters were dropped or replaced.
struct Mapped {
    text: Zeroizing<String>,
    map: Vec<usize>,
    end: usize,
}

impl Mapped {
    fn new(end: usize) -> Self {
        Self { text: Zeroizing::new(String::new()), map: Vec::new(), end }
    }

    fn push(&mut self, piece: &str, at: usize) {
        self.text.push_str(piece);
        self.map.extend(std::iter::repeat_n(at, piece.len()));
    }

    /// The place of a stretch of this text in the text it came from.
    fn place(&self, range: &Span, source: &str) -> Span {
        let at = |index: usize| self.map.get(index).copied().unwrap_or(self.end);
        let start = at(range.start);
        let last = range.end.checked_sub(1).filter(|last| *last >= range.start).map_or(start, at);
        let len = source[last..].chars().next().map_or(0, char::len_utf8);
        start..if range.is_empty() { start } else { last + len }
    }
}
