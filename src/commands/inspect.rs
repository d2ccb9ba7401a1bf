//! `supascope inspect`: what a setting says. Never uses the network.

use anyhow::Result;

use super::{fix, output, pipeline::Run};
use crate::cli::InspectArgs;

/// Reads, judges, reports; returns the exit status.
pub fn run(args: &InspectArgs) -> Result<u8> {
    let run = Run::new(&args.shared)?;
    if args.repair.diff {
        return fix::diff(&run, &args.shared);
    }
    let report = if args.repair.fix { fix::fix(&run)? } else { run.report(run.find()?) };
    output::write(&report, &args.shared)?;
    Ok(report.summary().exit_status)
}
