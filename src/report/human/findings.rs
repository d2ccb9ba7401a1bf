//! What a job's log takes: the verdict first, a line a finding that editors and people can follow to its place, the fix to
//! paste, and a summary by cause. The evidence is in the long form, and in the other formats.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;
use std::io::{self, Write};

use super::style::{Style, Tone};
use super::{Detail, Look};
use crate::report::escape::escape;
use crate::report::words::{self, counted};
use crate::report::{Correction, Report, TargetReport, correction};
use crate::rules::{Finding, Severity};

/// From so many findings on, they are counted by cause.
const MANY: usize = 4;
/// How far the fix stands in.
const INDENT: usize = 4;

/// Writes the findings.
pub fn write(report: &Report, look: &Look, out: &mut dyn Write) -> io::Result<()> {
    let style = Style::new(look);
    let mut text = String::new();
    if look.detail != Detail::Quiet {
        push_verdict(&mut text, report, &style);
    }
    let mut told = Told::default();
    for (index, target) in report.targets.iter().enumerate() {
        let is_explained = target.findings.iter().any(|finding| finding.severity == Severity::Error);
        if target.unchecked && !is_explained {
            let why = words::measured(target).into_iter().next().unwrap_or_default();
            let line = format!("{}: could not be checked: {why}", place(target, index, None));
            style.push_wrapped(&mut text, "", INDENT, &line);
        }
        for finding in &target.findings {
            let _ = writeln!(text, "{}", line(finding, target, index, &style));
            if look.detail != Detail::Quiet {
                push_fix(&mut text, finding, target, report.reveal_password, &mut told, &style);
            }
        }
    }
    if look.detail != Detail::Quiet {
        push_causes(&mut text, report, &style);
    }
    out.write_all(text.as_bytes())
}

fn push_verdict(text: &mut String, report: &Report, style: &Style) {
    let summary = report.summary();
    let (tone, word) = match summary.exit_status {
        crate::exit::FINDINGS => (Tone::Bad, "failed"),
        crate::exit::UNCHECKED => (Tone::Neutral, "could not check"),
        _ => (Tone::Good, "passed"),
    };
    let mut parts: Vec<String> = [(summary.errors, "error"), (summary.warnings, "warning"), (summary.notes, "note")]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, noun)| counted(count, noun))
        .collect();
    if parts.is_empty() {
        parts.push("nothing found".to_owned());
    }
    if summary.unchecked > 0 {
        parts.push(format!("{} could not be checked", summary.unchecked));
    }
    let _ =
        writeln!(text, "{}: {}: {}", style.paint(tone, word), counted(summary.targets, "setting"), parts.join(", "));
}

/// Where it is, as compilers say it: `.env:3:14`.
fn place(target: &TargetReport, index: usize, finding: Option<&Finding>) -> String {
    let source = &target.target.source;
    let (line, column) = finding.map_or((source.line, source.column), |finding| target.place_of(finding));
    match (&source.path, line) {
        (Some(path), Some(line)) => {
            let column = column.map(|column| format!(":{column}")).unwrap_or_default();
            format!("{path}:{line}{column}")
        }
        _ => words::place(source).unwrap_or_else(|| format!("argument {}", index + 1)),
    }
}

/// One line, however long: logs are searched line by line.
fn line(finding: &Finding, target: &TargetReport, index: usize, style: &Style) -> String {
    let severity = style.paint(finding.severity.into(), finding.severity.as_str());
    let place = place(target, index, Some(finding));
    format!("{}: {severity} {}: {}", escape(&place), finding.rule, escape(&finding.message))
}

/// What has been said, and is not said again: of forty settings with one mistake the fix is the same.
#[derive(Default)]
struct Told<'a> {
    fixes: HashSet<&'a str>,
    settings: HashSet<String>,
}

fn push_fix<'a>(
    text: &mut String,
    finding: &'a Finding,
    target: &TargetReport,
    reveal: bool,
    told: &mut Told<'a>,
    style: &Style,
) {
    if let Some(fix) = finding.fix.as_deref().filter(|fix| told.fixes.insert(fix)) {
        let label = format!("{:INDENT$}{}", "", style.paint(Tone::Good, "fix: "));
        style.push_wrapped(text, &label, INDENT + "fix: ".len(), fix);
    }
    if let Some(Correction::Setting(setting)) = correction(finding, target, reveal)
        && told.settings.insert(setting.clone())
    {
        let _ = writeln!(text, "{:INDENT$}{}", "", style.paint(Tone::Strong, &escape(&setting)));
    }
}

fn push_causes(text: &mut String, report: &Report, style: &Style) {
    let mut causes: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in report.targets.iter().flat_map(|target| &target.findings) {
        *causes.entry(finding.rule).or_default() += 1;
    }
    if causes.values().sum::<usize>() >= MANY && report.targets.len() > 1 {
        style.push_title(text, "By cause");
        let mut causes: Vec<(&str, usize)> = causes.into_iter().collect();
        causes.sort_by_key(|(rule, count)| (std::cmp::Reverse(*count), *rule));
        for (rule, count) in causes {
            let _ = writeln!(text, "{count:>7}  {rule}");
        }
    }
    if report.targets.iter().any(|target| !target.findings.is_empty()) {
        let _ = writeln!(
            text,
            "\n{}",
            style.paint(Tone::Faint, "-v shows the evidence; supascope explain RULE says more.")
        );
    }
}
