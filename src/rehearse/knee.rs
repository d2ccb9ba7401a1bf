//! Where more clients no longer get more done, found from the steps of a load. Pure.
//!
//! Three kinds of evidence, the surest first. When fewer server connections answer than ask at the same moment, the rest
//! queue: the number that answers is the cap. When the application's own pool has fewer connections than there are
//! clients, they wait for it. And when neither is so, throughput that stops growing for good shows that something else is
//! used up, be it on this machine.

use super::application::Offered;
use super::outcome::StepResult;

/// More of the load is to get at least this part of the ideal gain done; below, throughput has stopped growing.
const LEAST_GAIN: f64 = 0.25;
/// So many later steps at least are to show that throughput has stopped growing.
const LATER_STEPS: usize = 2;
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

/// A refusal for want of a free connection, and how many stood at that moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wall {
    /// Connections that stood, the one that looks among them.
    pub stood: u32,
}

/// Finds the knee, by the surest evidence that there is; `pool_connections` is what the application's pools hold at most.
pub fn find(steps: &[StepResult], pool_connections: u32, wall: Option<Wall>) -> Option<Knee> {
    let refused = |wall: Wall| Knee {
        // The step that met the wall has not been finished.
        offered: steps.last().map(|step| step.offered),
        cap: Some(wall.stood),
        evidence: Evidence::Refused,
    };
    queue(steps)
        .or_else(|| wall.map(refused))
        .or_else(|| own_pool(steps, pool_connections))
        .or_else(|| throughput(steps))
}

/// Fewer server connections answered than asked.
pub fn queue(steps: &[StepResult]) -> Option<Knee> {
    let index = steps.iter().position(|step| step.volley.served < step.volley.asked)?;
    let offered = index.checked_sub(1).map(|before| steps[before].offered);
    Some(Knee { offered, cap: Some(steps[index].volley.backends), evidence: Evidence::Queue })
}

/// More requests than connections, and they wait longer for one than before.
fn own_pool(steps: &[StepResult], pool_connections: u32) -> Option<Knee> {
    let waits = |before: &StepResult, step: &StepResult| {
        let full = match step.offered {
            Offered::Clients(clients) => clients > pool_connections,
            Offered::PerSecond(_) => step.connections >= pool_connections && misses_its_rate(step),
        };
        full && longer(before.checkout.quantile_ms(90), step.checkout.quantile_ms(90))
    };
    let pair = steps.windows(2).find(|pair| waits(&pair[0], &pair[1]))?;
    Some(Knee { offered: Some(pair[0].offered), cap: None, evidence: Evidence::OwnPool })
}

/// No later step gets much more done, and in all of them queries are slower. One step alone may be chance.
fn throughput(steps: &[StepResult]) -> Option<Knee> {
    let at = (0..steps.len().saturating_sub(LATER_STEPS))
        .find(|at| steps[at + 1..].iter().all(|later| stopped_growing(&steps[*at], later)))?;
    Some(Knee { offered: Some(steps[at].offered), cap: None, evidence: Evidence::Throughput })
}

fn stopped_growing(before: &StepResult, later: &StepResult) -> bool {
    match (before.offered, later.offered) {
        (Offered::Clients(few), Offered::Clients(many)) => {
            let ideal = f64::from(many) / f64::from(few.max(1));
            let gain = later.per_second() / before.per_second().max(f64::MIN_POSITIVE);
            let slower = longer(before.query.quantile_ms(50), later.query.quantile_ms(50));
            gain - 1.0 < LEAST_GAIN * (ideal - 1.0) && slower
        }
        _ => misses_its_rate(later),
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
        let mut queue = step(8, 9);
        queue.volley = Volley { asked: 4, served: 3, backends: 3 };
        let knee = find(&[step(4, 9), waiting, queue], 4, None).unwrap();
        assert_eq!((knee.evidence, knee.cap), (Evidence::Queue, Some(3)), "the endpoint's knee counts more");
    }

    #[test]
    fn throughput_that_stops_growing_for_good_is_a_knee_without_a_cap() {
        let full = |clients: u32| StepResult { query: times(40.0, 205), ..step(clients, 99) };
        let knee = find(&[step(4, 99), full(8), full(12)], 99, None).unwrap();
        assert_eq!((knee.evidence, knee.cap, knee.offered), (Evidence::Throughput, None, Some(Offered::Clients(4))));
        assert_eq!(find(&[step(4, 99), full(8)], 99, None), None, "one step may be chance");
        assert_eq!(find(&[step(4, 99), full(8), step(12, 99)], 99, None), None, "and was");
    }

    #[test]
    fn a_rate_that_is_not_reached_is_a_knee() {
        let at = |rate: f64, done: u64| StepResult {
            offered: Offered::PerSecond(rate),
            query: times(20.0, done),
            ..step(1, 9)
        };
        assert_eq!(find(&[at(50.0, 50), at(100.0, 99)], 10, None), None);
        assert_eq!(find(&[at(50.0, 50), at(100.0, 60)], 10, None), None, "one step may be chance");
        let knee = find(&[at(50.0, 50), at(100.0, 60), at(150.0, 61)], 10, None).unwrap();
        assert_eq!((knee.offered, knee.evidence), (Some(Offered::PerSecond(50.0)), Evidence::Throughput));
    }
}
