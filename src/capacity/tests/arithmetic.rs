//! The single sums: demand, shares, verdicts.

use proptest::prelude::*;

use super::*;

fn demand() -> impl Strategy<Value = Demand> {
    (any::<u32>(), any::<u32>(), any::<u32>(), any::<u32>(), any::<u32>()).prop_map(
        |(instances, workers, engines, pool, overflow)| Demand { instances, workers, engines, pool, overflow },
    )
}

fn small_demand() -> impl Strategy<Value = Demand> {
    (1..50_u32, 1..20_u32, 1..6_u32, 1..60_u32, 0..30_u32).prop_map(|(instances, workers, engines, pool, overflow)| {
        Demand { instances, workers, engines, pool, overflow }
    })
}

proptest! {
    /// Numbers come from users and servers: none of them may panic.
    #[test]
    fn nothing_overflows(d in demand(), limit: u32, reserved: u32, percent: u32) {
        let _ = (d.total(), d.largest_pool(limit), d.processes_that_fit(limit), usable(limit, reserved));
        let _ = (fullness(used_percent(limit, reserved)), share(limit, percent));
        prop_assert!(pool_per_process(limit, d.workers, reserved, d.pool) >= 1);
    }

    /// A pool that is called the largest fits, and one more does not.
    #[test]
    fn the_largest_pool_is_the_largest(d in small_demand(), limit in 0..5_000_u32) {
        let pool = d.largest_pool(limit);
        let of = |pool| Demand { pool, overflow: 0, ..d };
        prop_assert!(of(pool).fits(limit));
        prop_assert!(!of(pool + 1).fits(limit));
    }

    /// Asking for more never makes a plan fit.
    #[test]
    fn fitting_is_monotone(d in small_demand(), limit in 0..5_000_u32) {
        let more = [
            Demand { instances: d.instances + 1, ..d }, Demand { workers: d.workers + 1, ..d },
            Demand { engines: d.engines + 1, ..d }, Demand { pool: d.pool + 1, ..d },
            Demand { overflow: d.overflow + 1, ..d },
        ];
        for bigger in more {
            prop_assert!(bigger.total() > d.total());
            prop_assert!(d.fits(limit) || !bigger.fits(limit));
        }
    }

    #[test]
    fn processes_that_fit_do_fit(d in small_demand(), limit in 0..5_000_u32) {
        let processes = d.processes_that_fit(limit).unwrap_or_default();
        let running = |instances| Demand { instances, workers: 1, ..d };
        prop_assert!(running(processes).fits(limit));
        prop_assert!(!running(processes + 1).fits(limit));
    }

    /// A recommended pool never exceeds the limit, unless one connection each already does.
    #[test]
    fn a_recommended_pool_fits(limit in 1..1_000_u32, processes in 1..40_u32, spare in 0..10_u32, ceiling in 1..50_u32) {
        let pool = pool_per_process(limit, processes, spare, ceiling);
        prop_assert!(pool <= ceiling);
        prop_assert!(pool == 1 || pool * processes + spare <= limit);
    }

    #[test]
    fn the_verdict_follows_the_share(used in 0..2_000_u32, of in 1..2_000_u32) {
        let expected = match f64::from(used) / f64::from(of) {
            share if share >= 0.9 => Fullness::Critical,
            share if share >= 0.7 => Fullness::Warning,
            _ => Fullness::Ok,
        };
        prop_assert_eq!(fullness(used_percent(used, of)), expected);
    }
}

#[test]
fn nothing_to_share_is_unknown() {
    assert_eq!(fullness(used_percent(3, 0)), Fullness::Unknown);
}

#[test]
fn worked_examples() {
    // Two processes of SQLAlchemy's 5+10 against the session cap of a small project.
    let default = Demand { workers: 2, ..Demand::one_process(5, 10) };
    assert_eq!((default.total(), default.fits(15), default.processes_that_fit(15)), (30, false, Some(1)));
    // Four engines of 5+10 in one process.
    let engines = Demand { engines: 4, ..Demand::one_process(5, 10) };
    assert_eq!((engines.total(), engines.largest_pool(15)), (60, 3));
    // 25 connections against a session cap of 15.
    assert!(!Demand::one_process(25, 0).fits(15));
    // The older guide: 1000 users on one backend of 20+10 with a pool of 80.
    assert!(Demand::one_process(20, 10).fits(80));
    assert_eq!(usable(60, tiers().reserved.total()), 57);
}

#[test]
fn max_connections_is_consistent_with_several_tiers() {
    let ids = |max| consistent_tiers(tiers(), max).iter().map(|tier| tier.id.as_str()).collect::<Vec<_>>();
    assert_eq!(ids(60), ["nano", "micro"]);
    assert_eq!(ids(500), ["12xl", "16xl"]);
    assert_eq!(ids(97), [] as [&str; 0]);
    assert_eq!((data_api_budget(tiers(), 90), max_budget(tiers(), 90)), (36, 72));
}
