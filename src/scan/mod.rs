//! Finds connection settings in a repository, and the code that uses them.
//!
//! [`walk`] reads the files that can hold anything of interest, each as what it is ([`kind`], [`format`], [`code`]);
//! [`join`] brings settings and their uses together. The rules then judge each setting alone, and each pair.

mod code;
mod format;
mod found;
mod join;
mod kind;
mod needle;
mod walk;

use std::path::{Path, PathBuf};

pub use found::{Says, Use};
pub use join::Pair;
pub use walk::Limits;

use crate::target::Target;

/// What a scan finds.
pub struct Scanned {
    /// The settings, by file and line.
    pub settings: Vec<Target>,
    /// Each setting with a place that uses it.
    pub pairs: Vec<Pair>,
    /// What could not be read, and why.
    pub trouble: Vec<String>,
    /// How many files and directories were looked at.
    pub seen: usize,
}

/// A path that cannot be scanned.
#[derive(Debug, thiserror::Error)]
#[error("read {path}: {reason}")]
pub struct ScanError {
    /// The path.
    pub path: PathBuf,
    /// Why.
    pub reason: String,
}

impl ScanError {
    fn new(path: &Path, error: &std::io::Error) -> Self {
        Self { path: path.to_owned(), reason: error.kind().to_string() }
    }
}

/// Scans files and directories.
pub fn scan(paths: &[PathBuf], limits: &Limits) -> Result<Scanned, ScanError> {
    let walked = walk::walk(paths, limits)?;
    Ok(join::join(walked))
}

/// Whether a file is a template, whose placeholders are meant to stand there.
pub fn is_template(path: &str) -> bool {
    kind::is_template(path)
}

/// Whether a file is an `.env` file.
pub fn is_env_file(path: &str) -> bool {
    matches!(kind::Kind::of(Path::new(path)), Some(kind::Kind::Env))
}
