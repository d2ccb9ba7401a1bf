//! `supascope inspect`: what a setting says. Never uses the network.

use anyhow::Result;

use super::{fix, output, pipeline::Run};
use crate::cli::{Format, InspectArgs};
use crate::policy::Policy;

/// Reads, judges, reports; returns the exit status.
pub fn run(args: &InspectArgs) -> Result<u8> {
    let policy = Policy::default();
    let run = Run::new(&args.shared, &policy)?;
    if args.repair.diff {
        return fix::diff(&run, &args.shared);
    }
    if args.shared.format() == Format::Ndjson
        && !args.repair.fix
        && let Some(summary) = output::stream(&run, &args.shared)?
    {
        return Ok(summary.exit_status);
    }
    let report = if args.repair.fix { fix::fix(&run)? } else { run.report(run.find()?) };
    output::write(&report, &args.shared)?;
    Ok(report.summary().exit_status)
}
