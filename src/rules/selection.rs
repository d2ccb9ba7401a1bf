//! Which rules a run reports: `--only` and `--skip`.

/// A choice of rules. The default is all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// When not empty, these alone.
    pub only: Vec<String>,
    /// These not.
    pub skip: Vec<String>,
}

impl Selection {
    /// Whether the rule with this id is reported.
    pub fn keeps(&self, rule: &str) -> bool {
        (self.only.is_empty() || self.only.iter().any(|id| id == rule)) && !self.skip.iter().any(|id| id == rule)
    }
}
