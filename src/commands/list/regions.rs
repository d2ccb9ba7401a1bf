//! The regions in the names of shared poolers.

use crate::knowledge;
use crate::report::listing::{Listing, Section, cite};

pub(super) fn listing() -> Listing {
    let endpoints = knowledge::endpoints();
    let mut sources = Vec::new();
    let mut section = Section::new(
        "regions",
        &[("id", "region"), ("documented", "documented"), ("note", "note"), ("source", ""), ("as_of", "as of")],
    );
    for group in &endpoints.regions {
        let document = endpoints.sources.resolve(&group.source);
        cite(&mut sources, document);
        for id in &group.ids {
            section.rows.push(vec![
                id.as_str().into(),
                group.documented.into(),
                group.note.as_deref().into(),
                document.into(),
                group.as_of.as_str().into(),
            ]);
        }
    }
    let hint = "A region that is not listed is no error: Supabase may have added it.";
    Listing { topic: "regions", sections: vec![section], sources, hint: Some(hint) }
}
