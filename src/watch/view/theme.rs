//! Colours and signs: what a word looks like, decided in one place.

use std::borrow::Cow;

use ratatui::style::{Color, Modifier, Style};

use crate::report::escape::escape;
use crate::watch::Level;

/// What the terminal can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Theme {
    /// Colours, unless `NO_COLOR` or `--color never` says otherwise.
    pub color: bool,
    /// Characters beyond ASCII.
    pub unicode: bool,
}

impl Theme {
    fn fg(self, color: Color) -> Style {
        if self.color { Style::new().fg(color) } else { Style::new() }
    }

    /// The bar of the verdict.
    pub(super) fn verdict(self, level: Level) -> Style {
        let style = match (self.color, level) {
            (false, _) => Style::new().add_modifier(Modifier::REVERSED),
            (true, Level::Ok) => Style::new().fg(Color::Black).bg(Color::Green),
            (true, Level::Unknown) => Style::new().fg(Color::Black).bg(Color::Cyan),
            (true, Level::Warning) => Style::new().fg(Color::Black).bg(Color::Yellow),
            (true, Level::Critical) => Style::new().fg(Color::White).bg(Color::Red),
        };
        style.add_modifier(Modifier::BOLD)
    }

    /// The colour of a level.
    pub(super) fn level(self, level: Level) -> Style {
        match level {
            Level::Ok => self.fg(Color::Green),
            Level::Unknown => self.fg(Color::Cyan),
            Level::Warning => self.fg(Color::Yellow).add_modifier(Modifier::BOLD),
            Level::Critical => self.fg(Color::Red).add_modifier(Modifier::BOLD),
        }
    }

    /// Something to notice.
    pub(super) fn strong() -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    /// Something that may be skipped.
    pub(super) fn faint(self) -> Style {
        if self.color { Style::new().add_modifier(Modifier::DIM) } else { Style::new() }
    }

    /// The selected line.
    pub(super) fn selected() -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }

    /// Text of others, made fit to be shown.
    pub(super) fn text(text: &str) -> Cow<'_, str> {
        escape(text)
    }

    /// A separator between facts.
    pub(super) const fn dot(self) -> &'static str {
        if self.unicode { " · " } else { " | " }
    }
}

/// Breaks a text at spaces into lines of at most `width` characters; what is left beyond `most` lines ends in dots.
pub(super) fn wrap(text: &str, width: usize, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    if lines.len() > most {
        lines.truncate(most);
        if let Some(last) = lines.last_mut() {
            while last.chars().count() + 3 > width && last.pop().is_some() {}
            last.push_str("...");
        }
    }
    lines
}
