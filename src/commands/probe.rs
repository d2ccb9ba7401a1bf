//! `supascope probe`: what the endpoint behind a setting really does.

use std::io::{self, Write as _};

use anyhow::{Context as _, Result};

use super::pipeline::{Known, Run};
use super::{measure, output, save_ca};
use crate::cli::{Format, ProbeArgs};
use crate::policy::Policy;
use crate::probe::door::Limits;
use crate::report::{Tally, ndjson};

/// Reads, measures, judges, reports; returns the exit status.
pub fn run(args: &ProbeArgs) -> Result<u8> {
    let policy = Policy::default();
    let run = Run::new(&args.shared, &policy)?;
    // Everything is needed at the end to find the root in.
    if args.shared.format() == Format::Ndjson
        && args.save_ca.is_none()
        && let Some(targets) = run.lists()
    {
        return stream(args, &run, &mut targets?);
    }
    let measured = measure::all(run.read()?, args.many.concurrency.into(), Limits::from(&args.network))?;
    let (known, probes) = measured.into_iter().unzip();
    let report = run.judge(known, probes);
    output::write(&report, &args.shared)?;
    if let Some(path) = &args.save_ca {
        save_ca::run(path, &report)?;
    }
    Ok(report.summary().exit_status)
}

/// Lists of any length: measured as they are read, told as they are done.
fn stream(args: &ProbeArgs, run: &Run<'_>, targets: &mut dyn Iterator<Item = Result<Known>>) -> Result<u8> {
    let mut out = io::stdout().lock();
    let mut tally = Tally::new(run.fail_on());
    let (concurrency, limits) = (args.many.concurrency.into(), Limits::from(&args.network));
    measure::run(targets, concurrency, limits, &mut |_, known, probe| {
        let target = run.judge_one(known, probe);
        tally.add(&target);
        let written = ndjson::write_target(&target, args.shared.reveal_password, &mut out);
        written.and_then(|()| out.flush()).context("failed to write to standard output")
    })?;
    run.require_some(tally.summary().targets)?;
    Ok(tally.summary().exit_status)
}
