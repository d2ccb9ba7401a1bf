//! Many literals at once, most bytes unseen: the algorithm of Wu and Manber ("A Fast Algorithm for Multi-Pattern
//! Searching", 1994). Three bytes decide how far to skip; in an ordinary log that is five to six bytes a step, which
//! an automaton that looks at every byte cannot reach.

/// The bytes of each literal that the skipping looks at: no literal may be shorter.
pub(super) const WINDOW_BYTES: usize = 11;
/// The bytes that are hashed together.
const BLOCK_BYTES: usize = 3;
/// The most that can be skipped.
const MAX_SKIP: u8 = 9;
const _: () = assert!(MAX_SKIP as usize == WINDOW_BYTES - BLOCK_BYTES + 1, "a whole window without a known block");
/// The table of skips stays within a first-level cache.
const TABLE_BITS: u32 = 15;
const TABLE_LEN: usize = 1 << TABLE_BITS;

/// A set of literals, searched without regard to ASCII case.
pub(super) struct Skip {
    literals: Vec<Vec<u8>>,
    /// By hash of a block: how far the window may move.
    skips: Box<[u8; TABLE_LEN]>,
    /// By hash of a block: where in `ends` the literals begin whose window ends with it.
    begins: Vec<u32>,
    /// The literals' places in `literals`.
    ends: Vec<u32>,
}

impl Skip {
    /// Takes literals in lower case, each at least [`WINDOW_BYTES`] long.
    #[expect(clippy::large_stack_arrays, reason = "32 KiB, once; a fixed length spares a check at every step")]
    pub(super) fn new(literals: Vec<Vec<u8>>) -> Self {
        let mut skips = Box::new([MAX_SKIP; TABLE_LEN]);
        let mut by_hash: Vec<(usize, u32)> = Vec::with_capacity(literals.len());
        for (number, literal) in (0..).zip(&literals) {
            let window = &literal[..WINDOW_BYTES];
            for (left, block) in (0..MAX_SKIP).rev().zip(window.windows(BLOCK_BYTES)) {
                let hash = hash(block[0], block[1], block[2]);
                skips[hash] = skips[hash].min(left);
                if left == 0 {
                    by_hash.push((hash, number));
                }
            }
        }
        by_hash.sort_unstable();
        let mut begins = vec![0; TABLE_LEN + 1];
        for (hash, _) in &by_hash {
            begins[hash + 1] += 1;
        }
        for at in 0..TABLE_LEN {
            begins[at + 1] += begins[at];
        }
        Self { literals, skips, begins, ends: by_hash.into_iter().map(|(_, number)| number).collect() }
    }

    /// Calls `found` with the place and the number of each literal that starts in `text[from..until]`, by place.
    pub(super) fn search(&self, text: &[u8], from: usize, until: usize, mut found: impl FnMut(usize, usize)) {
        let offset = WINDOW_BYTES - BLOCK_BYTES;
        let mut at = from + offset;
        while let Some(&[first, second, third]) = text.get(at..at + BLOCK_BYTES) {
            let hash = hash(first, second, third);
            let skip = self.skips[hash];
            if skip > 0 {
                at += usize::from(skip);
                continue;
            }
            let start = at - offset;
            if start >= until {
                break;
            }
            for number in &self.ends[self.begins[hash] as usize..self.begins[hash + 1] as usize] {
                let literal = &self.literals[*number as usize];
                if text.get(start..start + literal.len()).is_some_and(|head| head.eq_ignore_ascii_case(literal)) {
                    found(start, *number as usize);
                }
            }
            at += 1;
        }
    }
}

/// A hash that takes letters of both cases for the same; other bytes may fall together, which only costs a look.
#[inline]
fn hash(first: u8, second: u8, third: u8) -> usize {
    let block = u32::from_le_bytes([first | 0x20, second | 0x20, third | 0x20, 0]);
    (block.wrapping_mul(0x9e37_79b1) >> (u32::BITS - TABLE_BITS)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Against the plain way, on texts made of pieces of the literals.
    #[test]
    fn it_finds_what_the_plain_way_finds() {
        let literals =
            ["too many clients", "too many connections", "connection refused", "(emaxconnsession)", "ababababababa"];
        let skip = Skip::new(literals.iter().map(|literal| literal.as_bytes().to_vec()).collect());
        let mut seed = 7_u32;
        for _ in 0..300 {
            let mut text = String::new();
            while text.len() < 200 {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let literal = literals[(seed >> 16) as usize % literals.len()];
                let cut = (seed >> 8) as usize % (literal.len() + 1);
                text.push_str(if seed & 1 == 0 { literal } else { &literal[..cut] });
            }
            let text = if seed & 2 == 0 { text } else { text.to_uppercase() };
            let mut found = Vec::new();
            skip.search(text.as_bytes(), 0, text.len(), |at, number| found.push((at, number)));
            let lowered = text.to_lowercase();
            let expected: Vec<_> = (0..text.len())
                .flat_map(|at| (0..literals.len()).map(move |number| (at, number)))
                .filter(|(at, number)| lowered[*at..].starts_with(literals[*number]))
                .collect();
            found.sort_unstable();
            assert_eq!(found, expected, "{text}");
        }
    }
}
