//! Writes the files: all of them, or none where one stands in the way.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow, bail};
use zeroize::Zeroizing;

use crate::commands::usage::quoted;
use crate::repair::save;
use crate::secret::Secret;
use crate::target;

/// What to do with a file that exists.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Existing {
    /// An error.
    Refuse,
    /// Leave it as it is.
    Keep,
    /// Write over it.
    Replace,
}

/// One file to write.
pub(super) struct Wanted<'a> {
    pub(super) path: PathBuf,
    pub(super) text: &'a Secret,
    /// What stood there when it was merged.
    pub(super) old: Option<&'a Zeroizing<String>>,
    pub(super) existing: Existing,
    /// Whether only its owner may read it.
    pub(super) secret: bool,
}

/// The text of a file that is merged into; `None` when there is none yet.
pub(super) fn read(path: &Path) -> Result<Option<Zeroizing<String>>> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        _ => target::read_file(path).map(Some).map_err(|error| anyhow!("failed to {error}")),
    }
}

/// What became of a file.
pub(super) struct Saved {
    pub(super) path: PathBuf,
    pub(super) written: bool,
}

/// Writes all of them.
pub(super) fn all(files: &[Wanted<'_>]) -> Result<Vec<Saved>> {
    for file in files {
        check(file)?;
    }
    let mut saved = Vec::with_capacity(files.len());
    for file in files {
        let written = one(file).map_err(|error| anyhow!("failed to write {}: {error}", shown(&file.path)))?;
        saved.push(Saved { path: file.path.clone(), written });
    }
    Ok(saved)
}

fn shown(path: &Path) -> String {
    quoted(&path.to_string_lossy())
}

/// What can be known before anything is written.
fn check(file: &Wanted<'_>) -> Result<()> {
    let name = shown(&file.path);
    let metadata = match fs::symlink_metadata(&file.path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => bail!("failed to write {name}: {error}"),
    };
    if metadata.is_dir() {
        bail!("failed to write {name}: it is a directory");
    }
    if file.old.is_some() || file.existing == Existing::Keep {
        return Ok(());
    }
    match file.existing {
        Existing::Replace if metadata.is_file() => Ok(()),
        Existing::Replace => bail!("failed to write {name}: it is a symbolic link or no file, and is not written over"),
        _ => bail!("failed to write {name}: it exists; give --merge to change it, or --force to write over it"),
    }
}

/// Whether it was written.
fn one(file: &Wanted<'_>) -> Result<bool, save::SaveError> {
    let exists = fs::symlink_metadata(&file.path).is_ok();
    if let Some(old) = file.old {
        if **old == *file.text.reveal() {
            return Ok(false);
        }
        return save::replace(&file.path, old, file.text.reveal()).map(|()| true);
    }
    if exists && file.existing == Existing::Keep {
        return Ok(false);
    }
    if let Some(folder) = file.path.parent().filter(|folder| !folder.as_os_str().is_empty() && !file.secret) {
        fs::create_dir_all(folder)?;
    }
    save::create(&file.path, file.text.reveal(), file.secret, exists && file.existing == Existing::Replace)?;
    Ok(true)
}
