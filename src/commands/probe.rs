//! `supascope probe`: what the endpoint behind a setting really does.

use anyhow::Result;

use super::pipeline::Run;
use super::{measure, output, save_ca};
use crate::cli::ProbeArgs;
use crate::policy::Policy;
use crate::probe::door::Limits;

/// Hosts that are measured at a time.
const CONCURRENCY: usize = 4;

/// Reads, measures, judges, reports; returns the exit status.
pub fn run(args: &ProbeArgs) -> Result<u8> {
    let policy = Policy::default();
    let run = Run::new(&args.shared, &policy)?;
    let measured = measure::all(run.read()?, CONCURRENCY, Limits::from(&args.network))?;
    let (known, probes) = measured.into_iter().unzip();
    let report = run.judge(known, probes);
    output::write(&report, &args.shared)?;
    if let Some(path) = &args.save_ca {
        save_ca::run(path, &report)?;
    }
    Ok(report.summary().exit_status)
}
