//! A plan as a page.

use std::io::{self, Write};

use super::chart;
use super::page::{Page, Tone};
use crate::capacity::{Plan, Verdict};
use crate::report::plan::{self as words, PlanReport};

/// Writes the plan as a page: verdict, findings, how full everything would be, tables.
pub fn write(report: &PlanReport<'_>, out: &mut dyn Write) -> io::Result<()> {
    let plan = report.plan;
    let mut page = Page::new("supascope: plan of connections");
    let (tone, mark) = match plan.totals.verdict {
        Verdict::Fits => (Tone::Good, "fits"),
        Verdict::Tight => (Tone::Doubt, "tight"),
        Verdict::Exceeds => (Tone::Bad, "does not fit"),
    };
    page.heading(&words::verdict(plan), tone, mark);
    for finding in &plan.findings {
        page.finding(words::severity(finding), finding.rule, &finding.message, Some(&finding.fix), finding.source);
    }
    page.element("h3", "", "At most");
    for gauge in words::gauges(plan) {
        let caption = format!("{}: {}", gauge.place, gauge.who);
        page.markup(&chart::gauge(&caption, gauge.used.into(), gauge.limit.into(), &gauge.figures()));
    }
    push_services(&mut page, plan);
    page.element("h3", "", "Held against");
    page.list(words::grounds(plan).into_iter().chain(words::older_guide(plan)));
    page.element("p", "", &words::cheapest(plan));
    out.write_all(page.finish().as_bytes())
}

fn push_services(page: &mut Page, plan: &Plan) {
    page.element("h3", "", "Services");
    let heads =
        ["service", "endpoint", "sum", "at most#", "may have#", "fits", "largest pool#", "pool so that all fits"];
    let rows = plan.services.iter().map(|planned| {
        vec![
            planned.service.name.clone(),
            planned.service.endpoint.as_str().to_owned(),
            planned.service.demand.to_string(),
            planned.demand.to_string(),
            planned.limit.to_string(),
            if planned.fits { "yes" } else { "no" }.to_owned(),
            planned.largest_pool.to_string(),
            planned.suggested_pool.map_or_else(|| "as it is".to_owned(), |pool| pool.to_string()),
        ]
    });
    page.table(&heads, rows);
}
