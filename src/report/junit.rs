//! `junit`: a test suite for every target and a test case for every rule, for CI servers that show tests.
//!
//! A rule whose question was not asked (no stack given, nothing measured) is skipped, not passed. A finding below
//! `--fail-on` leaves its case passed and stands in its output.

use std::io::{self, Write};

use quick_junit::{NonSuccessKind, Report as Document, TestCase, TestCaseStatus, TestSuite};

use super::escape::escape;
use super::{Report, TargetReport, fix_text, spot, words};
use crate::rules::{Finding, Group, RULES, Rule};

/// Writes the report as one JUnit document.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut document = Document::new("supascope");
    for (index, target) in report.targets.iter().enumerate() {
        document.add_test_suite(suite(report, target, index));
    }
    document.serialize(&mut *out).map_err(io::Error::other)?;
    Ok(())
}

fn suite(report: &Report, target: &TargetReport, index: usize) -> TestSuite {
    let name = words::place_with_line(&target.target.source).unwrap_or_else(|| spot::pseudo_path(target, index));
    let name = escape(&name).into_owned();
    let mut suite = TestSuite::new(name.clone());
    suite.add_property(("endpoint", target.endpoint.kind.as_str()));
    for rule in RULES.iter().filter(|rule| report.rules.keeps(rule.id)) {
        let found: Vec<&Finding> = target.findings.iter().filter(|finding| finding.rule == rule.id).collect();
        let mut case = TestCase::new(rule.id, status(report, target, rule, &found));
        case.set_classname(name.clone());
        if !found.is_empty() {
            case.set_system_out(text(report, target, &found));
        }
        suite.add_test_case(case);
    }
    if target.unchecked {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        status.set_message(escape(&words::measured(target).join(" ")).into_owned());
        let mut case = TestCase::new("could-not-check", status);
        case.set_classname(name);
        suite.add_test_case(case);
    }
    suite
}

fn status(report: &Report, target: &TargetReport, rule: &Rule, found: &[&Finding]) -> TestCaseStatus {
    let worst = found.iter().map(|finding| finding.severity).max();
    if let (Some(worst), Some(line)) = (worst, report.fail_on)
        && worst >= line
    {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        status.set_type(worst.as_str());
        status.set_message(
            found
                .iter()
                .map(|finding| escape(&words::on_one_line(&finding.message)).into_owned())
                .collect::<Vec<_>>()
                .join(" "),
        );
        return status;
    }
    match reason_not_asked(target, rule) {
        Some(reason) if found.is_empty() => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(reason);
            status
        }
        _ => TestCaseStatus::success(),
    }
}

/// Why a rule could not have found anything.
fn reason_not_asked(target: &TargetReport, rule: &Rule) -> Option<&'static str> {
    let readable = target.reading.conninfo().is_some();
    match rule.group {
        Group::Setting => None,
        _ if !readable => Some("the setting cannot be read"),
        Group::Several => None,
        Group::Stack => target.advice.is_empty().then_some("no stack is named"),
        Group::Probe if target.probe.is_none() => Some("nothing was measured"),
        Group::Rehearse => Some("nothing was rehearsed"),
        Group::Probe => target.unchecked.then_some("the endpoint could not be checked"),
    }
}

fn text(report: &Report, target: &TargetReport, found: &[&Finding]) -> String {
    let mut lines = Vec::new();
    for finding in found {
        lines.push(format!("{}: {}", finding.severity.as_str(), escape(&words::on_one_line(&finding.message))));
        lines.extend(fix_text(finding, target, report.reveal_password).map(|fix| format!("fix: {}", escape(&fix))));
        lines.push(format!("source: {}", escape(&finding.docs)));
    }
    lines.join("\n")
}
