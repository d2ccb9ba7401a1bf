//! `--only` and `--skip`.

use anyhow::{Result, bail};

use super::usage;
use crate::rules::{Finding, RULES};

/// Which rules are reported.
pub struct RuleFilter {
    only: Vec<String>,
    skip: Vec<String>,
}

impl RuleFilter {
    /// Checks every id against the registry: a slip in `--skip` would else hide nothing, and one in `--only` all.
    pub fn new(only: &[String], skip: &[String]) -> Result<Self> {
        for (option, ids) in [("--only", only), ("--skip", skip)] {
            for id in ids {
                if !RULES.iter().any(|rule| rule.id == *id) {
                    bail!("{}", unknown(option, id));
                }
            }
        }
        Ok(Self { only: only.to_vec(), skip: skip.to_vec() })
    }

    /// Whether a finding is reported.
    pub fn keeps(&self, finding: &Finding) -> bool {
        let is = |id: &String| id == finding.rule;
        (self.only.is_empty() || self.only.iter().any(is)) && !self.skip.iter().any(is)
    }
}

fn unknown(option: &str, id: &str) -> String {
    usage::unknown_name(option, "rule", id, RULES.iter().map(|rule| rule.id))
}
