//! Colour, symbols and wrapping: what a word looks like, decided in one place.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Effects};

use super::{Detail, Look};
use crate::report::escape::escape;
use crate::rules::Severity;

/// What a piece of text means; its colour follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    /// Wrong.
    Bad,
    /// Not good.
    Doubtful,
    /// Right.
    Good,
    /// Not known, or a remark.
    Neutral,
    /// Something to notice.
    Strong,
    /// Something that may be skipped.
    Faint,
}

impl From<Severity> for Tone {
    fn from(severity: Severity) -> Self {
        match severity {
            Severity::Error => Self::Bad,
            Severity::Warning => Self::Doubtful,
            Severity::Note => Self::Neutral,
        }
    }
}

/// Applies a [`Look`].
pub(super) struct Style {
    look: Look,
}

impl Style {
    pub(super) fn new(look: &Look) -> Self {
        Self { look: Look { width: look.width.max(Look::MIN_WIDTH), ..*look } }
    }

    pub(super) const fn width(&self) -> usize {
        self.look.width
    }

    pub(super) const fn color(&self) -> bool {
        self.look.color
    }

    pub(super) const fn unicode(&self) -> bool {
        self.look.unicode
    }

    pub(super) const fn detail(&self) -> Detail {
        self.look.detail
    }

    /// The text in the colour of its meaning.
    pub(super) fn paint(&self, tone: Tone, text: &str) -> String {
        if !self.look.color {
            return text.to_owned();
        }
        let style = match tone {
            Tone::Bad => AnsiColor::Red.on_default().effects(Effects::BOLD),
            Tone::Doubtful => AnsiColor::Yellow.on_default().effects(Effects::BOLD),
            Tone::Good => AnsiColor::Green.on_default().effects(Effects::BOLD),
            Tone::Neutral => AnsiColor::Cyan.on_default().effects(Effects::BOLD),
            Tone::Strong => anstyle::Style::new().effects(Effects::BOLD),
            Tone::Faint => anstyle::Style::new().effects(Effects::DIMMED),
        };
        format!("{style}{text}{style:#}")
    }

    /// The sign in front of a verdict.
    pub(super) fn sign(&self, tone: Tone) -> String {
        let sign = match (tone, self.look.unicode) {
            (Tone::Bad, true) => "✗",
            (Tone::Bad, false) => "[x]",
            (Tone::Doubtful, true) => "⚠",
            (Tone::Doubtful, false) => "[!]",
            (Tone::Good, true) => "✓",
            (Tone::Good, false) => "[ok]",
            (_, true) => "?",
            (_, false) => "[?]",
        };
        self.paint(tone, sign)
    }

    /// A section's title, with an empty line before it.
    pub(super) fn push_title(&self, text: &mut String, title: &str) {
        let _ = writeln!(text, "\n{}", self.paint(Tone::Strong, title));
    }

    /// Appends untrusted text after a `label` of our own (it may carry colour), escaped and wrapped; further lines
    /// start at `indent`.
    pub(super) fn push_wrapped(&self, text: &mut String, label: &str, indent: usize, words: &str) {
        let taken = anstream::adapter::strip_str(label).map(|piece| piece.chars().count()).sum();
        let mut lines = wrap(&escape(words), taken, indent, self.look.width).into_iter();
        let _ = writeln!(text, "{label}{}", lines.next().unwrap_or_default());
        for line in lines {
            let _ = writeln!(text, "{:indent$}{line}", "");
        }
    }
}

/// Breaks a text at spaces: the first line starts at column `taken`, the others at `indent`, none goes beyond `width`.
/// A word longer than a line keeps a line for itself: a setting or a URL that is broken cannot be copied.
fn wrap(text: &str, taken: usize, indent: usize, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut column = taken;
    for word in text.split(' ') {
        let length = word.chars().count();
        if !line.is_empty() && column + 1 + length > width {
            lines.push(std::mem::take(&mut line));
            column = indent;
        }
        if !line.is_empty() {
            line.push(' ');
            column += 1;
        }
        line.push_str(word);
        column += length;
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_wrapped_at_spaces_and_long_words_stay_whole() {
        assert_eq!(wrap("one two three", 0, 0, 8), ["one two", "three"]);
        assert_eq!(wrap("a postgresql://u@h/d b", 0, 0, 8), ["a", "postgresql://u@h/d", "b"]);
        assert_eq!(wrap("one two three", 4, 2, 8), ["one", "two", "three"]);
    }

    #[test]
    fn untrusted_text_cannot_start_a_line_of_its_own() {
        let mut text = String::new();
        Style::new(&Look::PLAIN).push_wrapped(&mut text, "x: ", 3, "a\nerror: b\x1b[2J");
        assert_eq!(text, "x: a\\nerror: b\\x1b[2J\n");
    }
}
