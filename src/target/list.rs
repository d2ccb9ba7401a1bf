//! Lists: one setting a line, from a file or standard input, read one line at a time. A list may be longer than memory.

use std::io::{self, BufRead, BufReader, Read as _};
use std::path::Path;

use zeroize::Zeroizing;

use super::error::TargetError;
use super::{Neighbours, Setting, Source, SourceKind, Target, file};
use crate::secret::SecretText;

/// The most bytes of a line that are kept: far more than a setting has, and little enough to hold one of.
const MAX_LINE_BYTES: usize = 1 << 20;

/// The settings of a list. Blank lines and `#` comments are skipped; a line's end and indentation are not the setting's.
pub struct List {
    source: Box<dyn BufRead>,
    kind: SourceKind,
    path: Option<String>,
    /// The number of the line read last.
    line: usize,
    buffer: Zeroizing<Vec<u8>>,
}

impl List {
    /// The list that an argument names: `@FILE`, or `-` for standard input; `None` when it names none.
    pub fn of_argument(argument: &str) -> Option<Result<Self, TargetError>> {
        if argument == "-" {
            return Some(Ok(Self::new(Box::new(io::stdin().lock()), SourceKind::Stdin, None)));
        }
        let path = argument.strip_prefix('@')?;
        if path.is_empty() {
            return Some(Err(TargetError::NameMissing { form: "@" }));
        }
        let opened = file::open(Path::new(path));
        Some(
            opened
                .map(|file| Self::new(Box::new(BufReader::with_capacity(1 << 16, file)), SourceKind::File, Some(path))),
        )
    }

    fn new(source: Box<dyn BufRead>, kind: SourceKind, path: Option<&str>) -> Self {
        let path = path.map(str::to_owned);
        Self { source, kind, path, line: 0, buffer: Zeroizing::new(Vec::new()) }
    }

    /// Reads the next line into the buffer; `false` at the end.
    fn advance(&mut self) -> io::Result<bool> {
        self.buffer.clear();
        let read = (&mut self.source).take(MAX_LINE_BYTES as u64).read_until(b'\n', &mut self.buffer)?;
        self.line += 1;
        if read == MAX_LINE_BYTES && !self.buffer.ends_with(b"\n") {
            self.source.skip_until(b'\n')?;
        }
        Ok(read > 0)
    }

    fn shown(&self) -> String {
        self.path.as_ref().map_or_else(|| "standard input".to_owned(), |path| file::shown(Path::new(path)))
    }

    /// The setting on the line in the buffer.
    fn target(&self) -> Result<Option<Target>, TargetError> {
        let bytes = self.buffer.as_slice();
        let whole = match std::str::from_utf8(bytes) {
            Ok(text) => text,
            // A line that was cut may end within a character.
            Err(error) if error.error_len().is_none() && bytes.len() == MAX_LINE_BYTES => {
                std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default()
            }
            Err(_) => return Err(TargetError::NotUtf8 { path: self.shown(), line: self.line }),
        };
        let line = if self.line == 1 { whole.strip_prefix('\u{feff}').unwrap_or(whole) } else { whole };
        let setting = line.trim();
        if setting.is_empty() || setting.starts_with('#') {
            return Ok(None);
        }
        let indentation = line.len() - line.trim_start().len();
        let source = Source {
            kind: self.kind,
            variable: None,
            path: self.path.clone(),
            line: Some(self.line),
            column: Some(1 + line[..indentation].chars().count()),
        };
        let setting = Setting::Text(SecretText::opaque(setting));
        Ok(Some(Target { source, setting, neighbours: Neighbours::default() }))
    }
}

impl Iterator for List {
    type Item = Result<Target, TargetError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.advance() {
                Ok(false) => return None,
                Ok(true) => {}
                Err(error) => {
                    return Some(Err(TargetError::Unreadable { path: self.shown(), reason: file::reason(&error) }));
                }
            }
            if let Some(found) = self.target().transpose() {
                return Some(found);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(bytes: &'static [u8]) -> List {
        List::new(Box::new(bytes), SourceKind::Stdin, None)
    }

    fn texts(bytes: &'static [u8]) -> Vec<(String, Option<usize>, Option<usize>)> {
        list(bytes)
            .map(|found| {
                let Target { setting: Setting::Text(text), source, .. } = found.unwrap() else { unreachable!() };
                (text.reveal().to_owned(), source.line, source.column)
            })
            .collect()
    }

    #[test]
    fn lines_keep_their_numbers_and_comments_are_skipped() {
        let found = texts("\u{feff}# comment\r\n\r\n  a\u{e9}\r\nb".as_bytes());
        assert_eq!(found, [("a\u{e9}".to_owned(), Some(3), Some(3)), ("b".to_owned(), Some(4), Some(1))]);
        assert!(texts(b"").is_empty());
    }

    #[test]
    fn a_line_without_end_is_cut_and_the_next_one_is_read() {
        let mut text = vec![b'a'; MAX_LINE_BYTES - 1];
        text.extend("\u{e9}".repeat(MAX_LINE_BYTES).as_bytes());
        text.extend(b"\nnext\n");
        let found = texts(text.leak());
        assert_eq!(found[0].0.len(), MAX_LINE_BYTES - 1);
        assert_eq!((found[1].0.as_str(), found[1].1), ("next", Some(2)));
    }

    #[test]
    fn foreign_bytes_are_refused_by_line() {
        let mut found = list(b"a\n\xff\n");
        assert!(found.next().unwrap().is_ok());
        assert!(matches!(found.next(), Some(Err(TargetError::NotUtf8 { line: 2, .. }))));
    }

    #[test]
    fn what_names_no_list_is_told_apart() {
        assert!(List::of_argument("postgres://x").is_none());
        assert!(matches!(List::of_argument("@"), Some(Err(TargetError::NameMissing { .. }))));
        assert!(matches!(List::of_argument("@/"), Some(Err(TargetError::NotAFile { .. }))));
    }
}
