//! `html`: one self-contained page to attach to an incident: verdicts, evidence, charts.

mod chart;
mod page;
pub mod plan;
pub mod rehearse;
mod timeline;
pub mod watch;

use std::io::{self, Write};

use super::{Correction, Report, TargetReport, correction, facts, shown, words};
use crate::advice::{Advice, Fit};
use crate::probe::{Headroom, ProbeReport};
use crate::rules::{Finding, Severity};
use facts::Fact;
use page::{Page, Tone, text};

/// The longest setting that is shown.
const MAX_SETTING_BYTES: usize = 4096;

/// Writes the report as one page.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Page::new("supascope: Supabase Postgres connections");
    match report.targets.len() {
        0 => page.element("p", "", "No connection setting was found."),
        1 => {}
        _ => push_overview(&mut page, report),
    }
    for target in &report.targets {
        push_target(&mut page, target, report.reveal_password);
    }
    out.write_all(page.finish().as_bytes())
}

fn push_overview(page: &mut Page, report: &Report) {
    let rows = report.targets.iter().enumerate().map(|(index, target)| {
        let place = words::place_with_line(&target.target.source).unwrap_or_else(|| format!("argument {}", index + 1));
        vec![place, words::subject(target), words::judgement(target)]
    });
    page.table(&["setting", "what it is", "findings"], rows);
}

fn tone(target: &TargetReport) -> Tone {
    match target.findings.iter().map(|finding| finding.severity).max() {
        Some(Severity::Error) => Tone::Bad,
        _ if target.unchecked => Tone::Bad,
        Some(Severity::Warning) => Tone::Doubt,
        Some(Severity::Note) => Tone::Note,
        None => Tone::Good,
    }
}

fn push_target(page: &mut Page, target: &TargetReport, reveal: bool) {
    page.heading(&words::subject(target), tone(target), &words::judgement(target));
    for sentence in words::measured(target) {
        page.element("p", "", &sentence);
    }
    if target.reading.text.len() <= MAX_SETTING_BYTES {
        page.element("pre", "", &shown(&target.reading.text, reveal));
    }
    if let Some(place) = words::place_with_line(&target.target.source) {
        page.element("p", "faint small", &format!("Found in {place}."));
    }
    for finding in &target.findings {
        push_finding(page, finding, target, reveal);
    }
    if let Some(probe) = &target.probe {
        push_connections(page, probe);
    }
    push_facts(page, "Evidence", ["what", "value", "how it is known"], &facts::of(target, false));
    if let Some(probe) = &target.probe {
        push_facts(page, "Session state", ["feature", "verdict", "how it is known"], &facts::session_state_rows(probe));
        push_waterfall(page, probe);
    }
    for advice in &target.advice {
        push_advice(page, advice);
    }
}

fn push_finding(page: &mut Page, finding: &Finding, target: &TargetReport, reveal: bool) {
    page.finding(
        finding.severity,
        finding.rule,
        &words::on_one_line(&finding.message),
        finding.fix.as_deref(),
        &finding.docs,
    );
    if let Some(Correction::Setting(setting)) = correction(finding, target, reveal) {
        page.element("pre", "", &setting);
    }
}

fn push_connections(page: &mut Page, probe: &ProbeReport) {
    let Some(headroom) = &probe.headroom.value else { return };
    page.element("h3", "", "Connections");
    page.markup(&slots_chart(headroom));
    for sentence in facts::headroom_sentences(headroom).iter().filter(|sentence| !sentence.is_empty()) {
        page.element("p", "", sentence);
    }
    let rows = headroom
        .by_service
        .iter()
        .map(|user| vec![user.service.clone(), user.role.clone(), user.connections.to_string()]);
    page.table(&["service", "role", "connections#"], rows);
}

/// The slots that ordinary roles can take, by who holds them. Roles that the probe's own role does not see are one part.
fn slots_chart(headroom: &Headroom) -> String {
    let usable = headroom.max_connections.saturating_sub(headroom.reserved);
    let mut parts: Vec<chart::Part> = headroom
        .by_service
        .iter()
        .map(|user| chart::Part { name: format!("{} ({})", user.service, user.role), amount: user.connections.into() })
        .collect();
    let named: u32 = headroom.by_service.iter().map(|user| user.connections).sum();
    let rest = headroom.in_use.saturating_sub(headroom.own).saturating_sub(named);
    if rest > 0 {
        parts.push(chart::Part { name: "others".to_owned(), amount: rest.into() });
    }
    if headroom.own > 0 {
        parts.push(chart::Part { name: "this probe".to_owned(), amount: headroom.own.into() });
    }
    chart::bar(&parts, usable.into(), Some((f64::from(usable) * 0.7, "70 %")), "connections")
}

fn push_waterfall(page: &mut Page, probe: &ProbeReport) {
    if probe.trace.is_empty() {
        return;
    }
    let mut lines: Vec<char> = Vec::new();
    let steps: Vec<chart::Step> = probe
        .trace
        .iter()
        .map(|step| {
            let group = lines.iter().position(|line| *line == step.line).unwrap_or_else(|| {
                lines.push(step.line);
                lines.len() - 1
            });
            chart::Step {
                name: format!("{} {}", step.line, step.name),
                start_ms: step.start.as_secs_f64() * 1000.0,
                took_ms: step.took.as_secs_f64() * 1000.0,
                group,
            }
        })
        .collect();
    page.element("h3", "", "What the probe did, connection by connection");
    page.markup(&chart::waterfall(&steps));
}

fn push_facts(page: &mut Page, title: &str, heads: [&str; 3], facts: &[Fact]) {
    if facts.is_empty() {
        return;
    }
    page.element("h3", "", title);
    page.table(&heads, facts.iter().map(|fact| vec![fact.what.clone(), fact.value.clone(), fact.how.clone()]));
}

fn push_advice(page: &mut Page, advice: &Advice) {
    let tone = match advice.fit {
        Fit::Fits => Tone::Good,
        Fit::Works => Tone::Doubt,
        Fit::Avoid => Tone::Bad,
    };
    page.markup(&format!(
        "<h3>{}, {} <span class=\"badge {}\">{}</span></h3>",
        text(&advice.stack),
        advice.workload.as_str(),
        tone.class(),
        advice.fit.as_str()
    ));
    page.element("p", "", &advice.summary);
    if advice.settings.is_empty() {
        return;
    }
    let rows = advice.settings.iter().map(|setting| {
        vec![
            format!("{} = {}", setting.name, setting.value),
            setting.place.clone(),
            setting.why.clone(),
            setting.source.clone(),
        ]
    });
    page.table(&["set", "where", "why", "source"], rows);
}
