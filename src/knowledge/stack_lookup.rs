//! What is asked of a stack: the fate of a key, the advice for a cell, what holds for a version.

use super::stacks::{AdviceEntry, EndpointClass, KeyFate, Setting, Stack, UrlKey, UrlProfile, VersionNote};
use super::{KnowledgeError, Versions};
use crate::context::Workload;

impl UrlProfile {
    /// Whether the stack reads `postgresql://` URLs, with or without a driver in the scheme.
    pub fn is_libpq_like(&self) -> bool {
        let libpq = |scheme: &String| matches!(scheme.split('+').next(), Some("postgres" | "postgresql"));
        !self.takes_no_url && (self.schemes.is_empty() || self.schemes.iter().any(libpq))
    }

    /// Whether a key is listed as one that the stack has a use for.
    pub fn takes(&self, key: &str) -> bool {
        self.keys.iter().any(|listed| listed.fate == KeyFate::Taken && listed.names.iter().any(|name| name == key))
    }
}

impl Stack {
    /// The keys of the sources that its facts name.
    pub(super) fn source_keys(&self) -> impl Iterator<Item = &str> {
        let parts = [&self.url.source, &self.statements.source, &self.tls.source, &self.migrations.source];
        parts
            .into_iter()
            .chain(self.pool.iter().map(|entry| &entry.source))
            .chain(self.url.keys.iter().map(|entry| &entry.source))
            .chain(self.version_notes.iter().map(|entry| &entry.source))
            .chain(self.settings.values().map(|entry| &entry.source))
            .chain(self.advice.iter().map(|entry| &entry.source))
            .chain(self.failures.iter().map(|entry| &entry.source))
            .map(String::as_str)
    }

    /// What becomes of a URL key. A key that is not listed has the stack's general fate.
    pub fn key_fate(&self, key: &str) -> KeyFate {
        self.url_key(key).map_or(self.url.unknown_keys, |listed| listed.fate)
    }

    /// What is said of a URL key that does not work, with the key filled in.
    pub fn key_error(&self, key: &str) -> Option<String> {
        let error = match self.url_key(key) {
            Some(listed) => listed.error.as_deref(),
            None => self.url.unknown_keys_error.as_deref(),
        };
        error.map(|error| error.replace("{key}", key))
    }

    /// What to use in place of a URL key that does not work.
    pub fn key_instead(&self, key: &str) -> Option<&str> {
        self.url_key(key)?.instead.as_deref()
    }

    fn url_key(&self, key: &str) -> Option<&UrlKey> {
        self.url.keys.iter().find(|listed| listed.names.iter().any(|name| name == key))
    }

    /// The advice for one cell, for any version.
    pub fn advice_for(&self, class: EndpointClass, workload: Workload) -> Option<&AdviceEntry> {
        self.cell(class, workload).find(|entry| entry.versions.is_none())
    }

    /// The advice for one cell: the entry for the versions that were said, or else the one for any version.
    pub fn advice_for_versions(
        &self,
        class: EndpointClass,
        workload: Workload,
        versions: &Versions,
    ) -> Option<&AdviceEntry> {
        let is_for =
            |entry: &&AdviceEntry| entry.versions.is_some() && versions.within(entry.versions.as_ref()) == Some(true);
        self.cell(class, workload).find(is_for).or_else(|| self.advice_for(class, workload))
    }

    fn cell(&self, class: EndpointClass, workload: Workload) -> impl Iterator<Item = &AdviceEntry> {
        let fills = move |entry: &&AdviceEntry| entry.endpoints.contains(&class) && entry.workloads.contains(&workload);
        self.advice.iter().filter(fills)
    }

    /// The settings of an entry, without those that are for other versions than were said.
    pub fn settings_for<'a>(
        &'a self,
        entry: &'a AdviceEntry,
        versions: &Versions,
    ) -> impl Iterator<Item = &'a Setting> {
        entry
            .settings
            .iter()
            .filter_map(|key| self.settings.get(key))
            .filter(|setting| versions.within(setting.versions.as_ref()) != Some(false))
    }

    /// What differs between versions at an endpoint: of the versions that were said, or of all while none is.
    pub fn notes_for(&self, class: EndpointClass, versions: &Versions) -> impl Iterator<Item = &VersionNote> {
        self.version_notes
            .iter()
            .filter(move |note| note.endpoints.is_empty() || note.endpoints.contains(&class))
            .filter(|note| versions.within(Some(&note.versions)) != Some(false))
    }

    /// The setting that turns named statements off, if there is one.
    pub fn statement_switch(&self) -> Option<&Setting> {
        self.settings.get(self.statements.switch.as_ref()?)
    }

    /// The most connections that one process opens with the stack's defaults; `None` when there is no such number.
    pub fn default_connections(&self) -> Option<u32> {
        let pool = self.pool.as_ref().filter(|pool| pool.by_default && !pool.unbounded)?;
        Some(pool.default_size?.saturating_add(pool.default_overflow))
    }

    /// What the types cannot say: settings that are named exist, and no cell is filled twice.
    pub(super) fn check(&self, name: &str) -> Result<(), KnowledgeError> {
        let mentioned = self.advice.iter().flat_map(|entry| &entry.settings).chain(&self.statements.switch);
        for key in mentioned {
            if !self.settings.contains_key(key) {
                return Err(KnowledgeError::whole(name, format!("setting `{key}` is named and not defined")));
            }
        }
        for class in EndpointClass::ALL {
            for workload in Workload::ALL {
                if self.cell(class, workload).filter(|entry| entry.versions.is_none()).count() > 1 {
                    let message = format!("more than one advice for {} and {}", class.as_str(), workload.as_str());
                    return Err(KnowledgeError::whole(name, message));
                }
            }
        }
        self.check_versions(name)
    }

    /// Ranges speak of packages whose version can be said.
    fn check_versions(&self, name: &str) -> Result<(), KnowledgeError> {
        let notes = self.version_notes.iter().map(|note| &note.versions);
        let settings = self.settings.values().filter_map(|setting| setting.versions.as_ref());
        let entries = self.advice.iter().filter_map(|entry| entry.versions.as_ref());
        match notes.chain(settings).chain(entries).find(|range| !self.packages.contains(&range.package)) {
            Some(range) => {
                let message = format!("`{}` has a range of versions and is not one of `packages`", range.package);
                Err(KnowledgeError::whole(name, message))
            }
            None => Ok(()),
        }
    }
}
