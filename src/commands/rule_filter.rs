//! `--only` and `--skip`.

use anyhow::{Result, bail};

use super::usage;
use crate::rules::{RULES, Selection};

/// Checks every id against the registry: a slip in `--skip` would else hide nothing, and one in `--only` all.
pub fn select(only: &[String], skip: &[String]) -> Result<Selection> {
    for (option, ids) in [("--only", only), ("--skip", skip)] {
        for id in ids {
            if !RULES.iter().any(|rule| rule.id == *id) {
                bail!("{}", usage::unknown_name(option, "rule", id, RULES.iter().map(|rule| rule.id)));
            }
        }
    }
    Ok(Selection { only: only.to_vec(), skip: skip.to_vec() })
}
