//! What took how long, for the waterfall that `-v` shows: one step a line, with the connection that it ran on.

use std::future::Future;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Most steps that are kept.
const MAX_STEPS: usize = 200;

/// One step of one connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The connection: `A` and `B` are the two that log in and measure, the others run beside them.
    pub line: char,
    /// What was done.
    pub name: &'static str,
    /// When it began, from the start of the probe.
    pub start: Duration,
    /// How long it took.
    pub took: Duration,
}

/// A recorder that several lines write to.
pub struct Trace {
    started: Instant,
    steps: Mutex<Vec<Step>>,
}

impl Trace {
    /// An empty one; its clock starts now.
    pub fn new() -> Self {
        Self { started: Instant::now(), steps: Mutex::new(Vec::new()) }
    }

    /// Does the work, and notes how long it took.
    pub async fn step<T>(&self, line: char, name: &'static str, work: impl Future<Output = T>) -> T {
        let start = self.started.elapsed();
        let result = work.await;
        let took = self.started.elapsed().saturating_sub(start);
        let mut steps = self.steps.lock().unwrap_or_else(PoisonError::into_inner);
        if steps.len() < MAX_STEPS {
            steps.push(Step { line, name, start, took });
        }
        result
    }

    /// The steps, in the order of their start.
    pub fn steps(&self) -> Vec<Step> {
        let mut steps = self.steps.lock().unwrap_or_else(PoisonError::into_inner).clone();
        steps.sort_by_key(|step| (step.start, step.line));
        steps
    }
}

impl Default for Trace {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn steps_come_in_the_order_of_their_start() {
        let trace = Trace::new();
        tokio::join!(
            trace.step('B', "long", tokio::time::sleep(Duration::from_millis(2))),
            trace.step('A', "short", async {})
        );
        let lines: Vec<char> = trace.steps().iter().map(|step| step.line).collect();
        assert_eq!(lines, ['B', 'A']);
    }
}
