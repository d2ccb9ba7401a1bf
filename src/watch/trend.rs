//! Where the number of used slots is going: only said when it is clear.

/// The part of the history that is looked at, in milliseconds.
const WINDOW_MS: i64 = 10 * 60 * 1000;
/// Fewest points that show a trend.
const MIN_POINTS: usize = 8;
/// Most points that are compared with each other.
const MAX_POINTS: usize = 60;
/// Kendall's tau from which on the direction is clear: 1 is "rises at every step". A single jump in the middle has 0.5.
const CLEAR_TAU: f64 = 0.6;
/// Least rise over the window, in connections, that is more than a flutter.
const MIN_RISE: f64 = 3.0;

/// Where it is going.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Trend {
    /// Too few looks to tell.
    TooEarly,
    /// No clear direction.
    Unclear,
    /// It rises.
    Rising {
        /// Slots a minute.
        per_minute: f64,
        /// When none is left at this rate, in seconds.
        full_in_s: f64,
    },
    /// It falls.
    Falling {
        /// Slots a minute, positive.
        per_minute: f64,
    },
}

/// The trend of `(milliseconds, used slots)`, oldest first.
///
/// The slope is Theil's and Sen's: the median of the slopes between all pairs, which a few outliers do not move. It counts
/// when Kendall's tau says that the order is clear, and when the later half goes the same way as the whole: what has stopped
/// rising is no trend.
pub fn trend(history: &[(i64, u32)], usable: u32) -> Trend {
    let Some(&(last_ms, last)) = history.last() else { return Trend::TooEarly };
    let start = history.partition_point(|(at, _)| *at < last_ms - WINDOW_MS);
    let points = thin(&history[start..]);
    if points.len() < MIN_POINTS {
        return Trend::TooEarly;
    }
    let (slope, tau) = theil_sen(&points);
    let (late, late_tau) = theil_sen(&points[points.len() / 2..]);
    let span_minutes = minutes(points[0].0, last_ms);
    let clear = tau.abs() >= CLEAR_TAU && late * slope > 0.0 && late_tau.abs() >= CLEAR_TAU / 2.0;
    if !clear || (slope * span_minutes).abs() < MIN_RISE {
        return Trend::Unclear;
    }
    if slope < 0.0 {
        return Trend::Falling { per_minute: -slope };
    }
    let free = f64::from(usable.saturating_sub(last));
    Trend::Rising { per_minute: slope, full_in_s: free / slope * 60.0 }
}

/// At most [`MAX_POINTS`], evenly over the list, its ends included.
fn thin(points: &[(i64, u32)]) -> Vec<(i64, u32)> {
    if points.len() <= MAX_POINTS {
        return points.to_vec();
    }
    let last = points.len() - 1;
    (0..MAX_POINTS).map(|at| points[at * last / (MAX_POINTS - 1)]).collect()
}

/// Slope in slots a minute, and tau.
fn theil_sen(points: &[(i64, u32)]) -> (f64, f64) {
    let mut slopes = Vec::with_capacity(points.len() * points.len() / 2);
    let mut order = 0_i64;
    for (at, one) in points.iter().enumerate() {
        for other in &points[at + 1..] {
            if other.0 <= one.0 {
                continue;
            }
            order += i64::from(other.1 > one.1) - i64::from(other.1 < one.1);
            slopes.push((f64::from(other.1) - f64::from(one.1)) / minutes(one.0, other.0));
        }
    }
    if slopes.is_empty() {
        return (0.0, 0.0);
    }
    let middle = slopes.len() / 2;
    let (_, median, _) = slopes.select_nth_unstable_by(middle, f64::total_cmp);
    let median = *median;
    #[expect(clippy::cast_precision_loss, reason = "at most 1770 pairs")]
    let tau = order as f64 / slopes.len() as f64;
    (median, tau)
}

#[expect(clippy::cast_precision_loss, reason = "a difference of times in milliseconds is far below 2^52")]
fn minutes(from_ms: i64, to_ms: i64) -> f64 {
    to_ms.saturating_sub(from_ms) as f64 / 60_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn every_second(counts: impl IntoIterator<Item = u32>) -> Vec<(i64, u32)> {
        (0..).step_by(1000).zip(counts).collect()
    }

    #[test]
    fn a_steady_rise_says_when_the_slots_run_out() {
        let Trend::Rising { per_minute, full_in_s } = trend(&every_second((0..60).map(|s| 10 + s / 6)), 57) else {
            panic!("rising")
        };
        assert!((9.0..11.0).contains(&per_minute), "{per_minute}");
        assert!((200.0..280.0).contains(&full_in_s), "{full_in_s}");
    }

    #[test]
    fn a_flutter_a_jump_and_a_rise_that_has_stopped_are_no_trend() {
        assert_eq!(trend(&every_second((0..60).map(|s| 20 + s % 5)), 57), Trend::Unclear);
        assert_eq!(trend(&every_second((0..60).map(|s| if s < 30 { 10 } else { 40 })), 57), Trend::Unclear);
        assert_eq!(trend(&every_second((0..60).map(|s| 10 + s.min(20))), 57), Trend::Unclear);
        assert_eq!(trend(&every_second((0..60).map(|_| 20)), 57), Trend::Unclear);
    }

    #[test]
    fn one_wild_value_does_not_turn_a_trend() {
        let mut points = every_second((0..60).map(|s| 10 + s / 3));
        points[50].1 = 0;
        assert!(matches!(trend(&points, 57), Trend::Rising { .. }));
    }

    #[test]
    fn what_falls_is_said_to_fall_and_a_few_looks_say_nothing() {
        assert!(matches!(trend(&every_second((0..60).map(|s| 50 - s / 3)), 57), Trend::Falling { .. }));
        assert_eq!(trend(&every_second([1, 2, 3]), 57), Trend::TooEarly);
        assert_eq!(trend(&[], 57), Trend::TooEarly);
    }

    proptest::proptest! {
        #[test]
        fn no_history_makes_it_panic_or_promise_nonsense(points in proptest::collection::vec((0_i64..1_000_000, 0_u32..1000), 0..200)) {
            let mut points = points;
            points.sort_unstable();
            if let Trend::Rising { per_minute, full_in_s } = trend(&points, 500) {
                assert!(per_minute > 0.0 && full_in_s >= 0.0 && full_in_s.is_finite());
            }
        }
    }
}
