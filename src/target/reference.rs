//! References in a value: `$NAME`, `${NAME}`, `${NAME:-default}` and their kin. Pure reading; nothing is looked up, and
//! `$(command)` is never more than text.

use std::ops::Range;

/// A piece of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// Text as it stands.
    Text(Range<usize>),
    /// A reference.
    Reference(Reference),
}

/// A reference to a variable. All ranges are byte offsets in the value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reference {
    pub(super) whole: Range<usize>,
    pub(super) name: Range<usize>,
    pub(super) is_braced: bool,
    pub(super) operator: Option<Operator>,
    /// What stands behind the operator.
    pub(super) argument: Range<usize>,
}

/// What to do when the variable is there, or is not (POSIX shell command language, section 2.6.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    /// `:-`
    DefaultIfEmpty,
    /// `-`
    DefaultIfUnset,
    /// `:+`
    InsteadIfFull,
    /// `+`
    InsteadIfSet,
    /// `:?` and `?`
    Required,
}

const OPERATORS: &[(&str, Operator)] = &[
    (":-", Operator::DefaultIfEmpty),
    (":+", Operator::InsteadIfFull),
    (":?", Operator::Required),
    ("-", Operator::DefaultIfUnset),
    ("+", Operator::InsteadIfSet),
    ("?", Operator::Required),
];

/// The braces of a value: for each `${` the place of its `}`. One pass, so that a value of nothing but `${` costs no
/// more than any other.
pub(super) struct Braces(Vec<(usize, usize)>);

impl Braces {
    pub(super) fn of(text: &str) -> Self {
        let bytes = text.as_bytes();
        let (mut open, mut pairs) = (Vec::new(), Vec::new());
        for (at, byte) in bytes.iter().enumerate() {
            match byte {
                b'{' if at > 0 && bytes[at - 1] == b'$' => open.push(at),
                b'}' => pairs.extend(open.pop().map(|start| (start, at))),
                _ => {}
            }
        }
        pairs.sort_unstable();
        Self(pairs)
    }

    fn closing(&self, open: usize) -> Option<usize> {
        self.0.binary_search_by_key(&open, |(start, _)| *start).ok().map(|found| self.0[found].1)
    }
}

/// The parts of `range`; a `$` at one of the `escaped` offsets starts no reference.
pub(super) fn parts(text: &str, range: Range<usize>, escaped: &[usize], braces: &Braces) -> Vec<Part> {
    let mut parts = Vec::new();
    let (mut from, mut at) = (range.start, range.start);
    while let Some(dollar) = text[at..range.end].find('$').map(|found| at + found) {
        at = dollar + 1;
        if escaped.binary_search(&dollar).is_ok() {
            continue;
        }
        let Some(reference) = reference(text, dollar, range.end, braces) else { continue };
        if from < dollar {
            parts.push(Part::Text(from..dollar));
        }
        (from, at) = (reference.whole.end, reference.whole.end);
        parts.push(Part::Reference(reference));
    }
    if from < range.end {
        parts.push(Part::Text(from..range.end));
    }
    parts
}

fn reference(text: &str, dollar: usize, end: usize, braces: &Braces) -> Option<Reference> {
    let bytes = text.as_bytes();
    if bytes.get(dollar + 1) != Some(&b'{') {
        let name = dollar + 1..name_end(bytes, dollar + 1, end, false);
        let whole = dollar..name.end;
        return starts_name(bytes, &name).then_some(Reference {
            whole,
            argument: name.end..name.end,
            name,
            is_braced: false,
            operator: None,
        });
    }
    let close = braces.closing(dollar + 1).filter(|close| *close < end)?;
    let name = dollar + 2..name_end(bytes, dollar + 2, close, true);
    let rest = &text[name.end..close];
    if !starts_name(bytes, &name) {
        return None;
    }
    let operator = OPERATORS.iter().find(|(sign, _)| rest.starts_with(sign));
    if operator.is_none() && !rest.is_empty() {
        return None;
    }
    let argument = name.end + operator.map_or(0, |(sign, _)| sign.len())..close;
    let operator = operator.map(|(_, operator)| *operator);
    Some(Reference { whole: dollar..close + 1, name, is_braced: true, operator, argument })
}

fn starts_name(bytes: &[u8], name: &Range<usize>) -> bool {
    !name.is_empty() && (bytes[name.start].is_ascii_alphabetic() || bytes[name.start] == b'_')
}

fn name_end(bytes: &[u8], from: usize, end: usize, is_braced: bool) -> usize {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || is_braced && *byte == b'.';
    from + bytes[from..end].iter().take_while(|byte| is_part(byte)).count()
}

/// Whether a `$` that was left in a value is one that some reader replaces: `$name`, `$5`, `${...}`, `$(`, `$$`.
pub(super) fn is_replaceable(text: &str, escaped: &[usize]) -> bool {
    let bytes = text.as_bytes();
    let last_brace = text.rfind('}').unwrap_or(0);
    text.match_indices('$').filter(|(at, _)| escaped.binary_search(at).is_err()).any(|(at, _)| {
        bytes.get(at + 1).is_some_and(|next| match next {
            b'{' => at < last_brace || bytes.get(at + 2).is_some_and(u8::is_ascii_alphanumeric),
            b'(' | b'$' | b'_' => true,
            next => next.is_ascii_alphanumeric(),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        parts(text, 0..text.len(), &[], &Braces::of(text))
            .into_iter()
            .map(|part| match part {
                Part::Text(range) => text[range].to_owned(),
                Part::Reference(found) => {
                    format!("<{} {:?} {}>", &text[found.name], found.operator, &text[found.argument])
                }
            })
            .collect()
    }

    #[test]
    fn references_and_text_are_told_apart() {
        assert_eq!(shown("a$B-c"), ["a", "<B None >", "-c"]);
        assert_eq!(shown("${A}${B:-x:y@z}"), ["<A None >", "<B Some(DefaultIfEmpty) x:y@z>"]);
        assert_eq!(shown("${A:-${B:-c}}d"), ["<A Some(DefaultIfEmpty) ${B:-c}>", "d"]);
        assert_eq!(shown("${A.B-c}"), ["<A.B Some(DefaultIfUnset) c>"]);
    }

    #[test]
    fn what_names_no_variable_is_text() {
        for text in ["$", "a$5", "$$", "${", "${A", "${ A }", "${5}", "$(rm -rf /)", "${A!}", "{A}"] {
            assert_eq!(shown(text), [text], "{text}");
        }
        assert!(parts("$A", 0..2, &[0], &Braces::of("$A")).iter().all(|part| matches!(part, Part::Text(_))));
    }

    #[test]
    fn a_value_of_nothing_but_openings_is_read_in_one_pass() {
        let text = "${".repeat(100_000);
        assert_eq!(shown(&text).len(), 1);
        let nested = format!("{}{}", "${A:-".repeat(10_000), "}".repeat(10_000));
        assert_eq!(parts(&nested, 0..nested.len(), &[], &Braces::of(&nested)).len(), 1);
    }
}
