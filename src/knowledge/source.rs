//! Where a fact comes from: short keys in the entries, the documents at the top of the file.

use std::collections::BTreeMap;

use serde::Deserialize;

/// The `[sources]` table of a profile: key to document, with date or revision.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(transparent)]
pub struct Sources(BTreeMap<String, String>);

impl Sources {
    /// The document behind a key; a key that the table lacks is returned as it is (the tests forbid that for embedded
    /// profiles).
    pub fn resolve<'a>(&'a self, key: &'a str) -> &'a str {
        self.0.get(key).map_or(key, String::as_str)
    }

    /// Whether the table knows the key.
    pub fn contains(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    /// All keys with their documents, by key.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, document)| (key.as_str(), document.as_str()))
    }
}
