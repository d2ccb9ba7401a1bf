//! The drivers, ORMs and tools whose settings are known.

use serde_json::json;

use crate::knowledge::{self, NamedStatements};
use crate::report::listing::{Listing, Section, cite};

/// The files of code that `env --code` writes for a stack.
fn code(stack: &str) -> Option<String> {
    let templates = knowledge::templates(stack)?;
    let mut files: Vec<&str> = templates.code.iter().map(|code| code.file.as_str()).collect();
    files.dedup();
    Some(files.join(", "))
}

pub(super) fn listing() -> Listing {
    let mut sources = Vec::new();
    let mut section = Section::new(
        "stacks",
        &[
            ("id", "--stack"),
            ("name", "name"),
            ("language", "language"),
            ("versions", "versions read or run"),
            ("named_statements", "named statements"),
            ("pool", "its pool"),
            ("code", "code of `supascope env`"),
            ("sources", ""),
        ],
    );
    for stack in knowledge::stack_ids().filter_map(knowledge::stack) {
        let documents: Vec<&str> = stack.sources.iter().map(|(_, document)| document).collect();
        for document in &documents {
            cite(&mut sources, document);
        }
        let named = match stack.statements.named {
            NamedStatements::ByDefault => "by default",
            NamedStatements::OnRequest => "on request",
            NamedStatements::Never => "never",
        };
        section.rows.push(vec![
            stack.id.as_str().into(),
            stack.name.as_str().into(),
            stack.language.as_str().into(),
            stack.versions.as_str().into(),
            named.into(),
            stack.pool.as_ref().map(|pool| pool.name.as_str()).into(),
            code(&stack.id).into(),
            json!(documents),
        ]);
    }
    let hint = "supascope inspect TARGET --stack ID gives the settings of a stack for the endpoint in hand; \
                supascope env --stack ID --code writes its .env and its code.";
    Listing { topic: "stacks", sections: vec![section], sources, hint: Some(hint) }
}
