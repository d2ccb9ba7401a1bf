//! TOML: `supabase/config.toml` and other configuration.

use ::toml::Spanned;
use ::toml::de::{DeTable, DeValue};
use zeroize::Zeroizing;

use crate::scan::found::{FileFacts, Scope};
use crate::target::Entry;

/// How deep tables may stand in each other.
const MAX_DEPTH: usize = 64;

/// The texts of a file; those of one table stand together.
pub fn read(text: &str) -> FileFacts {
    let mut facts = FileFacts::default();
    match DeTable::parse(text) {
        Ok(table) => collect(table.get_ref(), "", text, 0, &mut facts.scopes),
        Err(error) => {
            let line = error.span().map_or(1, |span| line_of(text, span.start).0);
            facts.trouble = Some(format!("it is no valid TOML at line {line}"));
        }
    }
    facts
}

fn collect(table: &DeTable<'_>, path: &str, text: &str, depth: usize, scopes: &mut Vec<Scope>) {
    if depth > MAX_DEPTH {
        return;
    }
    let mut entries = Vec::new();
    for (key, value) in table {
        let name = if path.is_empty() { key.get_ref().to_string() } else { format!("{path}.{}", key.get_ref()) };
        match value.get_ref() {
            DeValue::Table(inner) => collect(inner, &name, text, depth + 1, scopes),
            DeValue::String(value_text) => entries.push(entry(name, value_text, value, text)),
            DeValue::Integer(number) => entries.push(entry(name, number.as_str(), value, text)),
            _ => {}
        }
    }
    if !entries.is_empty() {
        scopes.push(Scope { entries, dotenv: false });
    }
}

fn entry(name: String, value: &str, at: &Spanned<DeValue<'_>>, text: &str) -> Entry {
    let quoted = text[at.span().start..].starts_with(['"', '\'']);
    let (line, column) = line_of(text, at.span().start + usize::from(quoted));
    Entry::placed(name, Zeroizing::new(value.to_owned()), line, column)
}

fn line_of(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    (before.matches('\n').count() + 1, before[start..].chars().count() + 1)
}
