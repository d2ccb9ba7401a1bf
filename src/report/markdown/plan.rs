//! A plan as Markdown.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::{plain, push_row};
use crate::capacity::Plan;
use crate::report::plan::{self as words, PlanReport};

/// Writes the plan as Markdown: verdict, findings, tables.
pub fn write(report: &PlanReport<'_>, out: &mut dyn Write) -> io::Result<()> {
    let plan = report.plan;
    let mut text = String::new();
    let _ = writeln!(text, "## {}", plain(&words::verdict(plan)));
    for finding in &plan.findings {
        let severity = words::severity(finding).as_str();
        let _ = writeln!(text, "\n- **{severity}** `{}`: {}", finding.rule, plain(&finding.message));
        let _ = writeln!(text, "  Fix: {}", plain(&finding.fix));
        let _ = writeln!(text, "  Source: {}", plain(finding.source));
    }
    push_gauges(&mut text, plan);
    push_services(&mut text, plan);
    let _ = writeln!(text, "\n### Held against\n");
    for sentence in words::grounds(plan).into_iter().chain(words::older_guide(plan)) {
        let _ = writeln!(text, "- {}", plain(&sentence));
    }
    let _ = writeln!(text, "\n{}", plain(&words::cheapest(plan)));
    out.write_all(text.as_bytes())
}

fn push_gauges(text: &mut String, plan: &Plan) {
    let _ = writeln!(text, "\n### At most\n");
    push_row(text, &["where", "who", "at most", "fits"]);
    push_row(text, &["---"; 4]);
    for gauge in words::gauges(plan) {
        let fits = if gauge.is_over() { "**no**" } else { "yes" };
        push_row(text, &[&gauge.place, &plain(&gauge.who), &gauge.figures(), fits]);
    }
}

fn push_services(text: &mut String, plan: &Plan) {
    let _ = writeln!(text, "\n### Services\n");
    push_row(
        text,
        &["service", "endpoint", "sum", "at most", "may have", "fits", "largest pool", "pool so that all fits"],
    );
    push_row(text, &["---"; 8]);
    for planned in &plan.services {
        let suggested = planned.suggested_pool.map_or_else(|| "as it is".to_owned(), |pool| pool.to_string());
        push_row(
            text,
            &[
                &plain(&planned.service.name),
                planned.service.endpoint.as_str(),
                &plain(&planned.service.demand.to_string()),
                &planned.demand.to_string(),
                &planned.limit.to_string(),
                if planned.fits { "yes" } else { "**no**" },
                &planned.largest_pool.to_string(),
                &suggested,
            ],
        );
    }
}
