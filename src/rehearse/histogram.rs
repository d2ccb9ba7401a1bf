//! Times, counted in buckets: constant memory, and quantiles that are at most an eighth too large.

use std::time::Duration;

/// Buckets of each power of two of a microsecond.
const PER_OCTAVE_BITS: u32 = 3;
const PER_OCTAVE: usize = 1 << PER_OCTAVE_BITS;
/// The highest power of two that is told apart: 2^35 µs are nine hours.
const MOST_OCTAVE: u32 = 35;

/// Times, counted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Histogram {
    /// Counts by bucket; empty until the first time.
    buckets: Vec<u64>,
    count: u64,
    sum_us: u128,
    min_us: u64,
    max_us: u64,
}

impl Histogram {
    /// Counts one time.
    pub fn add(&mut self, time: Duration) {
        let us = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        if self.buckets.is_empty() {
            self.buckets = vec![0; bucket(u64::MAX) + 1];
            self.min_us = us;
        }
        self.buckets[bucket(us)] += 1;
        self.count += 1;
        self.sum_us += u128::from(us);
        self.min_us = self.min_us.min(us);
        self.max_us = self.max_us.max(us);
    }

    /// Counts all times of another.
    pub fn merge(&mut self, other: &Self) {
        if other.count == 0 {
            return;
        }
        if self.count == 0 {
            self.clone_from(other);
            return;
        }
        for (own, more) in self.buckets.iter_mut().zip(&other.buckets) {
            *own += more;
        }
        self.count += other.count;
        self.sum_us += other.sum_us;
        self.min_us = self.min_us.min(other.min_us);
        self.max_us = self.max_us.max(other.max_us);
    }

    /// How many times were counted.
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// The time that `percent` of all are not longer than, in milliseconds; `None` of nothing. The end of its bucket:
    /// at most an eighth too large, and never beyond the longest.
    pub fn quantile_ms(&self, percent: u32) -> Option<f64> {
        if self.count == 0 {
            return None;
        }
        let rank = (u128::from(self.count) * u128::from(percent.min(100))).div_ceil(100).max(1);
        let mut seen = 0_u128;
        let at = self.buckets.iter().position(|count| {
            seen += u128::from(*count);
            seen >= rank
        })?;
        Some(ms(end_us(at).clamp(self.min_us, self.max_us)))
    }

    /// The shortest, in milliseconds.
    pub fn min_ms(&self) -> Option<f64> {
        (self.count > 0).then(|| ms(self.min_us))
    }

    /// The longest, in milliseconds.
    pub fn max_ms(&self) -> Option<f64> {
        (self.count > 0).then(|| ms(self.max_us))
    }

    /// The mean, in milliseconds.
    pub fn mean_ms(&self) -> Option<f64> {
        let mean_us = self.sum_us.checked_div(u128::from(self.count))?;
        Some(ms(u64::try_from(mean_us).unwrap_or(u64::MAX)))
    }

    /// The counts between round borders (1, 2, 5, 10, ... ms): the border in milliseconds that the times of a row stay
    /// below, and how many there are. The first and the last row hold something.
    pub fn rows(&self) -> Vec<Row> {
        let mut rows: Vec<Row> = Vec::new();
        for (at, count) in self.buckets.iter().enumerate() {
            let below_ms = round_border_ms(end_us(at));
            match rows.last_mut() {
                Some(row) if row.below_ms >= below_ms => row.count += count,
                Some(_) => rows.push(Row { below_ms, count: *count }),
                None if *count > 0 => rows.push(Row { below_ms, count: *count }),
                None => {}
            }
        }
        while rows.last().is_some_and(|row| row.count == 0) {
            rows.pop();
        }
        rows
    }
}

/// One row of a drawn histogram.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// The border that the times stay below, in milliseconds.
    pub below_ms: u64,
    /// How many.
    pub count: u64,
}

/// The bucket of a time: exact below 8 µs, then eight buckets for each power of two.
fn bucket(us: u64) -> usize {
    let Some(octave) = us.checked_ilog2().filter(|octave| *octave >= PER_OCTAVE_BITS) else {
        // Below 2^3.
        return usize::try_from(us).unwrap_or(0);
    };
    let octave = octave.min(MOST_OCTAVE);
    let within = usize::try_from(us >> (octave - PER_OCTAVE_BITS)).unwrap_or(usize::MAX).min(2 * PER_OCTAVE - 1);
    (octave - PER_OCTAVE_BITS) as usize * PER_OCTAVE + within
}

/// The longest time of a bucket.
fn end_us(bucket: usize) -> u64 {
    if bucket < PER_OCTAVE {
        return bucket as u64;
    }
    let (octave, within) = (bucket / PER_OCTAVE - 1, bucket % PER_OCTAVE + PER_OCTAVE);
    ((within as u64 + 1) << octave) - 1
}

/// The first of 1, 2, 5, 10, ... ms that is beyond a time.
fn round_border_ms(us: u64) -> u64 {
    let mut decade = 1_u64;
    loop {
        for step in [1, 2, 5] {
            let border = decade.saturating_mul(step);
            if us < border.saturating_mul(1000) || border == u64::MAX {
                return border;
            }
        }
        decade = decade.saturating_mul(10);
    }
}

#[expect(clippy::cast_precision_loss, reason = "times of a rehearsal are far below 2^52 µs")]
fn ms(us: u64) -> f64 {
    us as f64 / 1000.0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(times_us: &[u64]) -> Histogram {
        let mut histogram = Histogram::default();
        for us in times_us {
            histogram.add(Duration::from_micros(*us));
        }
        histogram
    }

    #[test]
    fn nothing_counted_has_no_figures() {
        let empty = Histogram::default();
        assert_eq!((empty.count(), empty.quantile_ms(50), empty.mean_ms(), empty.rows().len()), (0, None, None, 0));
    }

    #[test]
    fn rows_stand_between_round_borders() {
        let rows: Vec<(u64, u64)> =
            of(&[300, 900, 1500, 40_000]).rows().iter().map(|row| (row.below_ms, row.count)).collect();
        assert_eq!(rows, [(1, 2), (2, 1), (5, 0), (10, 0), (20, 0), (50, 1)]);
    }

    proptest! {
        #[test]
        fn quantiles_rise_with_their_rank_and_stay_within_the_times(times in prop::collection::vec(0_u64..10_000_000_000, 1..200)) {
            let histogram = of(&times);
            let quantiles: Vec<f64> = (0..=100).map(|percent| histogram.quantile_ms(percent).unwrap()).collect();
            prop_assert!(quantiles.is_sorted());
            prop_assert!(quantiles[0] >= histogram.min_ms().unwrap());
            prop_assert!((quantiles[100] - histogram.max_ms().unwrap()).abs() < f64::EPSILON);
            let mut sorted = times.clone();
            sorted.sort_unstable();
            for percent in [1_usize, 50, 90, 99] {
                let exact = ms(sorted[(sorted.len() * percent).div_ceil(100) - 1]);
                let told = quantiles[percent];
                prop_assert!(told >= exact && told <= exact * 1.125 + 0.001, "p{} {} {}", percent, told, exact);
            }
        }

        #[test]
        fn a_longer_time_never_lowers_a_quantile(times in prop::collection::vec(0_u64..1_000_000, 1..50), more in 0_u64..1_000_000) {
            let before = of(&times);
            let mut after = before.clone();
            after.add(Duration::from_micros(more + before.max_us));
            for percent in 0..=100 {
                prop_assert!(after.quantile_ms(percent) >= before.quantile_ms(percent));
            }
        }

        #[test]
        fn merging_counts_every_time_once(one in prop::collection::vec(any::<u64>(), 0..50), other in prop::collection::vec(any::<u64>(), 0..50)) {
            let mut merged = of(&one);
            merged.merge(&of(&other));
            prop_assert_eq!(&merged, &of(&[one, other].concat()));
            prop_assert_eq!(merged.rows().iter().map(|row| row.count).sum::<u64>(), merged.count());
        }
    }
}
