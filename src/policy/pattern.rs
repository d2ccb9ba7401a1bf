//! Which targets an entry is about.

use crate::target::Source;

/// The name of a variable or the path of a file; `*` stands for any characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(String);

impl Pattern {
    /// A pattern as written.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Whether a target's variable or file is meant.
    pub fn is_of(&self, source: &Source) -> bool {
        let path = source.path.as_deref().map(|path| path.strip_prefix("./").unwrap_or(path));
        [source.variable.as_deref(), path].into_iter().flatten().any(|name| self.matches(name))
    }

    /// Whether the whole of a text fits. Linear in the text for each star.
    fn matches(&self, text: &str) -> bool {
        let mut pieces = self.0.split('*');
        let first = pieces.next().unwrap_or_default();
        let Some(mut rest) = text.strip_prefix(first) else { return false };
        let mut last = None;
        for piece in pieces {
            if let Some(previous) = last.replace(piece) {
                let Some(at) = rest.find(previous) else { return false };
                rest = &rest[at + previous.len()..];
            }
        }
        match last {
            None => rest.is_empty(),
            Some(last) => rest.ends_with(last),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_characters() {
        let fits = |pattern: &str, text: &str| Pattern::new(pattern).matches(text);
        assert!(
            fits("A", "A") && fits("*", "") && fits("A*", "A") && fits("*_URL", "DB_URL") && fits("a*b*c", "a1b2b3c")
        );
        assert!(
            !fits("A", "AB") && !fits("A*B", "A") && !fits("a*b*c", "acb") && !fits("", "a") && !fits("ab*ba", "aba")
        );
    }
}
