//! `schema.prisma`: the `datasource` block. The format is line by line: blocks in braces, `key = value`, `//` comments.

use zeroize::Zeroizing;

use crate::conninfo::looks_like_setting;
use crate::context::Workload;
use crate::scan::found::{FileFacts, Place, Scope, Use};
use crate::target::Entry;

/// The stack that reads `url` from the schema: Prisma 7 takes it out of there (Prisma documentation, Upgrade to v7).
const STACK: &str = "prisma-6";

/// What the datasource uses.
pub fn read(text: &str) -> FileFacts {
    let mut facts = FileFacts::default();
    let (mut inside, mut is_postgres) = (false, true);
    let mut uses = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let code = without_comment(line);
        let trimmed = code.trim();
        if trimmed.starts_with("datasource ") {
            inside = true;
        } else if trimmed.starts_with('}') {
            inside = false;
        }
        let Some((key, value)) = trimmed.split_once('=').filter(|_| inside) else { continue };
        let (key, value) = (key.trim(), value.trim());
        let column = 1 + line.find(value).map_or(0, |at| line[..at].chars().count());
        match key {
            "provider" => is_postgres = value.contains("postgres") || value.contains("cockroach"),
            "url" | "directUrl" => {
                let workload = (key == "directUrl").then_some(Workload::Migrations);
                let at = Some(Place { line: index + 1, column });
                let mut found = Use {
                    at,
                    label: format!("datasource {key}"),
                    stack: Some(STACK.to_owned()),
                    workload,
                    ..Use::default()
                };
                if let Some(name) = value.strip_prefix("env(").and_then(|rest| rest.split(['"', '\'']).nth(1)) {
                    found.variables.push(name.to_owned());
                } else if let Some(literal) = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'))
                    && looks_like_setting(literal)
                {
                    let literal = Zeroizing::new(literal.to_owned());
                    let entry = Entry::placed(format!("datasource.{key}"), literal, index + 1, column + 1);
                    facts.scopes.push(Scope { entries: vec![entry], dotenv: false });
                    found.lines.push(index + 1);
                }
                uses.push(found);
            }
            _ => {}
        }
    }
    if is_postgres {
        facts.uses = uses;
    }
    facts
}

/// The line up to `//`, unless that stands in quotes.
fn without_comment(line: &str) -> &str {
    let mut quoted = false;
    for (at, c) in line.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '/' if !quoted && line[at..].starts_with("//") => return &line[..at],
            _ => {}
        }
    }
    line
}
