//! Where more clients no longer get more done, found from the steps of a load. Pure.
//!
//! Three kinds of evidence, the surest first. When fewer server connections answer than ask at the same moment, the rest
//! queue: the number that answers is the cap. When the application's own pool has fewer connections than there are
//! clients, they wait for it. And when neither is so, throughput that stops growing shows that something else is used up.

use super::application::Offered;
use super::outcome::StepResult;

/// More of the load is to get at least this part of the ideal gain done; below, throughput has stopped growing.
const LEAST_GAIN: f64 = 0.25;
/// A step of less than this ratio is too small to judge throughput by.
const LEAST_RISE: f64 = 1.3;
/// Queries are slower than in the step before from this ratio on.
const SLOWER: f64 = 1.2;
/// The part of the offered rate that is to be reached.
const LEAST_OF_RATE: f64 = 0.9;

/// How a knee shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Evidence {
    /// Fewer server connections answered than asked at the same moment.
    Queue,
    /// A connection was refused for want of a free one.
    Refused,
    /// The application's own pool is all in use.
    OwnPool,
    /// Throughput stopped growing.
    Throughput,
}

impl Evidence {
    /// The name in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queue => "queue",
            Self::Refused => "refused",
            Self::OwnPool => "own-pool",
            Self::Throughput => "throughput",
        }
    }
}

/// Where more no longer helps.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Knee {
    /// The most that was offered and still served without waiting.
    pub offered: Option<Offered>,
    /// Server connections that there are for this application, where that was met.
    pub cap: Option<u32>,
    /// How it shows.
    pub evidence: Evidence,
}

impl Knee {
    /// Whether it is the endpoint's, and not the application's own.
    pub const fn is_the_endpoints(&self) -> bool {
        !matches!(self.evidence, Evidence::OwnPool)
    }
}

/// A refusal for want of a free connection, and how many stood at that moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wall {
    /// Connections that stood, the one that looks among them.
    pub stood: u32,
}

/// Finds the knee, the endpoint's before the application's own; `pool_connections` is what its pools hold at most.
pub fn find(steps: &[StepResult], pool_connections: u32, wall: Option<Wall>) -> Option<Knee> {
    let before = |index: usize| index.checked_sub(1).map(|index| steps[index].offered);
    let mut own_pool = None;
    for (index, step) in steps.iter().enumerate() {
        if step.volley.served < step.volley.asked {
            let cap = Some(step.volley.backends);
            return Some(Knee { offered: before(index), cap, evidence: Evidence::Queue });
        }
        let Some(previous) = index.checked_sub(1).map(|index| &steps[index]) else { continue };
        if waits_for_own_pool(previous, step, pool_connections) {
            own_pool.get_or_insert(Knee { offered: Some(previous.offered), cap: None, evidence: Evidence::OwnPool });
            continue;
        }
        if stopped_growing(previous, step) {
            return Some(Knee { offered: Some(previous.offered), cap: None, evidence: Evidence::Throughput });
        }
    }
    // A step that met the wall has not been finished.
    let refused = |wall: Wall| Knee {
        offered: steps.last().map(|step| step.offered),
        cap: Some(wall.stood),
        evidence: Evidence::Refused,
    };
    wall.map(refused).or(own_pool)
}

/// Whether there are more clients than connections, and they wait longer for one than before.
fn waits_for_own_pool(previous: &StepResult, step: &StepResult, pool_connections: u32) -> bool {
    let more_than_pool = match step.offered {
        Offered::Clients(clients) => clients > pool_connections,
        Offered::PerSecond(_) => step.connections >= pool_connections,
    };
    let wait = |step: &StepResult| step.checkout.quantile_ms(90);
    more_than_pool && longer(wait(previous), wait(step)) && (is_of_clients(step) || misses_its_rate(step))
}

const fn is_of_clients(step: &StepResult) -> bool {
    matches!(step.offered, Offered::Clients(_))
}

fn stopped_growing(previous: &StepResult, step: &StepResult) -> bool {
    match (previous.offered, step.offered) {
        (Offered::Clients(few), Offered::Clients(many)) => {
            let ideal = f64::from(many) / f64::from(few.max(1));
            let gain = step.per_second() / previous.per_second().max(f64::MIN_POSITIVE);
            let slower = longer(previous.query.quantile_ms(50), step.query.quantile_ms(50));
            ideal >= LEAST_RISE && gain - 1.0 < LEAST_GAIN * (ideal - 1.0) && slower
        }
        _ => misses_its_rate(step),
    }
}

fn misses_its_rate(step: &StepResult) -> bool {
    match step.offered {
        Offered::PerSecond(rate) => step.not_started > 0 || step.per_second() < LEAST_OF_RATE * rate,
        Offered::Clients(_) => false,
    }
}

fn longer(before: Option<f64>, now: Option<f64>) -> bool {
    before.zip(now).is_some_and(|(before, now)| now > before * SLOWER)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::histogram::Histogram;
    use super::super::outcome::Volley;
    use super::*;

    fn times(ms: f64, count: u64) -> Histogram {
        let mut times = Histogram::default();
        for _ in 0..count {
            times.add(Duration::from_secs_f64(ms / 1000.0));
        }
        times
    }

    /// A step of one second in which a closed loop of clients meets a pool of `cap` and queries of 20 ms.
    fn step(clients: u32, cap: u32) -> StepResult {
        let served = clients.min(cap);
        StepResult {
            offered: Offered::Clients(clients),
            connections: clients,
            volley: Volley { asked: clients, served, backends: served },
            elapsed: Duration::from_secs(1),
            checkout: times(0.1, 1),
            query: times(20.0 * f64::from(clients.max(cap)) / f64::from(cap), u64::from(served) * 50),
            not_started: 0,
        }
    }

    #[test]
    fn the_cap_is_what_answers_when_more_ask_at_once() {
        let steps: Vec<StepResult> = [1, 2, 3, 4].map(|clients| step(clients, 2)).to_vec();
        let knee = find(&steps, 10, None).unwrap();
        assert_eq!(knee, Knee { offered: Some(Offered::Clients(2)), cap: Some(2), evidence: Evidence::Queue });
        let one = find(&[step(1, 1), step(2, 1)], 10, None).unwrap();
        assert_eq!((one.cap, one.offered), (Some(1), Some(Offered::Clients(1))));
    }

    #[test]
    fn while_all_are_served_there_is_no_knee() {
        let steps: Vec<StepResult> = [1, 2, 3, 4, 6, 8, 12].map(|clients| step(clients, 15)).to_vec();
        assert_eq!(find(&steps, 12, None), None);
        assert_eq!(find(&[], 12, None), None);
    }

    #[test]
    fn a_refusal_is_a_knee_at_what_stood() {
        let knee = find(&[step(1, 9), step(2, 9)], 10, Some(Wall { stood: 3 })).unwrap();
        assert_eq!(knee, Knee { offered: Some(Offered::Clients(2)), cap: Some(3), evidence: Evidence::Refused });
    }

    #[test]
    fn clients_beyond_the_applications_own_pool_wait_for_it() {
        let mut waiting = step(6, 9);
        waiting.volley = Volley { asked: 4, served: 4, backends: 4 };
        waiting.checkout = times(10.0, 1);
        let knee = find(&[step(4, 9), waiting.clone()], 4, None).unwrap();
        assert_eq!((knee.evidence, knee.offered), (Evidence::OwnPool, Some(Offered::Clients(4))));
        assert!(!knee.is_the_endpoints());
        let mut queue = step(8, 9);
        queue.volley = Volley { asked: 4, served: 3, backends: 3 };
        let knee = find(&[step(4, 9), waiting, queue], 4, None).unwrap();
        assert_eq!((knee.evidence, knee.cap), (Evidence::Queue, Some(3)), "the endpoint's knee counts more");
    }

    #[test]
    fn throughput_that_stops_growing_is_a_knee_without_a_cap() {
        let mut full = step(8, 9);
        full.query = times(40.0, 205);
        let knee = find(&[step(4, 9), full], 10, None).unwrap();
        assert_eq!((knee.evidence, knee.cap), (Evidence::Throughput, None));
    }

    #[test]
    fn a_rate_that_is_not_reached_is_a_knee() {
        let at = |rate: f64, done: u64| StepResult {
            offered: Offered::PerSecond(rate),
            query: times(20.0, done),
            ..step(1, 9)
        };
        assert_eq!(find(&[at(50.0, 50), at(100.0, 99)], 10, None), None);
        let knee = find(&[at(50.0, 50), at(100.0, 60)], 10, None).unwrap();
        assert_eq!((knee.offered, knee.evidence), (Some(Offered::PerSecond(50.0)), Evidence::Throughput));
    }
}
