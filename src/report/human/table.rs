//! Tables: boxes on a terminal, aligned plain text elsewhere.

use comfy_table::{ColumnConstraint, ContentArrangement, Table, Width, presets};

use super::style::Style;
use crate::report::escape::escape;

/// The longest cell that is laid out; more of a hostile value tells nobody anything.
const MAX_CELL_CHARS: usize = 600;

/// From this width on, words of the second column are kept whole.
const ROOMY_WIDTH: usize = 96;

/// A table under construction. Every cell is escaped.
pub(super) struct Rows {
    grid: Table,
    filled: bool,
    /// The longest word of the second column, which holds host names and assignments.
    longest_value: usize,
    width: usize,
}

impl Rows {
    /// An empty table with its header.
    pub(super) fn new(style: &Style, header: &[&str]) -> Self {
        let mut table = Table::new();
        table
            .load_style(if style.unicode() { presets::UTF8_FULL_CONDENSED } else { presets::ASCII_FULL_CONDENSED })
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(u16::try_from(style.width()).unwrap_or(u16::MAX))
            .set_header(header.iter().copied());
        Self { grid: table, filled: false, longest_value: 0, width: style.width() }
    }

    /// Adds a row.
    pub(super) fn push<const N: usize>(&mut self, cells: [&str; N]) {
        if let Some(value) = cells.get(1) {
            let longest = value.split(' ').map(|word| word.chars().count()).max().unwrap_or(0);
            self.longest_value = self.longest_value.max(longest);
        }
        self.grid.add_row(cells.map(cell));
        self.filled = true;
    }

    /// Adds a row of as many cells as the header has.
    pub(super) fn push_all(&mut self, cells: &[String]) {
        self.grid.add_row(cells.iter().map(|value| cell(value)));
        self.filled = true;
    }

    /// Writes the table, if it has any row.
    pub(super) fn finish(mut self, text: &mut String) {
        const PADDING: usize = 2;
        // A host name in one piece can be copied; that is worth it where enough room is left for the reasons.
        let least = if self.width < ROOMY_WIDTH { 0 } else { (self.longest_value + PADDING).min(self.width / 2) };
        if let (Some(column), Ok(least @ 1..)) = (self.grid.column_mut(1), u16::try_from(least)) {
            column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(least)));
        }
        if self.filled {
            text.push_str(&self.grid.to_string());
            text.push('\n');
        }
    }
}

fn cell(value: &str) -> String {
    let escaped = escape(value);
    match escaped.char_indices().nth(MAX_CELL_CHARS) {
        Some((cut, _)) => format!("{}...", &escaped[..cut]),
        None => escaped.into_owned(),
    }
}
