//! `github`: workflow commands that GitHub Actions turns into annotations ("Workflow commands for GitHub Actions",
//! GitHub documentation, 2026).

use std::io::{self, Write};

use super::checkout::Checkout;
use super::escape::escape;
use super::{Report, TargetReport, fix_text, spot, words};
use crate::rules::{Finding, Severity};

/// Writes a line for every finding, and one for every target that could not be checked without a finding to say so.
pub fn write(report: &Report, checkout: &Checkout, out: &mut dyn Write) -> io::Result<()> {
    for (index, target) in report.targets.iter().enumerate() {
        for finding in &target.findings {
            write_finding((index, target), finding, report.reveal_password, checkout, out)?;
        }
        if target.unchecked && target.findings.is_empty() {
            let why = words::measured(target).join(" ");
            writeln!(out, "::warning title=could not be checked::{}", data(&why))?;
        }
    }
    Ok(())
}

fn write_finding(
    (index, target): (usize, &TargetReport),
    finding: &Finding,
    reveal: bool,
    checkout: &Checkout,
    out: &mut dyn Write,
) -> io::Result<()> {
    let command = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    };
    let mut properties = Vec::new();
    let mut place = String::new();
    match spot::of(target, finding) {
        Some(spot) => {
            properties.push(format!("file={}", property(&checkout.relative(spot.path))));
            properties.push(format!("line={}", spot.line));
            if let Some((start, end)) = spot.columns {
                properties.push(format!("col={start}"));
                properties.push(format!("endColumn={end}"));
            }
        }
        None => place = format!("{}: ", spot::pseudo_path(target, index)),
    }
    properties.push(format!("title={}", property(finding.rule)));
    let fix = fix_text(finding, target, reveal).map(|fix| format!("\nFix: {fix}")).unwrap_or_default();
    writeln!(
        out,
        "::{command} {}::{}",
        properties.join(","),
        data(&format!("{place}{}{fix}", words::on_one_line(&finding.message)))
    )
}

/// Text after the second `::`. Control characters are written out first, but for the line ends of our own.
fn data(text: &str) -> String {
    let lines: Vec<_> = text.split('\n').map(|line| escape(line).replace('%', "%25")).collect();
    lines.join("%0A")
}

/// The value of a property: `:` and `,` have a meaning there.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_cannot_begin_a_command_of_its_own() {
        assert_eq!(data("100 %\n::error::x\r"), "100 %25%0A::error::x\\r");
        assert_eq!(property("a:b,c%"), "a%3Ab%2Cc%25");
    }
}
