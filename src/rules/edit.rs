//! Changes to a setting that keep every other byte, and keep its secrets marked.

use std::ops::Range;

use crate::conninfo::{Conninfo, Parameter, Syntax};
use crate::secret::SecretText;

/// Replaces `span` by `new`, which is not secret. A secret that overlaps the span stays marked as far as it is left.
pub(super) fn replace(text: &SecretText, span: Range<usize>, new: &str) -> SecretText {
    let clear = text.reveal();
    let mut edited = zeroize::Zeroizing::new(String::with_capacity(clear.len() + new.len()));
    edited.push_str(&clear[..span.start]);
    edited.push_str(new);
    edited.push_str(&clear[span.end..]);
    let after = |offset: usize| offset - span.len() + new.len();
    let secrets = text.secrets().iter().flat_map(|secret| {
        let before = secret.start..secret.end.min(span.start);
        let behind = secret.start.max(span.end)..secret.end;
        let behind = if behind.start < behind.end { after(behind.start)..after(behind.end) } else { 0..0 };
        [before, behind].into_iter().filter(|range| range.start < range.end)
    });
    SecretText::with_secrets(edited.as_str(), secrets.collect::<Vec<_>>())
}

/// As [`replace`], for a piece that may lie inside a secret: then what replaces it is as secret.
pub(super) fn replace_within(text: &SecretText, span: Range<usize>, new: &str) -> SecretText {
    let edited = replace(text, span.clone(), new);
    let inside = text.secrets().iter().any(|secret| secret.start <= span.start && span.end <= secret.end);
    if !inside {
        return edited;
    }
    let secrets = edited.secrets().iter().cloned().chain([span.start..span.start + new.len()]);
    SecretText::with_secrets(edited.reveal(), secrets.collect::<Vec<_>>())
}

/// The whole of a parameter with the separator that goes with it; `None` when it has no place.
pub(super) fn parameter_range(text: &SecretText, syntax: Syntax, parameter: &Parameter) -> Option<Range<usize>> {
    let (start, end) = (parameter.key_span.as_ref()?.start, parameter.value_span.as_ref()?.end);
    let bytes = text.reveal().as_bytes();
    let before = start.checked_sub(1).and_then(|at| bytes.get(at));
    Some(match (syntax, before, bytes.get(end)) {
        // `?key=value&` and `?key=value`: the question mark stays only for what follows.
        (Syntax::Uri | Syntax::Jdbc | Syntax::R2dbc | Syntax::Command, Some(b'?'), Some(b'&'))
        | (Syntax::Npgsql, _, Some(b';')) => start..end + 1,
        (Syntax::Uri | Syntax::Jdbc | Syntax::R2dbc | Syntax::Command, Some(b'?' | b'&'), _)
        | (Syntax::Keyword | Syntax::Command, Some(b' '), _) => start - 1..end,
        (Syntax::Keyword | Syntax::Command, _, Some(b' ')) => start..end + 1,
        _ => start..end,
    })
}

/// The setting without this key, however often it occurs.
pub(super) fn without_parameter(text: &SecretText, conninfo: &Conninfo, key: &str) -> Option<SecretText> {
    if conninfo.syntax == Syntax::Components {
        return None;
    }
    let mut ranges: Vec<Range<usize>> = Vec::new();
    for parameter in conninfo.parameters.iter().filter(|parameter| parameter.key == key) {
        ranges.push(parameter_range(text, conninfo.syntax, parameter)?);
    }
    if ranges.is_empty() {
        return None;
    }
    ranges.sort_by_key(|range| std::cmp::Reverse(range.start));
    let mut edited = text.clone();
    let mut limit = usize::MAX;
    for range in ranges {
        let range = range.start..range.end.min(limit);
        limit = range.start;
        edited = replace(&edited, range, "");
    }
    Some(edited)
}

/// The setting with one more parameter at its end. The value must be encoded already.
pub(super) fn with_parameter(text: &SecretText, syntax: Syntax, key: &str, value: &str) -> Option<SecretText> {
    let clear = text.reveal();
    let end = clear.trim_end().len();
    let added = match syntax {
        Syntax::Uri | Syntax::Jdbc | Syntax::R2dbc if clear[..end].ends_with(['?', '&']) => format!("{key}={value}"),
        Syntax::Uri | Syntax::Jdbc | Syntax::R2dbc if clear.contains('?') => format!("&{key}={value}"),
        Syntax::Uri | Syntax::Jdbc | Syntax::R2dbc => format!("?{key}={value}"),
        Syntax::Keyword => format!(" {key}={value}"),
        Syntax::Npgsql | Syntax::Components | Syntax::Command | Syntax::Pgpass => return None,
    };
    Some(replace(text, end..end, &added))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_stay_marked_on_both_sides_of_a_change() {
        let text = SecretText::with_secrets("u:secret@h:1/d", std::iter::once(2..8));
        assert_eq!(replace(&text, 11..12, "5432").masked(), "u:****@h:5432/d");
        assert_eq!(replace(&text, 0..1, "postgres.abc").masked(), "postgres.abc:****@h:1/d");
    }

    #[test]
    fn a_parameter_is_added_where_the_syntax_wants_it() {
        let plain = |text: &str| SecretText::with_secrets(text, []);
        let added =
            |text: &str, syntax| with_parameter(&plain(text), syntax, "a", "b").map(|text| text.reveal().to_owned());
        assert_eq!(added("postgres://h/d", Syntax::Uri).as_deref(), Some("postgres://h/d?a=b"));
        assert_eq!(added("postgres://h/d?c=d", Syntax::Uri).as_deref(), Some("postgres://h/d?c=d&a=b"));
        assert_eq!(added("host=h", Syntax::Keyword).as_deref(), Some("host=h a=b"));
    }
}
