//! A command line written anew around a repaired connection string.

use super::super::Span;
use super::super::compose::{Composer, overlaps};
use super::{Command, Value};
use crate::secret::SecretText;

impl Command {
    /// The command line with another connection string in the place of this one.
    pub(super) fn with_whole(&self, value: &Value, new: &SecretText, secrets: &[Span]) -> SecretText {
        let word = &self.words[value.word];
        let mut out = Composer::default();
        self.copy(0..word.span.start, secrets, &mut out);
        out.push(&word.value[..value.from]);
        out.push("'");
        let clear = new.reveal();
        let mut at = 0;
        for secret in new.secrets() {
            out.push(&shell_quoted(&clear[at..secret.start]));
            out.push_secret(&shell_quoted(&clear[secret.clone()]));
            at = secret.end;
        }
        out.push(&shell_quoted(&clear[at..]));
        out.push("'");
        self.copy(word.span.end..self.text.len(), secrets, &mut out);
        out.finish()
    }

    fn copy(&self, range: Span, secrets: &[Span], out: &mut Composer) {
        for (at, c) in self.text[range.clone()].char_indices() {
            let place = range.start + at..range.start + at + c.len_utf8();
            let mut buffer = [0; 4];
            let piece = c.encode_utf8(&mut buffer);
            if overlaps(&place, secrets) { out.push_secret(piece) } else { out.push(piece) }
        }
    }
}

/// Inside single quotes.
fn shell_quoted(text: &str) -> String {
    text.replace('\'', "'\\''")
}
