//! Replaces a file in one step: whoever reads it meanwhile sees the old file or the new one, and a crash leaves the
//! old one.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// Why a file was not replaced.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// Somebody has written to it meanwhile.
    #[error("it has changed since it was read; nothing was written")]
    Changed,
    /// The file may not be written to.
    #[error("it is read-only")]
    ReadOnly,
    /// The system refuses.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Replaces the file's content `before` by `after`. A symbolic link stays one: the file that it leads to is replaced.
/// Mode and owner stay; other hard links keep the old content.
pub fn replace(path: &Path, before: &str, after: &str) -> Result<(), SaveError> {
    let path = fs::canonicalize(path)?;
    let metadata = fs::metadata(&path)?;
    if metadata.permissions().readonly() {
        return Err(SaveError::ReadOnly);
    }
    let directory = path.parent().unwrap_or(Path::new("/"));
    let (temporary, mut file) = temporary(directory, &path)?;
    let written = file
        .write_all(after.as_bytes())
        .and_then(|()| keep_owner(&file, &metadata))
        .and_then(|()| file.set_permissions(metadata.permissions()))
        .and_then(|()| file.sync_all())
        .map_err(SaveError::Io)
        .and_then(|()| if fs::read(&path)? == before.as_bytes() { Ok(()) } else { Err(SaveError::Changed) })
        .and_then(|()| Ok(fs::rename(&temporary, &path)?));
    if written.is_err() {
        // What is left of it holds the setting; the error that led here is the one to tell.
        let _ = fs::remove_file(&temporary);
        return written;
    }
    // The rename is in place; that it survives a power cut is the directory's affair, and not every system lets
    // directories be synchronised.
    let _ = File::open(directory).and_then(|directory| directory.sync_all());
    Ok(())
}

/// Writes a new file in one step; `secret` ones only their owner may read. One that exists is written over only when
/// `over` says so: its place is then taken by a file of ours.
pub fn create(path: &Path, text: &str, secret: bool, over: bool) -> Result<(), SaveError> {
    let directory = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let (temporary, mut file) = temporary(directory, path)?;
    let written = file.write_all(text.as_bytes()).and_then(|()| if secret { Ok(()) } else { make_readable(&file) });
    let placed = written.and_then(|()| file.sync_all()).and_then(|()| {
        if over {
            return fs::rename(&temporary, path);
        }
        // A link is made only where no file stands, whoever was faster.
        match fs::hard_link(&temporary, path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => copy(&temporary, path),
            linked => linked,
        }
    });
    if placed.is_err() || !over {
        let _ = fs::remove_file(&temporary);
    }
    let _ = File::open(directory).and_then(|directory| directory.sync_all());
    Ok(placed?)
}

/// A copy where no file stands: for file systems without links.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let mut new = open_new(to)?;
    let copied = File::open(from).and_then(|mut old| io::copy(&mut old, &mut new));
    let mode = fs::metadata(from).and_then(|metadata| new.set_permissions(metadata.permissions()));
    let written = copied.map(|_| ()).and(mode).and_then(|()| new.sync_all());
    written.inspect_err(|_| {
        let _ = fs::remove_file(to);
    })
}

/// Code holds no secret, and others may read it.
#[cfg(unix)]
fn make_readable(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn make_readable(_: &File) -> io::Result<()> {
    Ok(())
}

/// A new file beside the old one, which only its owner may read.
fn temporary(directory: &Path, path: &Path) -> io::Result<(PathBuf, File)> {
    let mut nonce = [0; 8];
    getrandom::fill(&mut nonce).map_err(|error| io::Error::other(error.to_string()))?;
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let temporary = directory.join(format!(".{name}.supascope-{:016x}", u64::from_ne_bytes(nonce)));
    let file = open_new(&temporary)?;
    Ok((temporary, file))
}

/// A new file, which only its owner may read.
fn open_new(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)
}

/// The owner and group of the old file, where they differ from what a new file gets.
#[cfg(unix)]
fn keep_owner(file: &File, old: &fs::Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, fchown};
    let new = file.metadata()?;
    if (new.uid(), new.gid()) == (old.uid(), old.gid()) {
        return Ok(());
    }
    fchown(file, Some(old.uid()), Some(old.gid()))
}

#[cfg(not(unix))]
fn keep_owner(_: &File, _: &fs::Metadata) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(folder: &Path) -> usize {
        fs::read_dir(folder).unwrap().count()
    }

    #[test]
    #[cfg(unix)]
    fn mode_and_link_stay_and_nothing_is_left_beside_it() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("real"), folder.path().join(".env"));
        fs::write(&file, "old").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        symlink("real", &link).unwrap();
        replace(&link, "old", "new").unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "new");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
        assert_eq!(entries(folder.path()), 2);
    }

    #[test]
    fn a_file_that_has_changed_or_is_read_only_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(".env");
        fs::write(&file, "newer").unwrap();
        assert!(matches!(replace(&file, "old", "new"), Err(SaveError::Changed)));
        let mut permissions = fs::metadata(&file).unwrap().permissions();
        permissions.set_readonly(true);
        fs::set_permissions(&file, permissions).unwrap();
        assert!(matches!(replace(&file, "newer", "new"), Err(SaveError::ReadOnly)));
        assert_eq!(fs::read_to_string(&file).unwrap(), "newer");
        assert_eq!(entries(folder.path()), 1);
        assert!(matches!(replace(&folder.path().join("missing"), "", ""), Err(SaveError::Io(_))));
    }
}
