//! `supascope inspect`: what a setting says. Never uses the network.

use anyhow::Result;

use super::{output, pipeline::Run};
use crate::cli::InspectArgs;

/// Reads, judges, reports; returns the exit status.
pub fn run(args: &InspectArgs) -> Result<u8> {
    let run = Run::new(&args.shared)?;
    let readings = run.read()?;
    let probes = readings.iter().map(|_| None).collect();
    let report = run.judge(readings, probes);
    output::write(&report, &args.shared)?;
    Ok(report.summary().exit_status)
}
