//! Parsing with errors that point at a line and a column.

use serde::de::DeserializeOwned;

/// A profile that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("read profile {name}:{line}:{column}: {message}")]
pub struct KnowledgeError {
    /// The file, as it was named to the parser.
    pub name: String,
    /// The line, counted from 1.
    pub line: usize,
    /// The column, counted from 1, in characters.
    pub column: usize,
    /// What is wrong.
    pub message: String,
}

impl KnowledgeError {
    /// An error about the whole file.
    pub(super) fn whole(name: &str, message: impl Into<String>) -> Self {
        Self { name: name.to_owned(), line: 1, column: 1, message: message.into() }
    }
}

/// A name that no profile has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown {kind} `{}`; {}", name.escape_debug(), hint(nearest, known))]
pub struct UnknownName {
    /// What was looked for: `stack`, `tier`.
    pub kind: &'static str,
    /// The name as given.
    pub name: String,
    /// The known names nearest to it, best first.
    pub nearest: Vec<String>,
    /// Every known name.
    pub known: Vec<String>,
}

fn hint(nearest: &[String], known: &[String]) -> String {
    if nearest.is_empty() {
        format!("known are {}", known.join(", "))
    } else {
        format!("did you mean {}?", nearest.join(" or "))
    }
}

/// Parses one profile.
pub(super) fn parse<T: DeserializeOwned>(name: &str, text: &str) -> Result<T, KnowledgeError> {
    toml::from_str(text).map_err(|error| {
        let (line, column) = place(text, error.span().map_or(0, |span| span.start));
        KnowledgeError { name: name.to_owned(), line, column, message: error.message().to_owned() }
    })
}

/// Line and column of a byte offset, both counted from 1.
pub(crate) fn place(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset.min(text.len())).unwrap_or_default();
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_points_at_the_offending_key() {
        #[derive(serde::Deserialize, Debug)]
        #[serde(deny_unknown_fields)]
        struct Small {
            #[expect(dead_code, reason = "only its presence matters")]
            known: u8,
        }
        let error = parse::<Small>("mine.toml", "known = 1\n  wrong = 2\n").unwrap_err();
        assert_eq!((error.line, error.column), (2, 3), "{error}");
        assert!(error.to_string().starts_with("read profile mine.toml:2:3: unknown field `wrong`"), "{error}");
    }

    /// What was typed may hold anything, and goes to a terminal.
    #[test]
    fn an_unknown_name_is_shown_escaped_and_with_the_nearest_ones() {
        let error = crate::knowledge::require_stack("asyncgp").unwrap_err();
        assert_eq!(error.to_string(), "unknown stack `asyncgp`; did you mean asyncpg?");
        let error = crate::knowledge::require_stack("primsa").unwrap_err();
        assert!(error.nearest.contains(&"prisma".to_owned()), "other names count too: {error}");
        let error = crate::knowledge::require_tier("\u{1b}[2J").unwrap_err();
        let text = error.to_string();
        assert!(!text.contains('\u{1b}') && text.contains("known are nano, micro"), "{text}");
        assert!(crate::knowledge::require_stack("pg").is_ok() && crate::knowledge::require_tier("CI_XLARGE").is_ok());
    }

    #[test]
    fn an_offset_behind_the_end_is_the_end() {
        assert_eq!(place("ab\nc", 99), (2, 2));
    }
}
