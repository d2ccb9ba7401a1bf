//! `sarif`: SARIF 2.1.0 (OASIS standard, 27 March 2020), in the subset that GitHub code scanning reads.
//!
//! Every rule is listed, so that a consumer can show those that passed. A setting that stands in no file has a path made
//! of where it was found (`environment/DATABASE_URL`): GitHub refuses results without a place ("SARIF support for code
//! scanning", GitHub documentation, 2026).

use std::io::{self, Write};

use serde_json::{Value, json};

use super::checkout::Checkout;
use super::escape::escape_json;
use super::spot::{self, Fingerprints};
use super::{Report, TargetReport, fix_text, words};
use crate::rules::{Finding, RULES, Rule, Severity};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// Writes the report as one SARIF document.
pub fn write(report: &Report, checkout: &Checkout, out: &mut dyn Write) -> io::Result<()> {
    let mut fingerprints = Fingerprints::default();
    let mut results = Vec::new();
    for (index, target) in report.targets.iter().enumerate() {
        for finding in &target.findings {
            results.push(result(report, (index, target), finding, checkout, &mut fingerprints));
        }
    }
    let unchecked: Vec<Value> =
        report.targets.iter().enumerate().filter(|(_, target)| target.unchecked).map(notification).collect();
    let document = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": env!("CARGO_PKG_NAME"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": RULES.iter().map(|rule| descriptor(rule)).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "invocations": [{
                "executionSuccessful": unchecked.is_empty(),
                "exitCode": report.summary().exit_status,
                "toolExecutionNotifications": unchecked,
            }],
            "results": results,
        }],
    });
    writeln!(out, "{}", escape_json(serde_json::to_string_pretty(&document)?))
}

fn descriptor(rule: &Rule) -> Value {
    let sources = rule.sources.join("\n* ");
    json!({
        "id": rule.id,
        "name": rule.id,
        "shortDescription": {"text": rule.what},
        "fullDescription": {"text": format!("{} {}", rule.what, rule.why)},
        "help": {
            "text": format!("{}\n\n{}\n\nSources:\n* {sources}", rule.why, rule.fix),
            "markdown": format!("{}\n\n**Fix:** {}\n\nSources:\n\n* {sources}", rule.why, rule.fix),
        },
        "defaultConfiguration": {"level": level(rule.severity)},
        "properties": {"tags": [rule.group.as_str()], "precision": "high", "problem.severity": problem(rule.severity)},
    })
}

/// A level of the standard (section 3.27.10).
const fn level(severity: Severity) -> &'static str {
    severity.as_str()
}

/// GitHub's word for a severity.
const fn problem(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "recommendation",
    }
}

fn result(
    report: &Report,
    (index, target): (usize, &TargetReport),
    finding: &Finding,
    checkout: &Checkout,
    fingerprints: &mut Fingerprints,
) -> Value {
    let spot = spot::of(target, finding);
    let path = spot::path(target, index, checkout);
    let mut region = json!({"startLine": spot.as_ref().map_or(1, |spot| spot.line)});
    if let Some((start, end)) = spot.and_then(|spot| spot.columns) {
        region["startColumn"] = start.into();
        region["endColumn"] = end.into();
    }
    let text = match fix_text(finding, target, report.reveal_password) {
        Some(fix) => format!("{} {fix}", words::on_one_line(&finding.message)),
        None => words::on_one_line(&finding.message),
    };
    let mut location = json!({"physicalLocation": {"artifactLocation": artifact(&path), "region": region}});
    if let Some(variable) = &target.target.source.variable {
        location["logicalLocations"] = json!([{"name": variable, "kind": "variable"}]);
    }
    json!({
        "ruleId": finding.rule,
        "ruleIndex": RULES.iter().position(|rule| rule.id == finding.rule).unwrap_or_default(),
        "level": level(finding.severity),
        "message": {"text": text},
        "locations": [location],
        "partialFingerprints": {"supascope/v1": fingerprints.next(target, &path, finding)},
    })
}

/// A path inside the repository is relative to its root; another one is a URI of its own.
fn artifact(path: &str) -> Value {
    if path.starts_with('/') {
        return json!({"uri": format!("file://{}", uri(path))});
    }
    json!({"uri": uri(path), "uriBaseId": "%SRCROOT%"})
}

/// The path with everything percent-encoded that RFC 3986 does not allow in one.
fn uri(path: &str) -> String {
    let mut encoded = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/!$&'()*+,;=@".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            use std::fmt::Write as _;
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

fn notification((index, target): (usize, &TargetReport)) -> Value {
    let place =
        super::words::place_with_line(&target.target.source).unwrap_or_else(|| format!("argument {}", index + 1));
    let why = super::words::measured(target).into_iter().next().unwrap_or_else(|| "Nothing was learnt.".to_owned());
    json!({"level": "warning", "message": {"text": format!("{place} could not be checked. {why}")}})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_becomes_a_uri() {
        assert_eq!(artifact("a b/ü.env"), json!({"uri": "a%20b/%C3%BC.env", "uriBaseId": "%SRCROOT%"}));
        assert_eq!(artifact("/etc/x"), json!({"uri": "file:///etc/x"}));
        assert_eq!(uri("environment/A:B"), "environment/A%3AB");
    }
}
