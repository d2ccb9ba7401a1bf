//! Formats with one variable a line: `.properties`, INI files, Dockerfiles.

use zeroize::Zeroizing;

use crate::scan::found::{FileFacts, Scope};
use crate::target::Entry;

/// What stands before the variable on a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `key=value`, `key: value`.
    Properties,
    /// `[section]` and `key = value`.
    Ini,
    /// `ENV KEY=value`, `ARG KEY=value`.
    Dockerfile,
}

/// The variables of a file.
pub fn read(text: &str, form: Form) -> FileFacts {
    let mut entries = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let trimmed = line.trim_start();
        if trimmed.is_empty() || trimmed.starts_with(['#', ';', '!', '[']) {
            continue;
        }
        let rest = match form {
            Form::Properties | Form::Ini => Some(trimmed),
            Form::Dockerfile => instruction(trimmed),
        };
        let separators: &[char] = if form == Form::Dockerfile { &['=', ' '] } else { &['=', ':'] };
        let Some((name, value)) = rest.and_then(|rest| rest.split_once(separators)) else { continue };
        let value = value.trim();
        let start = value.as_ptr().addr() - line.as_ptr().addr();
        let quoted = value.len() >= 2 && value.starts_with(['"', '\'']) && value.ends_with(['"', '\'']);
        let (value, start) = if quoted { (&value[1..value.len() - 1], start + 1) } else { (value, start) };
        let column = 1 + line[..start].chars().count();
        entries.push(Entry::placed(name.trim().to_owned(), Zeroizing::new(value.to_owned()), index + 1, column));
    }
    FileFacts { scopes: vec![Scope { entries, dotenv: false }], ..FileFacts::default() }
}

/// What follows `ENV` or `ARG`.
fn instruction(line: &str) -> Option<&str> {
    let (word, rest) = line.split_once(char::is_whitespace)?;
    ["ENV", "ARG"].iter().any(|known| word.eq_ignore_ascii_case(known)).then(|| rest.trim_start())
}
