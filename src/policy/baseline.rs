//! A baseline: the findings that an old repository begins with. What stands in it is not reported; what is new is.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// The name and version of the document.
pub const SCHEMA: &str = "supascope.baseline/v1";

/// A baseline.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Baseline {
    fingerprints: BTreeSet<String>,
}

/// Why a file is no baseline.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BaselineError {
    /// It is no JSON, or has not the keys of one.
    #[error("it is no baseline: {0}")]
    Malformed(String),
    /// It is of a version that is not known here.
    #[error(
        "it is a baseline of another version (`{0}`; this supascope reads `{SCHEMA}`): write it again with --write-baseline"
    )]
    OtherVersion(String),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    schema: String,
    findings: Vec<Entry>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    fingerprint: String,
    rule: String,
    place: String,
}

/// One finding to keep in a baseline.
pub struct Known<'a> {
    /// What it is known by, see `report::spot`.
    pub fingerprint: String,
    /// The rule.
    pub rule: &'a str,
    /// Where it stands, for the reader of the file.
    pub place: String,
}

impl Baseline {
    /// Reads a baseline.
    pub fn parse(text: &str) -> Result<Self, BaselineError> {
        #[derive(Deserialize)]
        struct Version {
            schema: String,
        }
        let malformed = |error: serde_json::Error| {
            BaselineError::Malformed(format!("line {}, column {}", error.line(), error.column()))
        };
        let version: Version = serde_json::from_str(text).map_err(malformed)?;
        if version.schema != SCHEMA {
            return Err(BaselineError::OtherVersion(version.schema.escape_debug().collect()));
        }
        let document: Document = serde_json::from_str(text).map_err(malformed)?;
        Ok(Self { fingerprints: document.findings.into_iter().map(|entry| entry.fingerprint).collect() })
    }

    /// Whether a finding stands in it.
    pub fn holds(&self, fingerprint: &str) -> bool {
        self.fingerprints.contains(fingerprint)
    }

    /// Writes a baseline of findings, sorted, so that its differences are small.
    pub fn print(findings: Vec<Known<'_>>) -> String {
        let mut findings: Vec<Entry> = findings
            .into_iter()
            .map(|known| Entry { fingerprint: known.fingerprint, rule: known.rule.to_owned(), place: known.place })
            .collect();
        findings.sort_by(|one, other| {
            (&one.place, &one.rule, &one.fingerprint).cmp(&(&other.place, &other.rule, &other.fingerprint))
        });
        let document = Document { schema: SCHEMA.to_owned(), findings };
        // Strings in a struct: nothing in it can fail to be written.
        serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back() {
        let known =
            |fingerprint: &str| Known { fingerprint: fingerprint.to_owned(), rule: "a", place: ".env:1".to_owned() };
        let text = Baseline::print(vec![known("2"), known("1")]);
        let baseline = Baseline::parse(&text).unwrap();
        assert!(baseline.holds("1") && baseline.holds("2") && !baseline.holds("3"));
    }

    #[test]
    fn another_version_and_another_file_are_refused() {
        let other = Baseline::parse(r#"{"schema": "supascope.baseline/v9", "findings": []}"#).unwrap_err();
        assert!(other.to_string().contains("another version"), "{other}");
        assert!(matches!(Baseline::parse("x").unwrap_err(), BaselineError::Malformed(_)));
        assert!(Baseline::parse(r#"{"schema": "supascope.baseline/v1", "findings": [{}]}"#).is_err());
    }
}
