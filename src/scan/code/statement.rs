//! SQL that needs a session, in the texts that calls are given.

use super::expr::{Call, Expr, Place};
use crate::knowledge::{self, SessionStatement};

/// How much of a text is looked at.
const MAX_BYTES: usize = 512;

/// The statements among the arguments of a call, with their names.
pub(super) fn of_call(call: &Call) -> Vec<(String, Place)> {
    let mut found = Vec::new();
    for (_, value) in &call.arguments {
        // What stands in a call within is found with that call.
        let texts = match value {
            Expr::Text(text) => vec![text],
            Expr::Many(parts) => {
                parts.iter().filter_map(|part| if let Expr::Text(text) = part { Some(text) } else { None }).collect()
            }
            _ => Vec::new(),
        };
        for text in texts {
            found.extend(named(&text.value).map(|name| (name.to_owned(), text.at)));
        }
    }
    found
}

/// What a text is called when it needs a session.
pub(super) fn named(sql: &str) -> Option<&'static str> {
    let mut end = sql.len().min(MAX_BYTES);
    while !sql.is_char_boundary(end) {
        end -= 1;
    }
    let upper: String = sql[..end].split_whitespace().collect::<Vec<_>>().join(" ").to_uppercase();
    let statements = &knowledge::session_statements().statements;
    statements.iter().find(|statement| needs_session(statement, &upper)).map(|statement| statement.name.as_str())
}

fn needs_session(statement: &SessionStatement, upper: &str) -> bool {
    let starts = statement.starts.iter().find(|start| upper.starts_with(start.as_str()));
    let one_word = |start: &String| {
        let rest = upper[start.len()..].trim_end_matches(';').trim();
        !statement.one_word || (!rest.is_empty() && !rest.contains(' '))
    };
    let has = |needles: &[String]| needles.iter().any(|needle| upper.contains(needle.as_str()));
    (starts.is_some_and(one_word) || has(&statement.has))
        && (statement.and_has.is_empty() || has(&statement.and_has))
        && !statement.unless.iter().any(|start| upper.starts_with(start.as_str()))
}
