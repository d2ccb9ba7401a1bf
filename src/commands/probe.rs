//! `supascope probe`: what the endpoint behind a setting really does.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::time::Duration;

use anyhow::{Context as _, Result};

use super::pipeline::{Known, Run};
use super::{output, rooms};
use crate::cli::{NetworkArgs, ProbeArgs};
use crate::probe::ProbeReport;
use crate::rules::Context;

/// The limits of time for one target.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Longest wait for one connection.
    pub connect_timeout: Duration,
    /// Longest time for a whole target.
    pub deadline: Duration,
}

impl From<&NetworkArgs> for Limits {
    fn from(args: &NetworkArgs) -> Self {
        Self {
            connect_timeout: Duration::from_secs(args.connect_timeout),
            deadline: Duration::from_secs(args.deadline),
        }
    }
}

/// Reads, measures, judges, reports; returns the exit status.
pub fn run(args: &ProbeArgs) -> Result<u8> {
    let run = Run::new(&args.shared)?;
    let known = run.read()?;
    let limits = Limits::from(&args.network);
    let probes = measure(&known, run.context(), &limits)?;
    let report = run.judge(known, probes);
    output::write(&report, &args.shared)?;
    Ok(report.summary().exit_status)
}

/// Measures every target that can be read.
fn measure(known: &[Known], context: &Context, limits: &Limits) -> Result<Vec<Option<ProbeReport>>> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().context("failed to start the network")?;
    let queue = RefCell::new(by_host(known));
    let probes = RefCell::new(known.iter().map(|_| None).collect::<Vec<_>>());
    let worker = async || {
        while let Some(targets) = next(&queue) {
            for index in targets {
                let measured = rooms::probe(&known[index].subject(context, None), limits).await;
                probes.borrow_mut()[index] = measured;
            }
        }
    };
    // Four hosts at a time.
    runtime.block_on(async { tokio::join!(worker(), worker(), worker(), worker()) });
    Ok(probes.into_inner())
}

/// A function of its own, so that the borrow ends before anybody waits.
fn next(queue: &RefCell<VecDeque<Vec<usize>>>) -> Option<Vec<usize>> {
    queue.borrow_mut().pop_front()
}

/// The targets that can be read, those of one host together: two probes of one pooler at a time would count each other
/// as load, and share its budget of password attempts. What cannot be read cannot be connected to; its findings say why.
fn by_host(known: &[Known]) -> VecDeque<Vec<usize>> {
    let mut groups: VecDeque<(Option<String>, Vec<usize>)> = VecDeque::new();
    for (index, target) in known.iter().enumerate() {
        let Some(conninfo) = target.reading.conninfo() else { continue };
        let host = conninfo.first_host().and_then(|host| {
            host.name().or(host.hostaddr.as_ref().map(|addr| addr.value.as_str())).map(str::to_ascii_lowercase)
        });
        match groups.iter_mut().find(|(known, _)| *known == host) {
            Some((_, members)) => members.push(index),
            None => groups.push_back((host, vec![index])),
        }
    }
    groups.into_iter().map(|(_, members)| members).collect()
}
