//! From offsets to lines and columns, in a time that does not grow with the length of a line.

use super::expr::Place;

/// How far apart the counted places lie.
const STEP: usize = 1024;

/// The lines of a text.
pub(super) struct Places<'t> {
    text: &'t str,
    /// Where each line starts.
    lines: Vec<usize>,
    /// How many characters stand before each counted place; empty for a text where bytes are characters.
    characters: Vec<usize>,
}

impl<'t> Places<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let starts = memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1);
        let lines = std::iter::once(0).chain(starts).collect();
        let mut characters = Vec::new();
        if !text.is_ascii() {
            let mut before = 0;
            for block in text.as_bytes().chunks(STEP) {
                characters.push(before);
                before += count(block);
            }
        }
        Self { text, lines, characters }
    }

    /// The line and the column of an offset.
    pub(super) fn of(&self, offset: usize) -> Place {
        let offset = offset.min(self.text.len());
        let line = self.lines.partition_point(|start| *start <= offset).max(1);
        let start = self.lines.get(line - 1).copied().unwrap_or(0);
        Place { line, column: self.before(offset) - self.before(start) + 1 }
    }

    /// How many characters stand before an offset.
    fn before(&self, offset: usize) -> usize {
        let block = offset / STEP;
        match self.characters.get(block) {
            Some(before) => before + count(&self.text.as_bytes()[block * STEP..offset]),
            None if self.characters.is_empty() => offset,
            // The very end of a text that fills its last block.
            None => count(self.text.as_bytes()),
        }
    }
}

/// How many characters start among these bytes.
fn count(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| (**byte & 0xC0) != 0x80).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_the_line_and_the_character() {
        let text = format!("a\né{}x\nlast", "ü".repeat(2000));
        let places = Places::new(&text);
        for (offset, c) in text.char_indices() {
            let before = &text[..offset];
            let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
            let expected = Place { line: before.matches('\n').count() + 1, column };
            assert_eq!(places.of(offset), expected, "{c} at {offset}");
        }
        assert_eq!(places.of(text.len()), Place { line: 3, column: 5 });
        assert_eq!(Places::new("").of(7), Place { line: 1, column: 1 });
    }
}
