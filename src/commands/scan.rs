//! `supascope scan`: the settings of a repository, and the code that uses them.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use anyhow::{Result, anyhow};

use super::check::{self, baseline, policy};
use super::pipeline::{Known, Run};
use super::stacks;
use crate::cli::ScanArgs;
use crate::context::Context;
use crate::exit;
use crate::policy::Date;
use crate::report::{Report, TargetReport};
use crate::rules::Finding;
use crate::scan::{self, Limits, Pair, Scanned};

/// Rules about what a file format leaves to others to fill in: nothing is wrong with it there.
const NOT_OF_TEMPLATES: &[&str] = &[
    "placeholder-password",
    "placeholder-ref",
    "placeholder-region",
    "placeholder-user",
    "placeholder-host",
    "placeholder-database",
    "missing-password",
    "masked-password",
];

/// The rule about references, which a `.env` file has to resolve and other formats do not.
const OF_ENV_FILES: &str = "unresolved-interpolation";

/// Scans, judges, reports; returns the exit status.
pub fn run(args: &ScanArgs) -> Result<u8> {
    let policy = policy::load(&args.policy)?;
    let known = args.policy.baseline.as_deref().map(baseline::read).transpose()?;
    let run = Run::new(&args.shared, &policy)?;
    let today = Date::of(SystemTime::now());
    check::tell_expired(&policy, today);
    let mut paths: Vec<PathBuf> = args.shared.targets.iter().map(PathBuf::from).collect();
    if paths.is_empty() {
        paths.push(PathBuf::from("."));
    }
    paths.extend(args.shared.env_file.iter().cloned());
    let scanned = scan::scan(&paths, &Limits::default()).map_err(|error| anyhow!("failed to {error}"))?;
    for trouble in &scanned.trouble {
        check::note(trouble);
    }
    let mut report = judge(&run, &scanned);
    check::accept(&mut report, &policy, today, args.shared.verbose);
    if let Some(known) = &known {
        baseline::take_out(known, &mut report);
    }
    if let Some(path) = &args.policy.write_baseline {
        baseline::write(path, &report)?;
        return Ok(exit::OK);
    }
    if report.targets.is_empty() {
        check::note("no connection setting was found");
    }
    check::show(&args.shared, &report)?;
    Ok(report.summary().exit_status)
}

/// Judges each setting alone and with every place that uses it.
///
/// What is wrong with a setting by itself is told where it stands, unless the code settles it; what only the code brings
/// about is told at the code.
fn judge(run: &Run<'_>, scanned: &Scanned) -> Report {
    let outside = scanned.settings.iter().map(|target| run.read_one(target.clone())).collect();
    let alone = run.judge(outside, scanned.settings.iter().map(|_| None).collect());
    let used: HashSet<usize> = scanned.pairs.iter().map(|pair| pair.setting).collect();
    // Settings that nothing uses stand beside the others: some rules are about several of them.
    let unused: Vec<Known> = (0..scanned.settings.len())
        .filter(|at| !used.contains(at))
        .map(|at| run.read_one(scanned.settings[at].clone()))
        .collect();
    let together: Vec<Known> = scanned.pairs.iter().map(|pair| known(run, pair, scanned)).chain(unused).collect();
    let probes = together.iter().map(|_| None).collect();
    let mut judged = run.judge(together, probes).targets;
    judged.truncate(scanned.pairs.len());
    let targets = place(alone.targets, judged, &scanned.pairs);
    Report { targets, ..alone }
}

/// The setting of a pair, as the code uses it.
fn known(run: &Run<'_>, pair: &Pair, scanned: &Scanned) -> Known {
    let mut target = scanned.settings[pair.setting].clone();
    target.neighbours.clone_from(&pair.neighbours);
    let mut known = run.read_one(target);
    if known.context.stacks.is_empty() {
        let of_scheme = stacks::detect(&known.reading);
        let by_scheme = pair.stack.is_none() || pair.stack_by_scheme && !of_scheme.is_empty();
        known.stacks = if by_scheme { of_scheme } else { pair.stack.iter().cloned().collect() };
    }
    if known.context.workload.is_none() && pair.workload.is_some() {
        known.context = Arc::new(Context { workload: pair.workload, ..(*known.context).clone() });
    }
    let unsaid = pair.stack.as_ref().filter(|stack| !known.context.versions.contains_key(*stack));
    if let Some(stack) = unsaid.filter(|_| !pair.versions.is_empty()) {
        let mut context = (*known.context).clone();
        context.versions.insert(stack.clone(), pair.versions.clone());
        known.context = Arc::new(context);
    }
    known
}

/// Puts every finding where it belongs.
fn place(mut alone: Vec<TargetReport>, judged: Vec<TargetReport>, pairs: &[Pair]) -> Vec<TargetReport> {
    let key = |finding: &Finding| (finding.rule, finding.message.clone());
    let mut seen: HashSet<(usize, &'static str, String)> = HashSet::new();
    let mut confirmed: Vec<Option<HashSet<(&'static str, String)>>> = alone.iter().map(|_| None).collect();
    for (report, pair) in judged.iter().zip(pairs) {
        confirmed[pair.setting].get_or_insert_default().extend(report.findings.iter().map(key));
    }
    for (report, confirmed) in alone.iter_mut().zip(&confirmed) {
        if let Some(confirmed) = confirmed {
            report.findings.retain(|finding| confirmed.contains(&key(finding)));
        }
        let path = report.target.source.path.as_deref().unwrap_or_default();
        let template = scan::is_template(path) || report.target.neighbours.code.is_aside;
        let env = scan::is_env_file(path);
        report.findings.retain(|finding| {
            !(template && NOT_OF_TEMPLATES.contains(&finding.rule)) && (env || finding.rule != OF_ENV_FILES)
        });
    }
    let mut at_code = Vec::new();
    for (mut report, pair) in judged.into_iter().zip(pairs) {
        // What belongs with the code's stack is told with the setting, whether or not anything is wrong.
        for advice in std::mem::take(&mut report.advice) {
            if !alone[pair.setting].advice.contains(&advice) {
                alone[pair.setting].advice.push(advice);
            }
        }
        let told: HashSet<_> = alone[pair.setting].findings.iter().map(key).collect();
        report.findings.retain_mut(|finding| {
            // Neither the place in the setting nor a corrected setting belongs to the line of code.
            finding.span = None;
            finding.repaired = None;
            let (rule, message) = key(finding);
            !told.contains(&(rule, message.clone()))
                && !NOT_OF_TEMPLATES.contains(&rule)
                && rule != OF_ENV_FILES
                && seen.insert((pair.setting, rule, message))
        });
        if !report.findings.is_empty() {
            report.target.source = pair.place.clone();
            at_code.push(report);
        }
    }
    alone.extend(at_code);
    let order = |report: &TargetReport| {
        let source = &report.target.source;
        (source.path.clone(), source.line, source.column)
    };
    alone.sort_by_key(order);
    alone
}
