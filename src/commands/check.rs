//! `supascope check`: CI preflight. Every target found, judged against a policy.

pub(super) mod actions;
pub(super) mod baseline;
mod fleet;
pub(super) mod policy;
mod resume;

use std::io::Write as _;
use std::time::SystemTime;

use anyhow::Result;

use super::pipeline::Run;
use super::{measure, output};
use crate::cli::{CheckArgs, Format, SharedArgs};
use crate::exit;
use crate::policy::{Date, Policy};
use crate::probe::door::Limits;
use crate::report::Report;
use crate::report::escape::escape;
use policy::Comments;

/// Reads, measures if asked to, judges, reports; returns the exit status.
pub fn run(args: &CheckArgs) -> Result<u8> {
    let policy = policy::load(&args.policy)?;
    let known = args.policy.baseline.as_deref().map(baseline::read).transpose()?;
    let run = Run::new(&args.shared, &policy)?;
    let today = Date::of(SystemTime::now());
    tell_expired(&policy, today);
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
    accept(&mut report, &policy, today, args.shared.verbose);
    if let Some(known) = &known {
        baseline::take_out(known, &mut report);
    }
    if let Some(path) = &args.policy.write_baseline {
        baseline::write(path, &report)?;
        return Ok(exit::OK);
    }
    show(&args.shared, &report)?;
    // Everything that could be read is reported; what could not is told, and decides.
    let status = report.summary().exit_status;
    Ok(if unreadable.is_empty() { status } else { exit::USAGE })
}

/// Tells which ignores of the policy count no more.
pub fn tell_expired(policy: &Policy, today: Date) {
    for ignore in policy.expired(today) {
        let until = ignore.until.map(|until| until.to_string()).unwrap_or_default();
        note(&format!("the ignore of {} in line {} of the policy ended on {until}", ignore.rule, ignore.line));
    }
}

/// Changes the findings by the policy and by the comments beside the settings.
pub fn accept(report: &mut Report, policy: &Policy, today: Date, verbose: bool) {
    let mut comments = Comments::default();
    for target in &mut report.targets {
        let source = &target.target.source;
        let applied = policy.apply(source, &mut target.findings, &comments.beside(source), today);
        if verbose {
            for (rule, reason) in applied.ignored {
                note(&format!("accepted: {rule} ({reason})"));
            }
        }
    }
}

/// Writes the report, and what GitHub Actions takes beside it.
pub fn show(args: &SharedArgs, report: &Report) -> Result<()> {
    if args.format() == Format::Human && !args.verbose {
        output::write_findings(report, args)?;
    } else {
        output::write(report, args)?;
    }
    if actions::inside() {
        if args.format.is_none() {
            output::write_as(report, Format::Github, args)?;
        }
        if let Err(error) = actions::write_summary(report) {
            note(&format!("no job summary was written: {error:#}"));
        }
    }
    Ok(())
}

/// Says something on standard error. It may be closed, and there is nothing to be done about it.
pub fn note(text: &str) {
    let _ = writeln!(anstream::stderr(), "note: {}", escape(text));
}
