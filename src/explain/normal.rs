//! Text as its author wrote it: without the colours, escapes and line breaks that terminals, JSON and loggers add.

/// A text made plain, and where each of its bytes came from.
#[derive(Debug, Default)]
pub(super) struct Plain {
    pub(super) text: Vec<u8>,
    /// For every byte of `text` its offset in the source.
    origin: Vec<u32>,
    source_len: usize,
}

impl Plain {
    /// Makes a text plain; at most 4 GiB.
    pub(super) fn new(source: &[u8]) -> Self {
        let mut plain = Self {
            text: Vec::with_capacity(source.len()),
            origin: Vec::with_capacity(source.len()),
            source_len: source.len(),
        };
        let mut at = 0;
        while at < source.len() {
            at += plain.take(source, at);
        }
        plain
    }

    /// The offset in the source of an offset in the plain text.
    pub(super) fn origin(&self, at: usize) -> usize {
        self.origin.get(at).map_or(self.source_len, |origin| *origin as usize)
    }

    /// The first offset of the plain text that comes from `source_at` or behind it.
    pub(super) fn position(&self, source_at: usize) -> usize {
        self.origin.partition_point(|origin| (*origin as usize) < source_at)
    }

    /// Takes over what stands at `at`, and says how many bytes of the source that was.
    fn take(&mut self, source: &[u8], at: usize) -> usize {
        let rest = &source[at..];
        match rest[0] {
            0x1b => escape_sequence_len(&rest[1..]) + 1,
            b'\\' => self.take_escape(rest, at),
            byte if byte.is_ascii_whitespace() || byte == 0 => {
                self.push(b' ', at);
                1
            }
            byte => {
                self.push(byte, at);
                1
            }
        }
    }

    fn take_escape(&mut self, rest: &[u8], at: usize) -> usize {
        let slashes = rest.iter().take_while(|byte| **byte == b'\\').count();
        let after = &rest[slashes..];
        if let Some(escape) = ["u001b", "x1b", "033", "e"].iter().find(|name| after.starts_with(name.as_bytes())) {
            let sequence = escape_sequence_len(&after[escape.len()..]);
            if sequence > 1 {
                return slashes + escape.len() + sequence;
            }
        }
        match after.first() {
            Some(quote @ (b'"' | b'\'' | b'`' | b'/')) => {
                self.push(*quote, at);
                slashes + 1
            }
            Some(b'n' | b'r' | b't') => {
                self.push(b' ', at);
                slashes + 1
            }
            _ => {
                self.push(b'\\', at);
                slashes
            }
        }
    }

    /// Appends a byte; blanks never stand twice in a row.
    fn push(&mut self, byte: u8, at: usize) {
        if byte == b' ' && self.text.last().is_none_or(|last| *last == b' ') {
            return;
        }
        self.text.push(byte);
        self.origin.push(u32::try_from(at).unwrap_or(u32::MAX));
    }
}

/// The length of what follows the escape character in a control sequence (`[31m`), zero for anything else.
fn escape_sequence_len(rest: &[u8]) -> usize {
    if rest.first() != Some(&b'[') {
        return 0;
    }
    let parameters =
        rest[1..].iter().take(24).take_while(|byte| matches!(byte, b'0'..=b'9' | b';' | b'?' | b':')).count();
    match rest.get(1 + parameters) {
        Some(b'@'..=b'~') => parameters + 2,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> String {
        String::from_utf8(Plain::new(text.as_bytes()).text).unwrap()
    }

    #[test]
    fn what_loggers_add_is_gone() {
        assert_eq!(plain("\x1b[31mFATAL\x1b[0m:  x"), "FATAL: x");
        assert_eq!(plain(r#"statement \"s0\" already"#), "statement \"s0\" already");
        assert_eq!(plain(r#"{\\\"a\\\"\n  b\u001b[1mc"#), "{\"a\" bc");
        assert_eq!(plain("wrapped\n    text"), "wrapped text");
    }

    #[test]
    fn offsets_lead_back_to_the_source() {
        let source = "\x1b[31mab\n  \\\"c";
        let plain = Plain::new(source.as_bytes());
        assert_eq!(plain.text, b"ab \"c");
        let offsets: Vec<_> = (0..=5).map(|at| plain.origin(at)).collect();
        assert_eq!(offsets, [5, 6, 7, 10, 12, 13]);
        assert_eq!(plain.position(6), 1);
    }
}
