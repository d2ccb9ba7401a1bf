//! `supascope probe`: what the endpoint behind a setting really does.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::time::Duration;

use anyhow::{Context as _, Result};

use super::pipeline::{Known, Run};
use super::{output, save_ca};
use crate::cli::{NetworkArgs, ProbeArgs};
use crate::probe::door::{Door, Limits};
use crate::probe::{ProbeReport, plan};
use crate::rules::Context;

impl From<&NetworkArgs> for Limits {
    fn from(args: &NetworkArgs) -> Self {
        Self {
            connect_timeout: Duration::from_secs(args.connect_timeout),
            deadline: Duration::from_secs(args.deadline),
            retries: args.retries,
        }
    }
}

/// Reads, measures, judges, reports; returns the exit status.
pub fn run(args: &ProbeArgs) -> Result<u8> {
    let run = Run::new(&args.shared)?;
    let known = run.read()?;
    let probes = measure(&known, run.context(), Limits::from(&args.network))?;
    let report = run.judge(known, probes);
    output::write(&report, &args.shared)?;
    if let Some(path) = &args.save_ca {
        save_ca::run(path, &report)?;
    }
    Ok(report.summary().exit_status)
}

/// Measures every target that can be read.
fn measure(known: &[Known], context: &Context, limits: Limits) -> Result<Vec<Option<ProbeReport>>> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().context("failed to start the network")?;
    let queue = RefCell::new(by_host(known));
    let probes = RefCell::new(known.iter().map(|_| None).collect::<Vec<_>>());
    let worker = async || {
        while let Some(targets) = next(&queue) {
            let mut refused = false;
            for index in targets {
                let probe = measure_one(&known[index], context, limits, refused).await;
                refused |=
                    probe.as_ref().is_some_and(|probe| probe.auth.value.as_ref().is_some_and(|a| a.ok == Some(false)));
                probes.borrow_mut()[index] = probe;
            }
        }
    };
    // Four hosts at a time.
    runtime.block_on(async { tokio::join!(worker(), worker(), worker(), worker()) });
    // A name lookup that hangs must not hold the exit beyond the deadline.
    runtime.shutdown_background();
    Ok(probes.into_inner())
}

/// Measures one target; `None` when it cannot be read, and its findings say why. After a refusal at its host the
/// password is kept back: Supabase bans an address that fails repeatedly.
async fn measure_one(known: &Known, context: &Context, limits: Limits, refused: bool) -> Option<ProbeReport> {
    let mut door = match Door::new(known.reading.conninfo()?, &known.endpoint) {
        Ok(door) => door,
        Err(reason) => return Some(ProbeReport::not_run(reason)),
    };
    if refused {
        door.password = None;
        door.no_password = "this host has refused a login of this run, and another try could ban this address";
    }
    Some(plan::run(&door, context, limits).await)
}

/// A function of its own, so that the borrow ends before anybody waits.
fn next(queue: &RefCell<VecDeque<Vec<usize>>>) -> Option<Vec<usize>> {
    queue.borrow_mut().pop_front()
}

/// The targets that can be read, those of one host together: two probes of one pooler at a time would count each other
/// as load.
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
