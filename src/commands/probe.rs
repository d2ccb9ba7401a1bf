//! `supascope probe`: what the endpoint behind a setting really does.

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

/// One target after another: two probes of one pooler at a time would count each other as load.
fn measure(known: &[Known], context: &Context, limits: &Limits) -> Result<Vec<Option<ProbeReport>>> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().context("failed to start the network")?;
    runtime.block_on(async {
        let mut probes = Vec::with_capacity(known.len());
        for target in known {
            // What cannot be read cannot be connected to: its findings say why.
            probes.push(match target.reading.conninfo() {
                Some(_) => rooms::probe(&target.subject(context, None), limits).await,
                None => None,
            });
        }
        Ok(probes)
    })
}
