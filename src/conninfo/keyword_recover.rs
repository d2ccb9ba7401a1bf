//! Finds what the writer of a keyword/value string meant when libpq refuses it: values with spaces that lack quotes,
//! quotes that never close, foreign keys.
//!
//! The string is cut at every known key that is followed by `=`. A value of a key that reads like a secret runs up to
//! the next known key, so whatever stands in between is hidden.

use zeroize::Zeroizing;

use super::keyword::is_space;
use super::options::RawOption;
use super::password::is_secret_key;
use super::vendor::is_known_key;
use super::{Anomaly, AnomalyKind, Span};

/// What came of it.
pub(crate) struct Recovery {
    pub(crate) options: Vec<RawOption>,
    pub(crate) anomalies: Vec<Anomaly>,
    pub(crate) masks: Vec<Span>,
}

impl Recovery {
    /// Whether this is a keyword/value string at all: some key is known, and no URI stands before the first one.
    pub(crate) fn is_credible(&self, text: &str, start: usize) -> bool {
        let mut keys = self.options.iter().filter_map(|option| option.key_span.clone());
        let first = self.options.first().and_then(|option| option.key_span.as_ref()).map_or(start, |key| key.start);
        !text[start..first].contains("://")
            && keys.any(|key| is_known_key(&text[key.clone()]) || is_secret_key(&text[key]))
    }
}

impl Recovery {
    /// Whether pieces of a password may stand where keys and values seem to: something stands before the first key, a
    /// key comes twice, or what nobody knows has a value that is no plain word.
    pub(crate) fn is_odd(&self, text: &str, start: usize) -> bool {
        let keys = || self.options.iter().filter_map(|option| Some((option, option.key_span.clone()?)));
        let first = keys().next().map_or(start, |(_, key)| key.start);
        let plain = |value: &[u8]| value.iter().all(|byte| byte.is_ascii_alphanumeric() || b"_-.:/,+ ".contains(byte));
        let odd = |option: &RawOption, key: &str| {
            let secret = is_secret_key(key);
            let odd = |mark: &[u8]| memchr::memmem::find(&option.value, mark).is_some();
            let setting = odd(b"://") || odd(b"\"") || odd(b"'") || odd(b"psql ") || odd(b" -");
            (!secret && (setting || (!is_known_key(key) && !plain(&option.value))))
                || (secret && option.value.is_empty())
        };
        let twice = |index: usize, option: &RawOption| {
            self.options[..index].iter().any(|earlier| earlier.keyword == option.keyword)
        };
        !text[start..first].trim().is_empty()
            || keys().any(|(option, key)| odd(option, &text[key]))
            || self.options.iter().enumerate().any(|(index, option)| twice(index, option))
    }
}

/// One `key=value` with generous borders.
struct Segment {
    key: Span,
    /// From after `=` to the next key, with quotes and white space.
    value: Span,
    /// Whether libpq or some driver knows the key, or it reads like a secret.
    known: bool,
}

/// Reads the keyword/value string at `range` leniently.
pub(crate) fn recover(text: &str, range: Span) -> Recovery {
    let segments = segments(text, &range);
    let mut recovery = Recovery { options: Vec::new(), anomalies: Vec::new(), masks: Vec::new() };
    let first = segments.first().map_or(range.end, |segment| segment.key.start);
    if !text[range.start..first].trim().is_empty() {
        recovery.masks.push(range.start..first);
    }
    let mut open: Option<usize> = None;
    for segment in &segments {
        let name = &text[segment.key.clone()];
        if is_secret_key(name) {
            open = open.or(Some(segment.value.start));
        } else if segment.known {
            recovery.masks.extend(open.take().map(|start| start..segment.key.start));
        }
        let (span, anomaly) = unquoted(text, segment.value.clone());
        if let Some(kind) = anomaly {
            // Of a password only libpq's own complaint counts: many have quotes and backslashes.
            recovery.anomalies.push(Anomaly { kind, span: Some(span.clone()) });
        }
        recovery.options.push(RawOption {
            keyword: if name == "requiressl" { "sslmode".to_owned() } else { name.to_owned() },
            key_span: Some(segment.key.clone()),
            value: Zeroizing::new(text[span.clone()].as_bytes().to_vec()),
            span,
            pieces: Vec::new(),
        });
    }
    recovery.masks.extend(open.map(|start| start..range.end));
    recovery
}

fn segments(text: &str, range: &Span) -> Vec<Segment> {
    let mut segments: Vec<Segment> = Vec::new();
    let bytes = text.as_bytes();
    let mut at = range.start;
    while let Some(equals) = text[at..range.end].find('=').map(|found| at + found) {
        at = equals + 1;
        let floor = segments.last().map_or(range.start, |last| last.value.start);
        let key_end = floor + text[floor..equals].trim_end_matches(|c: char| u8::try_from(c).is_ok_and(is_space)).len();
        let key_start = bytes[floor..key_end]
            .iter()
            .rposition(|byte| !(byte.is_ascii_alphanumeric() || b"_-".contains(byte)))
            .map_or(floor, |last| floor + last + 1);
        let key = key_start..key_end;
        let separated = key_start == range.start
            || (key_start > floor && (is_space(bytes[key_start - 1]) || bytes[key_start - 1] == b'\''));
        if key.is_empty() || !separated {
            continue;
        }
        let name = &text[key.clone()];
        // A word before `=` inside a secret is a piece of it, unless some driver knows it for a key.
        let in_secret = segments.last().is_some_and(|last| is_secret_key(&text[last.key.clone()]));
        if in_secret && !is_known_key(name) {
            continue;
        }
        let known = is_known_key(name) || is_secret_key(name);
        if let Some(last) = segments.last_mut() {
            last.value.end = key.start;
        }
        segments.push(Segment { key, value: equals + 1..range.end, known });
    }
    segments
}

/// The value between its quotes, and what is odd about it.
fn unquoted(text: &str, span: Span) -> (Span, Option<AnomalyKind>) {
    let raw = &text[span.clone()];
    let start = span.start + raw.len() - raw.trim_start().len();
    let end = start + raw.trim().len();
    let value = &text[start..end];
    if value.len() >= 2 && value.starts_with('\'') && value.ends_with('\'') {
        return (start + 1..end - 1, None);
    }
    if value.starts_with('\'') {
        return (start + 1..end, Some(AnomalyKind::UnclosedQuote));
    }
    if value.len() >= 2 && value.starts_with('"') && value.ends_with('"') {
        return (start + 1..end - 1, Some(AnomalyKind::QuotesInValue));
    }
    let spaced = value.contains(char::is_whitespace).then_some(AnomalyKind::EmbeddedWhitespace);
    (start..end, spaced)
}
