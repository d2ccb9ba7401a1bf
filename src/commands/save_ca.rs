//! `probe --save-ca FILE`: stores Supabase's root as the server sent it, when its fingerprint is a known one.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use super::usage;
use crate::knowledge::{self, Root};
use crate::probe::tls::known_root;
use crate::report::Report;
use crate::report::escape::escape;

/// Stores the first known root that a server of the report sent, and says on standard error what was stored, or why
/// nothing was. An error only when the file cannot be written: it becomes exit status 2.
pub fn run(path: &Path, report: &Report) -> Result<()> {
    let note = save(path, report, &knowledge::endpoints().roots)?;
    // Standard error may be closed, and there is nothing to be done about it.
    let _ = writeln!(anstream::stderr(), "note: {}", escape(&note));
    Ok(())
}

/// Stores it, and returns what to say.
fn save(path: &Path, report: &Report, known: &[Root]) -> Result<String> {
    let shown = usage::quoted(&path.to_string_lossy());
    let mut reasons: Vec<String> = Vec::new();
    for probe in report.targets.iter().filter_map(|target| target.probe.as_ref()) {
        let sent = probe.tls.value.as_ref().map_or(&[][..], |tls| &tls.chain);
        match known_root(sent, known) {
            Ok((root, pem)) => {
                let done = store(path, &pem).with_context(|| format!("failed to store the root in {shown}"))?;
                return Ok(format!("{done} {shown}: Supabase's root {}, SHA-256 {}", root.id, root.sha256));
            }
            Err(reason) if reasons.contains(&reason) => {}
            Err(reason) => reasons.push(reason),
        }
    }
    if reasons.is_empty() {
        reasons.push("no server was probed".to_owned());
    }
    let download = &knowledge::endpoints().certificates.download;
    Ok(format!("nothing is stored in {shown}: {}. Supabase's root is here: {download}", reasons.join("; ")))
}

/// Writes the file as a whole or not at all, readable for everybody, and never over another.
fn store(path: &Path, pem: &str) -> Result<&'static str> {
    if path.symlink_metadata().is_ok() {
        let is_the_same = fs::metadata(path).is_ok_and(|file| file.len() == pem.len() as u64)
            && fs::read(path).is_ok_and(|content| content == pem.as_bytes());
        if is_the_same {
            return Ok("already there,");
        }
        bail!("the file exists, and is not overwritten");
    }
    let draft = Draft::write(path, pem)?;
    // A link, because a rename would replace a file that somebody has made in the meantime.
    match fs::hard_link(&draft.0, path) {
        Ok(()) => Ok("stored in"),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => bail!("the file exists, and is not overwritten"),
        // A file system without links.
        Err(_) => {
            create(path, pem)?;
            Ok("stored in")
        }
    }
}

/// The file under a name of its own; removed when dropped.
struct Draft(PathBuf);

impl Draft {
    fn write(path: &Path, pem: &str) -> io::Result<Self> {
        let mut name = std::ffi::OsString::from(".");
        name.push(path.file_name().ok_or(ErrorKind::InvalidInput)?);
        name.push(format!(".{}.tmp", std::process::id()));
        let draft = path.with_file_name(name);
        create(&draft, pem)?;
        Ok(Self(draft))
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// A new file with mode 0644, whatever the umask: it holds no secret, and other users' clients read it, too.
fn create(path: &Path, pem: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    let written = file.write_all(pem.as_bytes()).and_then(|()| make_readable(&file)).and_then(|()| file.sync_all());
    written.inspect_err(|_| {
        let _ = fs::remove_file(path);
    })
}

#[cfg(unix)]
fn make_readable(file: &fs::File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn make_readable(_file: &fs::File) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEM: &str = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

    fn names(directory: &Path) -> Vec<String> {
        let entries = fs::read_dir(directory).unwrap();
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn the_file_is_whole_readable_and_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("root.crt");
        store(&path, PEM).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), PEM);
        assert_eq!(names(directory.path()), ["root.crt"]);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o644);
        }
        assert_eq!(store(&path, PEM).unwrap(), "already there,");
    }

    #[test]
    fn nothing_is_written_over_a_file_or_through_a_link() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("root.crt");
        fs::write(&path, "mine").unwrap();
        assert!(store(&path, PEM).is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
        #[cfg(unix)]
        {
            let link = directory.path().join("link.crt");
            std::os::unix::fs::symlink(directory.path().join("elsewhere"), &link).unwrap();
            assert!(store(&link, PEM).is_err());
            assert!(!directory.path().join("elsewhere").exists());
        }
        assert!(store(&directory.path().join("no/such/directory/root.crt"), PEM).is_err());
    }
}
