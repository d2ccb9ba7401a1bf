//! Reads, applies and writes a baseline.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, anyhow};

use crate::commands::{output, usage};
use crate::policy::baseline::{Baseline, Known};
use crate::report::checkout::Checkout;
use crate::report::spot::{self, Fingerprints};
use crate::report::{Report, TargetReport};
use crate::target;

/// Reads a baseline; a file that is none ends the run.
pub fn read(path: &Path) -> Result<Baseline> {
    let text = target::read_file(path).map_err(|error| anyhow!("failed to {error}"))?;
    let shown = usage::quoted(&path.to_string_lossy());
    Baseline::parse(&text).with_context(|| format!("failed to read {shown}"))
}

/// Takes out of a report what stands in the baseline.
pub fn take_out(known: &Baseline, report: &mut Report) {
    let checkout = output::checkout();
    let mut fingerprints = Fingerprints::default();
    for (index, target) in report.targets.iter_mut().enumerate() {
        keep_new(known, target, index, &checkout, &mut fingerprints);
    }
}

/// Takes out of one target what stands in the baseline.
pub fn keep_new(
    known: &Baseline,
    target: &mut TargetReport,
    index: usize,
    checkout: &Checkout,
    fingerprints: &mut Fingerprints,
) {
    let path = spot::path(target, index, checkout);
    let prints: Vec<String> = target.findings.iter().map(|found| fingerprints.next(target, &path, found)).collect();
    let mut prints = prints.iter();
    target.findings.retain(|_| prints.next().is_none_or(|print| !known.holds(print)));
}

/// Writes a baseline of everything in the report.
pub fn write(path: &Path, report: &Report) -> Result<()> {
    let checkout = output::checkout();
    let mut fingerprints = Fingerprints::default();
    let mut findings = Vec::new();
    for (index, target) in report.targets.iter().enumerate() {
        let place = spot::path(target, index, &checkout);
        for finding in &target.findings {
            let fingerprint = fingerprints.next(target, &place, finding);
            findings.push(Known { fingerprint, rule: finding.rule, place: place.clone() });
        }
    }
    let count = findings.len();
    let shown = usage::quoted(&path.to_string_lossy());
    fs::write(path, Baseline::print(findings)).with_context(|| format!("failed to write the baseline to {shown}"))?;
    super::note(&format!("{count} finding(s) stand in the baseline {shown} now"));
    Ok(())
}
