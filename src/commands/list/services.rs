//! Supabase's own roles and application names: who holds the connections.

use crate::knowledge::{self, Owner};
use crate::report::listing::{Listing, Section, cite};

pub(super) fn listing() -> Listing {
    let services = knowledge::services();
    let mut sources = Vec::new();
    let mut section = Section::new(
        "services",
        &[
            ("id", ""),
            ("name", "service"),
            ("roles", "roles"),
            ("application_names", "application names"),
            ("owner", "whose"),
            ("pooler", ""),
            ("source", ""),
            ("as_of", ""),
            ("note", ""),
        ],
    );
    section.note = Some("In the order in which they are tried; `*` at the end stands for anything.".to_owned());
    for service in &services.services {
        let document = services.sources.resolve(&service.source);
        cite(&mut sources, document);
        let owner = match service.owner {
            Owner::Supabase => "supabase",
            Owner::User => "user",
            Owner::Own => "self",
        };
        section.rows.push(vec![
            service.id.as_str().into(),
            service.name.as_str().into(),
            any(&service.roles),
            any(&service.application_names),
            owner.into(),
            service.pooler.as_deref().into(),
            document.into(),
            service.as_of.as_str().into(),
            service.note.as_deref().into(),
        ]);
    }
    Listing { topic: "services", sections: vec![section], sources, hint: None }
}

/// No pattern means any.
fn any(patterns: &[String]) -> serde_json::Value {
    if patterns.is_empty() { ["*"].as_slice().into() } else { patterns.into() }
}
