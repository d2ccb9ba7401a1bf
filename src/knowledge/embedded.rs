//! The profiles as they are compiled in.

use super::KnowledgeError;

pub(super) const TIERS: &str = include_str!("../../profiles/tiers.toml");
pub(super) const ENDPOINTS: &str = include_str!("../../profiles/endpoints.toml");
pub(super) const SERVICES: &str = include_str!("../../profiles/services.toml");

/// Takes an embedded profile out of its result.
#[expect(clippy::panic, reason = "the text is compiled in, and the tests of this room parse every embedded profile")]
pub(super) fn must<T>(parsed: Result<T, KnowledgeError>) -> T {
    match parsed {
        Ok(profile) => profile,
        Err(error) => panic!("failed to {error}"),
    }
}

/// Every embedded profile: its path under `profiles/`, and its text.
#[cfg(test)]
pub(super) fn all() -> impl Iterator<Item = (String, &'static str)> {
    [("tiers.toml", TIERS), ("endpoints.toml", ENDPOINTS), ("services.toml", SERVICES)]
        .into_iter()
        .map(|(name, text)| (name.to_owned(), text))
}
