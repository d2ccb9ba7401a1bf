//! Where a log comes from, and whether it can be read as text.

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::Path;

use anyhow::{Result, anyhow, bail};

use super::ahead::Ahead;
use crate::commands::usage;

/// How files begin that hold no text, what they are, and what makes text of them.
const NOT_TEXT: [(&[u8], &str, &str); 6] = [
    (&[0x1f, 0x8b], "compressed with gzip", "gzip -dc"),
    (&[0x28, 0xb5, 0x2f, 0xfd], "compressed with zstd", "zstd -dc"),
    (&[0xfd, b'7', b'z', b'X', b'Z', 0], "compressed with xz", "xz -dc"),
    (b"BZh", "compressed with bzip2", "bzip2 -dc"),
    (&[0xff, 0xfe], "UTF-16 text", "iconv -f UTF-16 -t UTF-8"),
    (&[0xfe, 0xff], "UTF-16 text", "iconv -f UTF-16 -t UTF-8"),
];

/// A log, as named on the command line.
pub(super) enum Input<'a> {
    /// `-`
    Stdin,
    /// `-f FILE`
    File(&'a Path),
}

/// Longer files are read ahead by a thread.
const AHEAD_FROM_BYTES: u64 = 16 << 20;

/// A log that is open.
pub(super) struct Reader {
    inner: Box<dyn Read>,
    /// Its length in bytes, where it is known.
    pub(super) len: Option<u64>,
}

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.inner.read(buffer)
    }
}

/// The log that the arguments name, if they name one.
pub(super) fn named<'a>(file: Option<&'a Path>, text: &str) -> Option<Input<'a>> {
    match file {
        Some(path) if path.as_os_str() == "-" => Some(Input::Stdin),
        Some(path) => Some(Input::File(path)),
        None => (text == "-").then_some(Input::Stdin),
    }
}

impl Input<'_> {
    /// Opens it, and refuses what is not text. What `goes_on` is read again after its end.
    pub(super) fn open(&self, goes_on: bool) -> Result<Reader> {
        match self {
            Self::Stdin => self.checked(Box::new(io::stdin().lock()), None),
            Self::File(path) => {
                let file = File::open(path).map_err(|error| self.failed(&error))?;
                let metadata = file.metadata().map_err(|error| self.failed(&error))?;
                if metadata.is_dir() {
                    bail!("failed to read {}: it is a directory", self.name());
                }
                let len = metadata.is_file().then_some(metadata.len());
                if !goes_on && len.is_some_and(|len| len >= AHEAD_FROM_BYTES) {
                    return self.checked(Box::new(Ahead::new(file)), len);
                }
                self.checked(Box::new(file), len)
            }
        }
    }

    fn checked(&self, mut inner: Box<dyn Read>, len: Option<u64>) -> Result<Reader> {
        let mut head = Vec::new();
        inner.by_ref().take(6).read_to_end(&mut head).map_err(|error| self.failed(&error))?;
        if let Some((_, what, tool)) = NOT_TEXT.iter().find(|(magic, ..)| head.starts_with(magic)) {
            let file = match self {
                Self::Stdin => String::new(),
                Self::File(_) => format!(" {}", self.name()),
            };
            bail!("{} is {what}; try: {tool}{file} | supascope explain -", self.name());
        }
        Ok(Reader { inner: Box::new(Cursor::new(head).chain(inner)), len })
    }

    /// The error of a read that failed.
    pub(super) fn failed(&self, error: &io::Error) -> anyhow::Error {
        anyhow!("failed to read {}: {error}", self.name())
    }

    /// Its name, fit to be shown.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Stdin => "standard input".to_owned(),
            Self::File(path) => usage::quoted(&path.to_string_lossy()),
        }
    }
}
