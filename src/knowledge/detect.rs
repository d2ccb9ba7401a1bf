//! Which stack a setting was written for, and which one a misspelt id means.

use serde::Deserialize;

use super::{Sources, Version, VersionRange};

/// The whole of `detection.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Detection {
    /// The documents behind the entries.
    pub sources: Sources,
    /// Other names of stacks.
    #[serde(rename = "alias")]
    pub aliases: Vec<Alias>,
    /// What the part of a scheme after `+` says.
    #[serde(rename = "driver")]
    pub drivers: Vec<DriverHint>,
    /// What a scheme says that only one stack reads.
    #[serde(default, rename = "scheme")]
    pub schemes: Vec<DriverHint>,
    /// What the syntax of a setting says, by its name in reports.
    #[serde(default, rename = "syntax")]
    pub syntaxes: Vec<DriverHint>,
    /// What the presence of a key says.
    #[serde(rename = "keys")]
    pub keys: Vec<KeyHint>,
}

/// Another name of a stack.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alias {
    /// The names.
    pub names: Vec<String>,
    /// The stack's id.
    pub stack: String,
    /// The versions that it means, where another alias of the same name means others.
    pub versions: Option<VersionRange>,
    /// Why this one, where there was a choice.
    pub note: Option<String>,
    /// Key into the sources.
    pub source: String,
    /// When it was read.
    pub as_of: String,
}

/// What a name in a certain place of the setting says.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DriverHint {
    /// The part after `+` of a scheme, the whole scheme, or the syntax.
    pub names: Vec<String>,
    /// The stack's id.
    pub stack: String,
    /// Key into the sources.
    pub source: String,
    /// When it was read.
    pub as_of: String,
}

/// Keys that only one stack understands.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyHint {
    /// The keys.
    pub names: Vec<String>,
    /// The stack's id.
    pub stack: String,
    /// Key into the sources.
    pub source: String,
    /// When it was read.
    pub as_of: String,
}

/// What a setting shows of who wrote it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Traces<'a> {
    /// The whole scheme: `ecto`, `jdbc:postgresql`.
    pub scheme: Option<&'a str>,
    /// The part of the scheme after `+`.
    pub driver: Option<&'a str>,
    /// The syntax, by its name in reports.
    pub syntax: Option<&'a str>,
}

impl Detection {
    /// The id behind another name of a stack, for any version.
    pub fn alias(&self, name: &str) -> Option<&str> {
        let mut aliases = self.aliases.iter().filter(|alias| listed(&alias.names, name));
        aliases.find(|alias| alias.versions.is_none()).map(|alias| alias.stack.as_str())
    }

    /// The alias that means certain versions only, this one among them.
    pub fn alias_of_version(&self, name: &str, version: &Version) -> Option<(&str, &VersionRange)> {
        let aliases = self.aliases.iter().filter(|alias| listed(&alias.names, name));
        let mut limited = aliases.filter_map(|alias| Some((alias.stack.as_str(), alias.versions.as_ref()?)));
        limited.find(|(_, range)| range.contains(version))
    }

    /// The stacks that a setting was written for.
    pub(super) fn detect<'a>(
        &'static self,
        traces: Traces<'_>,
        keys: impl IntoIterator<Item = &'a str>,
    ) -> Vec<&'static str> {
        let places = [(&self.drivers, traces.driver), (&self.schemes, traces.scheme), (&self.syntaxes, traces.syntax)];
        let said = places.into_iter().find_map(|(hints, said)| {
            let said = said?.to_ascii_lowercase();
            hints.iter().find(|hint| listed(&hint.names, &said))
        });
        if let Some(hint) = said {
            // The scheme is certain: keys of another stack in such a URL are a mistake, and a rule says so.
            return vec![hint.stack.as_str()];
        }
        let mut found = Vec::new();
        for key in keys {
            for hint in self.keys.iter().filter(|hint| listed(&hint.names, key)) {
                if !found.contains(&hint.stack.as_str()) {
                    found.push(hint.stack.as_str());
                }
            }
        }
        found
    }
}

fn listed(names: &[String], name: &str) -> bool {
    names.iter().any(|known| known == name)
}

/// The candidates that are near enough to a misspelt word, best first, at most three.
pub(super) fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let word: String = word.chars().take(64).collect();
    let mut near: Vec<(usize, &str)> = candidates
        .map(|candidate| {
            let part = !word.is_empty() && candidate.split('-').any(|piece| piece == word);
            (if part { 0 } else { distance(&word, candidate) }, candidate)
        })
        .filter(|(distance, candidate)| *distance <= 1 + candidate.len() / 4)
        .collect();
    near.sort_unstable();
    near.into_iter().take(3).map(|(_, candidate)| candidate).collect()
}

/// Edit distance (Levenshtein) of two short texts, in characters.
pub(crate) fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut previous: Vec<usize> = (0..=right.len()).collect();
    for (row, from) in left.chars().enumerate() {
        let mut current = vec![row + 1];
        for (column, to) in right.iter().enumerate() {
            let replaced = previous[column] + usize::from(from != *to);
            current.push(replaced.min(previous[column + 1] + 1).min(current[column] + 1));
        }
        previous = current;
    }
    previous.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::distance;

    #[test]
    fn distances() {
        assert_eq!(distance("supabse", "supabase"), 1);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("same", "same"), 0);
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
