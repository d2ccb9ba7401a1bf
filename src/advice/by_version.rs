//! What the reader must know about versions: what holds for the one that was said, or where they differ.

use super::Fit;
use crate::knowledge::{AdviceEntry, EndpointClass, Stack, VersionNote, Versions};

/// The notes of a stack on its versions, for one cell. Where the advice is to go elsewhere, no version changes that.
pub(super) fn remark(stack: &Stack, entry: &AdviceEntry, class: EndpointClass, versions: &Versions) -> Option<String> {
    if entry.fit == Fit::Avoid {
        return None;
    }
    let notes: Vec<&VersionNote> = stack.notes_for(class, versions).collect();
    let words: Vec<String> = notes.iter().map(|note| format!("{}: {}", note.versions, note.what)).collect();
    (!words.is_empty()).then(|| format!("By version: {}", words.join(" ")))
}
