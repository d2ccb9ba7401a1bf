//! What several fuzz targets need: a setting through every room that `inspect` uses, and every report on it.

use supascope::advice::{Situation, advise_all};
use supascope::conninfo::{self, Reading};
use supascope::endpoint::{Endpoint, EndpointKind, Mode, Pooler, classify};
use supascope::report::human::{self, Detail, Look};
use supascope::report::{Report, TargetReport, json, markdown, ndjson};
use supascope::rules::{self, Context, Finding, Severity, Subject};
use supascope::secret::SecretText;
use supascope::target::{Neighbours, Setting, Source, Target};

/// A setting as an argument.
pub fn argument(text: &str) -> Target {
    let setting = Setting::Text(SecretText::opaque(text));
    Target { source: Source::argument(), setting, neighbours: Neighbours::default() }
}

struct Known {
    target: Target,
    reading: Reading,
    endpoint: Endpoint,
    stacks: Vec<String>,
}

fn unreadable() -> Endpoint {
    Endpoint {
        kind: EndpointKind::Ambiguous,
        mode: Mode::Unknown,
        pooler: Pooler::Unknown,
        project_ref: None,
        region: None,
        cluster: None,
        evidence: Vec::new(),
    }
}

fn read_all(targets: Vec<Target>) -> Vec<Known> {
    // One stack that most rules have something to say about; more would only repeat them.
    let stacks = vec!["prisma-6".to_owned()];
    let read = |target: Target| {
        let reading = conninfo::read_target(&target);
        let endpoint = reading.conninfo().map_or_else(unreadable, classify);
        Known { target, reading, endpoint, stacks: stacks.clone() }
    };
    targets.into_iter().map(read).collect()
}

fn subjects<'a>(known: &'a [Known], context: &'a Context) -> Vec<Subject<'a>> {
    let subject = |known: &'a Known| Subject {
        target: &known.target,
        reading: &known.reading,
        conninfo: known.reading.conninfo(),
        endpoint: &known.endpoint,
        stacks: &known.stacks,
        context,
        probe: None,
    };
    known.iter().map(subject).collect()
}

/// What the rules say.
pub fn findings(targets: &[Target]) -> Vec<Vec<Finding>> {
    let context = Context::default();
    let known = read_all(targets.to_vec());
    rules::run(&subjects(&known, &context))
}

/// The report on all of them.
pub fn report(targets: Vec<Target>) -> Report {
    let context = Context::default();
    let known = read_all(targets);
    let subjects = subjects(&known, &context);
    let findings = rules::run(&subjects);
    let advice: Vec<_> = subjects
        .iter()
        .map(|subject| {
            let situation = Situation {
                endpoint: subject.endpoint,
                context: &context,
                probe: None,
                neighbours: &subject.target.neighbours,
            };
            advise_all(subject.stacks, &situation)
        })
        .collect();
    drop(subjects);
    let targets = known.into_iter().zip(findings.into_iter().zip(advice)).map(|(known, (findings, advice))| {
        let Known { target, reading, endpoint, .. } = known;
        TargetReport { target, reading, endpoint, advice, findings, probe: None, unchecked: false, repair: None }
    });
    Report { targets: targets.collect(), fail_on: Some(Severity::Error), reveal_password: false, rules: supascope::rules::Selection::default() }
}

/// The report in every format, one after the other.
pub fn every_format(report: &Report) -> String {
    let mut out = Vec::new();
    let verbose = Look { detail: Detail::Verbose, ..Look::PLAIN };
    let colourful = Look { color: true, unicode: true, ..Look::PLAIN };
    for look in [verbose, colourful] {
        human::write(report, &look, &mut out).expect("memory takes everything");
    }
    json::write(report, &mut out).expect("memory takes everything");
    markdown::write(report, &mut out).expect("memory takes everything");
    ndjson::write(report, &mut out).expect("memory takes everything");
    String::from_utf8(out).expect("reports are text")
}
