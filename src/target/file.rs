//! Reads whole files and standard input, within bounds.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use zeroize::Zeroizing;

use super::error::TargetError;
use crate::secret::MASK;

/// The most bytes of a file or of standard input that are read.
pub const MAX_FILE_BYTES: u64 = 16 * 1024 * 1024;

/// The text of a regular file. What is none is not opened: a pipe could make us wait for ever.
pub fn read(path: &Path) -> Result<Zeroizing<String>, TargetError> {
    let shown = shown(path);
    let unreadable = |error: &io::Error| TargetError::Unreadable { path: shown.clone(), reason: reason(error) };
    let metadata = fs::metadata(path).map_err(|error| unreadable(&error))?;
    if let Some(what) = not_a_file(&metadata) {
        return Err(TargetError::NotAFile { path: shown, what });
    }
    if metadata.len() > MAX_FILE_BYTES {
        return Err(TargetError::TooLong { path: shown, limit_bytes: MAX_FILE_BYTES });
    }
    let file = File::open(path).map_err(|error| unreadable(&error))?;
    bounded(file, &shown)
}

/// The text of standard input.
pub(super) fn read_stdin() -> Result<Zeroizing<String>, TargetError> {
    bounded(io::stdin().lock(), "standard input")
}

/// Reads to the end, or to the limit: a file may have grown since it was measured.
fn bounded(source: impl Read, shown: &str) -> Result<Zeroizing<String>, TargetError> {
    let mut bytes = Zeroizing::new(Vec::new());
    source
        .take(MAX_FILE_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| TargetError::Unreadable { path: shown.to_owned(), reason: reason(&error) })?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(TargetError::TooLong { path: shown.to_owned(), limit_bytes: MAX_FILE_BYTES });
    }
    match std::str::from_utf8(&bytes) {
        Ok(text) => Ok(Zeroizing::new(text.to_owned())),
        Err(error) => {
            let line = bytes[..error.valid_up_to()].split(|byte| *byte == b'\n').count();
            Err(TargetError::NotUtf8 { path: shown.to_owned(), line })
        }
    }
}

/// The path as a message shows it: unless a setting was given in the place of a path.
pub(super) fn shown(path: &Path) -> String {
    let text = path.to_string_lossy();
    let setting = text.contains("://") || text.contains('@') || text.contains('=');
    if setting { MASK.to_owned() } else { text.into_owned() }
}

/// The system's own words, without its number.
fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    text.split_once(" (os error").map_or(text.as_str(), |(words, _)| words).to_lowercase()
}

fn not_a_file(metadata: &fs::Metadata) -> Option<&'static str> {
    if metadata.is_file() {
        return None;
    }
    if metadata.is_dir() {
        return Some("a directory");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        let kind = metadata.file_type();
        if kind.is_fifo() {
            return Some("a pipe");
        }
        if kind.is_socket() {
            return Some("a socket");
        }
    }
    Some("a device")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_file_is_not_opened() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(read(folder.path()), Err(TargetError::NotAFile { what: "a directory", .. })));
        let error = read(&folder.path().join("missing")).unwrap_err();
        assert!(error.to_string().ends_with("missing: no such file or directory"), "{error}");
        assert!(matches!(read(Path::new("/dev/zero")), Err(TargetError::NotAFile { what: "a device", .. })));
    }

    #[test]
    fn a_setting_in_the_place_of_a_path_is_not_repeated() {
        let error = read(Path::new("postgresql://u:secret@h/d")).unwrap_err();
        assert_eq!(error.to_string(), "read ****: no such file or directory");
    }

    #[test]
    fn long_files_and_foreign_bytes_are_refused_by_name_and_line() {
        let folder = tempfile::tempdir().unwrap();
        let long = folder.path().join("long");
        File::create(&long).unwrap().set_len(MAX_FILE_BYTES + 1).unwrap();
        assert!(matches!(read(&long), Err(TargetError::TooLong { .. })));
        let binary = folder.path().join("binary");
        fs::write(&binary, b"A=1\nB=\xff\n").unwrap();
        assert!(matches!(read(&binary), Err(TargetError::NotUtf8 { line: 2, .. })));
        assert!(matches!(bounded(io::repeat(b'a'), "endless"), Err(TargetError::TooLong { .. })));
    }
}
