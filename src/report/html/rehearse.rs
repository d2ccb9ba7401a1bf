//! A rehearsal as a page.

use std::io::{self, Write};

use super::chart;
use super::page::{Page, Tone, text};
use crate::rehearse::{DryRun, Failed, Histogram, Rehearsal, StepResult, Verdict};
use crate::report::rehearse::{self as words, RehearseReport};

/// Writes the rehearsal as a page: verdict, findings, both settings side by side, how long things took.
pub fn write(report: &RehearseReport<'_>, out: &mut dyn Write) -> io::Result<()> {
    let rehearsal = report.rehearsal;
    let mut page = Page::new("supascope: rehearsal of connection pools");
    let (tone, mark) = match rehearsal.verdict() {
        Verdict::Fits => (Tone::Good, "fits"),
        Verdict::Waits => (Tone::Doubt, "waits"),
        Verdict::Exceeds => (Tone::Bad, "does not fit"),
        Verdict::Unknown => (Tone::Doubt, "not answered"),
    };
    page.heading(&words::verdict(rehearsal), tone, mark);
    page.element("pre", "", &rehearsal.setting);
    if let Some(first) = rehearsal.unreachable.as_ref().and_then(|failed| failed.first) {
        page.markup(&format!("<p><strong>Fix:</strong> {}</p>", text(first)));
    }
    for finding in &rehearsal.findings {
        page.finding(finding.severity, finding.rule, &finding.message, Some(&finding.fix), "");
    }
    push_comparison(&mut page, rehearsal);
    push_histogram(&mut page, "Time to get a connection", rehearsal, |step| &step.checkout);
    push_histogram(&mut page, "Time of a transaction", rehearsal, |step| &step.query);
    push_failed(&mut page, rehearsal);
    if let Some(advice) = rehearsal.advice.as_ref().filter(|advice| !advice.settings.is_empty()) {
        page.element("h3", "", "What to set");
        let rows = advice.settings.iter().map(|(assignment, place)| vec![assignment.clone(), place.clone()]);
        page.table(&["set", "where"], rows);
    }
    page.element("h3", "", "Held against");
    page.list(words::grounds(rehearsal));
    out.write_all(page.finish().as_bytes())
}

fn push_comparison(page: &mut Page, rehearsal: &Rehearsal) {
    let rows = words::rows(rehearsal);
    if rows.is_empty() {
        return;
    }
    page.element("h3", "", "Side by side");
    page.table(&["", "yours", "advised"], rows.into_iter().map(|row| vec![row.what, row.yours, row.advised]));
    let Some(load) = rehearsal.yours.as_ref().filter(|load| !load.steps.is_empty()) else { return };
    page.element("h3", "", "Your settings, step by step");
    for step in &load.steps {
        let caption = crate::rehearse::offer(step.offered);
        let (served, asked) = (step.volley.served, step.volley.asked);
        page.markup(&chart::gauge(
            &caption,
            served.into(),
            asked.into(),
            &format!("{served} of {asked} served at once"),
        ));
    }
    page.table(&words::STEP_HEADER, load.steps.iter().map(words::step));
}

fn push_histogram(page: &mut Page, title: &str, rehearsal: &Rehearsal, pick: fn(&StepResult) -> &Histogram) {
    let bars = words::bars(rehearsal, pick);
    if bars.iter().all(|bar| bar.yours == 0 && bar.advised == 0) {
        return;
    }
    page.element("h3", "", title);
    let rows: Vec<chart::Pair> = bars
        .iter()
        .map(|bar| chart::Pair { name: format!("< {} ms", bar.below_ms), amounts: [bar.yours, bar.advised] })
        .collect();
    let names: &[&str] = if rehearsal.advised.is_some() { &["yours", "advised"] } else { &["yours"] };
    page.markup(&chart::histogram(title, names, &rows));
}

fn push_failed(page: &mut Page, rehearsal: &Rehearsal) {
    let loads = [("yours", &rehearsal.yours), ("advised", &rehearsal.advised)];
    let failed = loads.iter().filter_map(|(name, load)| load.as_ref().map(|load| (*name, load)));
    let rows: Vec<Vec<String>> =
        failed.flat_map(|(name, load)| load.failed.iter().map(move |failed| row(name, failed))).collect();
    if !rows.is_empty() {
        page.element("h3", "", "What failed");
        page.table(&["count#", "whose", "cause", "text", "what to do"], rows);
    }
}

fn row(name: &str, failed: &Failed) -> Vec<String> {
    vec![
        failed.count.to_string(),
        name.to_owned(),
        failed.cause.unwrap_or("unknown").to_owned(),
        failed.text.clone(),
        failed.first.unwrap_or_default().to_owned(),
    ]
}

/// Writes what would be done.
pub fn write_dry(plan: &DryRun, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Page::new("supascope: what a rehearsal would do");
    page.heading("Nothing was opened", Tone::Note, "dry run");
    page.element("p", "", "This would be done at");
    page.element("pre", "", &plan.setting);
    page.list(words::dry(plan));
    page.element("h3", "", "Statements");
    for (purpose, statement) in words::statements(plan) {
        if !purpose.is_empty() {
            page.element("p", "faint small", purpose);
        }
        page.element("pre", "", statement);
    }
    out.write_all(page.finish().as_bytes())
}
