//! Counts over time in bounded memory: when the time grows too long, the bins grow wider.

use std::collections::BTreeMap;

/// The most bins kept.
const MAX_BINS: usize = 256;

/// How often something happened, by time.
#[derive(Debug, Clone)]
pub struct Histogram {
    /// Counts by `time / width_seconds`.
    bins: BTreeMap<i64, u64>,
    width_seconds: i64,
    first: i64,
    last: i64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { bins: BTreeMap::new(), width_seconds: 1, first: i64::MAX, last: i64::MIN }
    }
}

impl Histogram {
    /// Counts once at a time, in seconds since 1970.
    pub(super) fn add(&mut self, time: i64) {
        self.first = self.first.min(time);
        self.last = self.last.max(time);
        *self.bins.entry(time.div_euclid(self.width_seconds)).or_default() += 1;
        if self.bins.len() > MAX_BINS {
            self.widen();
        }
    }

    fn widen(&mut self) {
        self.width_seconds *= 2;
        let mut wider = BTreeMap::new();
        for (bin, count) in &self.bins {
            *wider.entry(bin.div_euclid(2)).or_default() += count;
        }
        self.bins = wider;
    }

    /// The first and the last time, in seconds since 1970.
    pub fn span(&self) -> Option<(i64, i64)> {
        (self.first <= self.last).then_some((self.first, self.last))
    }

    /// The counts over `from..=to`, in `columns` columns of the same length.
    pub fn columns(&self, (from, to): (i64, i64), columns: usize) -> Vec<u64> {
        let mut counts = vec![0; columns];
        let length = to - from + 1;
        for (bin, count) in &self.bins {
            let time = (bin * self.width_seconds).clamp(from, to);
            let column = i128::from(time - from) * columns as i128 / i128::from(length);
            if let Some(slot) = usize::try_from(column).ok().and_then(|column| counts.get_mut(column)) {
                *slot += count;
            }
        }
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost_when_bins_grow() {
        let mut histogram = Histogram::default();
        for time in 0..100_000 {
            histogram.add(1_700_000_000 + time * 7);
        }
        assert!(histogram.bins.len() <= MAX_BINS);
        let span = histogram.span().unwrap();
        let columns = histogram.columns(span, 10);
        assert_eq!(columns.iter().sum::<u64>(), 100_000);
        assert!(columns.iter().all(|count| (9_000..11_500).contains(count)), "{columns:?}");
    }
}
