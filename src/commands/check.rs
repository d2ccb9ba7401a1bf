//! `supascope check`: CI preflight. Every target found, judged against a policy.

mod actions;
mod baseline;
mod fleet;
mod policy;
mod resume;

use std::io::Write as _;
use std::time::SystemTime;

use anyhow::Result;

use super::pipeline::Run;
use super::{measure, output};
use crate::cli::{CheckArgs, Format};
use crate::exit;
use crate::policy::Date;
use crate::probe::door::Limits;
use crate::report::Report;
use crate::report::escape::escape;
use policy::Comments;

/// Reads, measures if asked to, judges, reports; returns the exit status.
pub fn run(args: &CheckArgs) -> Result<u8> {
    let policy = policy::load(args)?;
    let known = args.baseline.as_deref().map(baseline::read).transpose()?;
    let run = Run::new(&args.shared, &policy)?;
    let today = Date::of(SystemTime::now());
    for ignore in policy.expired(today) {
        let until = ignore.until.map(|until| until.to_string()).unwrap_or_default();
        note(&format!("the ignore of {} in line {} of the policy ended on {until}", ignore.rule, ignore.line));
    }
    if args.shared.format() == Format::Ndjson
        && let Some(targets) = run.lists()
    {
        let fleet = fleet::Fleet {
            args,
            run: &run,
            policy: &policy,
            known: known.as_ref(),
            today,
            checkout: output::checkout(),
        };
        return fleet.run(targets?);
    }
    let (found, unreadable) = run.read_all()?;
    let (found, probes) = if args.probe {
        measure::all(found, args.many.concurrency.into(), Limits::from(&args.network))?.into_iter().unzip()
    } else {
        let probes = found.iter().map(|_| None).collect();
        (found, probes)
    };
    let mut report = run.judge(found, probes);
    let mut comments = Comments::default();
    for target in &mut report.targets {
        let source = &target.target.source;
        let applied = policy.apply(source, &mut target.findings, &comments.beside(source), today);
        if args.shared.verbose {
            for (rule, reason) in applied.ignored {
                note(&format!("accepted: {rule} ({reason})"));
            }
        }
    }
    if let Some(known) = &known {
        baseline::take_out(known, &mut report);
    }
    if let Some(path) = &args.write_baseline {
        baseline::write(path, &report)?;
        return Ok(exit::OK);
    }
    show(args, &report)?;
    // Everything that could be read is reported; what could not is told, and decides.
    let status = report.summary().exit_status;
    Ok(if unreadable.is_empty() { status } else { exit::USAGE })
}

fn show(args: &CheckArgs, report: &Report) -> Result<()> {
    output::write(report, &args.shared)?;
    if actions::inside() {
        if args.shared.format.is_none() {
            output::write_as(report, Format::Github, &args.shared)?;
        }
        if let Err(error) = actions::write_summary(report) {
            note(&format!("no job summary was written: {error:#}"));
        }
    }
    Ok(())
}

/// Says something on standard error. It may be closed, and there is nothing to be done about it.
fn note(text: &str) {
    let _ = writeln!(anstream::stderr(), "note: {}", escape(text));
}
