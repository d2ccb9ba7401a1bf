//! Finds the policy, and the comments beside settings.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow};
use zeroize::Zeroizing;

use crate::cli::PolicyArgs;
use crate::commands::usage;
use crate::policy::{self, FILE_NAME, Policy, inline};
use crate::target::{self, Source};

/// The policy that was named, or the nearest one upwards from the working directory, or the default one.
pub fn load(args: &PolicyArgs) -> Result<Policy> {
    let path = match &args.config {
        Some(path) => Some(path.clone()),
        None if args.no_config => None,
        None => nearest()?,
    };
    let Some(path) = path else { return Ok(Policy::default()) };
    let text = target::read_file(&path).map_err(|error| anyhow!("failed to {error}"))?;
    let mut policy =
        policy::parse(&usage::quoted(&path.to_string_lossy()), &text).map_err(|error| anyhow!("failed to {error}"))?;
    let directory = path.parent().unwrap_or(Path::new(""));
    let sections = policy.targets.iter_mut().map(|section| &mut section.application);
    for application in sections.chain(std::iter::once(&mut policy.application)) {
        if let Some(roots) = &mut application.ssl_root_cert {
            *roots = directory.join(&*roots).to_string_lossy().into_owned();
        }
    }
    Ok(policy)
}

fn nearest() -> Result<Option<PathBuf>> {
    let directory = std::env::current_dir().context("failed to find the working directory")?;
    Ok(directory.ancestors().map(|ancestor| ancestor.join(FILE_NAME)).find(|path| path.is_file()))
}

/// The comments of files that were looked at, each file read once.
#[derive(Default)]
pub struct Comments(HashMap<String, Option<Zeroizing<String>>>);

impl Comments {
    /// The comments beside a setting that stands in a file. A file that has vanished has none.
    pub fn beside(&mut self, source: &Source) -> Vec<inline::Comment> {
        let (Some(path), Some(line)) = (&source.path, source.line) else { return Vec::new() };
        if source.is_in_list() {
            return Vec::new();
        }
        let text = self.0.entry(path.clone()).or_insert_with(|| target::read_file(Path::new(path)).ok());
        text.as_ref().map(|text| inline::beside(text, line)).unwrap_or_default()
    }
}
