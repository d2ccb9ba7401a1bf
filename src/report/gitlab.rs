//! `gitlab`: a code quality report ("Code Quality", GitLab documentation, 2026, "Code Quality report format").

use std::io::{self, Write};

use serde_json::{Value, json};

use super::checkout::Checkout;
use super::escape::escape_json;
use super::spot::{self, Fingerprints};
use super::{Report, TargetReport, fix_text, words};
use crate::rules::{Finding, Severity};

/// Writes the findings as one JSON list.
pub fn write(report: &Report, checkout: &Checkout, out: &mut dyn Write) -> io::Result<()> {
    let mut fingerprints = Fingerprints::default();
    let mut issues = Vec::new();
    for (index, target) in report.targets.iter().enumerate() {
        for finding in &target.findings {
            issues.push(issue(report, (index, target), finding, checkout, &mut fingerprints));
        }
    }
    writeln!(out, "{}", escape_json(serde_json::to_string_pretty(&issues)?))
}

fn issue(
    report: &Report,
    (index, target): (usize, &TargetReport),
    finding: &Finding,
    checkout: &Checkout,
    fingerprints: &mut Fingerprints,
) -> Value {
    let spot = spot::of(target, finding);
    let path = spot::path(target, index, checkout);
    let fix = fix_text(finding, target, report.reveal_password).map(|fix| format!(" {fix}")).unwrap_or_default();
    json!({
        "description": format!("{}{fix}", words::on_one_line(&finding.message)),
        "check_name": finding.rule,
        "fingerprint": fingerprints.next(target, &path, finding),
        "severity": match finding.severity {
            Severity::Error => "critical",
            Severity::Warning => "minor",
            Severity::Note => "info",
        },
        "location": {"path": path, "lines": {"begin": spot.map_or(1, |spot| spot.line)}},
    })
}
