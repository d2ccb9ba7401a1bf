//! A plan for people: the verdict, what is wrong, a bar for each limit, the services, and what it was held against.

use std::cmp::Reverse;
use std::fmt::Write as _;
use std::io::{self, Write};

use super::style::{Style, Tone};
use super::table::Rows;
use super::{Detail, Look};
use crate::capacity::{Fullness, Plan, PlanFinding, Verdict};
use crate::report::escape::escape;
use crate::report::plan::{self as words, Gauge, PlanReport};

/// The most bars that are drawn.
const MAX_GAUGES: usize = 20;
/// Cells of a bar.
const MAX_BAR_CELLS: usize = 24;
/// Cells of a bar where there is little room.
const MIN_BAR_CELLS: usize = 10;
/// Letters of the name beside a bar where there is little room.
const MIN_WHO_CHARS: usize = 8;

/// Writes the plan for people.
pub fn write(report: &PlanReport<'_>, look: &Look, out: &mut dyn Write) -> io::Result<()> {
    let style = Style::new(look);
    let plan = report.plan;
    let mut text = String::new();
    push_verdict(&mut text, plan, &style);
    for finding in &plan.findings {
        push_finding(&mut text, finding, &style);
    }
    if style.detail() != Detail::Quiet {
        push_gauges(&mut text, plan, &style);
        push_services(&mut text, plan, &style);
        push_grounds(&mut text, plan, &style);
    }
    out.write_all(text.as_bytes())
}

fn push_verdict(text: &mut String, plan: &Plan, style: &Style) {
    let tone = match plan.totals.verdict {
        Verdict::Fits => Tone::Good,
        Verdict::Tight => Tone::Doubtful,
        Verdict::Exceeds => Tone::Bad,
    };
    let label = format!("{} ", style.sign(tone));
    style.push_wrapped(text, &label, 2, &words::verdict(plan));
}

fn push_finding(text: &mut String, finding: &PlanFinding, style: &Style) {
    let severity = words::severity(finding);
    let label = style.paint(severity.into(), &format!("{}[{}]", severity.as_str(), finding.rule));
    let _ = writeln!(text, "\n{label}");
    style.push_wrapped(text, "  ", 2, &finding.message);
    style.push_wrapped(text, &style.paint(Tone::Good, "  fix: "), 7, &finding.fix);
    style.push_wrapped(text, &style.paint(Tone::Faint, "  source: "), 10, finding.source);
}

fn push_gauges(text: &mut String, plan: &Plan, style: &Style) {
    style.push_title(text, "At most");
    let gauges = words::gauges(plan);
    let hidden = gauges.len().saturating_sub(MAX_GAUGES);
    let shown = fullest(&gauges);
    let longest = |of: &dyn Fn(&Gauge) -> usize| shown.iter().map(|gauge| of(gauge)).max().unwrap_or(0);
    let places = longest(&|gauge| gauge.place.len());
    let figures = longest(&|gauge| gauge.figures().chars().count());
    // Margin, the gaps between the columns, and the ends of the bar.
    let room = style.width().saturating_sub(2 + places + 2 + 2 + 2 + 2 + figures);
    let names =
        longest(&|gauge| escape(&gauge.who).chars().count()).min(room.saturating_sub(MIN_BAR_CELLS)).max(MIN_WHO_CHARS);
    let cells = room.saturating_sub(names).clamp(MIN_BAR_CELLS, MAX_BAR_CELLS);
    for gauge in &shown {
        let who = shortened(&gauge.who, names);
        let bar = bar(gauge, cells, style);
        let _ = writeln!(text, "  {:places$}  {who:names$}  {bar}  {}", gauge.place, gauge.figures());
    }
    if hidden > 0 {
        let _ = writeln!(text, "  and {hidden} more; --format json has all");
    }
}

/// As many bars as are drawn, the fullest, in their order. The database stands last, and is always among them.
fn fullest(gauges: &[Gauge]) -> Vec<&Gauge> {
    let Some((database, pools)) = gauges.split_last() else { return Vec::new() };
    let mut order: Vec<usize> = (0..pools.len()).collect();
    order.sort_by_key(|index| Reverse(pools[*index].percent()));
    order.truncate(MAX_GAUGES - 1);
    order.sort_unstable();
    order.into_iter().map(|index| &pools[index]).chain([database]).collect()
}

fn shortened(who: &str, most: usize) -> String {
    let who = escape(who);
    if who.chars().count() <= most {
        return who.into_owned();
    }
    let kept: String = who.chars().take(most.saturating_sub(2)).collect();
    format!("{kept}..")
}

fn bar(gauge: &Gauge, cells: usize, style: &Style) -> String {
    let share = gauge.percent().unwrap_or(if gauge.used > 0 { 100 } else { 0 }).min(100) as usize;
    // Something that is there is seen, however little it is.
    let filled = (share * cells / 100).max(usize::from(gauge.used > 0));
    let (full_cell, empty_cell, open, close) =
        if style.unicode() { ("█", "░", "", "") } else { ("#", ".", "[", "]") };
    let tone = match gauge.fullness() {
        _ if gauge.is_over() => Tone::Bad,
        Fullness::Critical => Tone::Doubtful,
        _ => Tone::Good,
    };
    let shown = style.paint(tone, &full_cell.repeat(filled));
    format!("{open}{shown}{}{close}", empty_cell.repeat(cells - filled))
}

fn push_services(text: &mut String, plan: &Plan, style: &Style) {
    style.push_title(text, "Services");
    let suggests = plan.services.iter().any(|planned| planned.suggested_pool.is_some());
    let header = ["service", "at most", "endpoint", "may have", "fits", "largest pool"];
    let header: Vec<&str> = header.into_iter().chain(suggests.then_some("pool so that all fits")).collect();
    let mut rows = Rows::new(style, &header);
    for planned in &plan.services {
        let service = &planned.service;
        let sum = service.demand.to_string();
        let total = planned.demand.to_string();
        let demand = if sum == total { total } else { format!("{sum} = {total}") };
        let limit = planned.limit.to_string();
        let largest = planned.largest_pool.to_string();
        let fits = if planned.fits { "yes" } else { "no" };
        let cells = [service.name.as_str(), &demand, service.endpoint.as_str(), &limit, fits, &largest];
        if suggests {
            let suggested = planned.suggested_pool.map_or_else(|| "as it is".to_owned(), |pool| pool.to_string());
            let [name, demand, endpoint, limit, fits, largest] = cells;
            rows.push([name, demand, endpoint, limit, fits, largest, &suggested]);
        } else {
            rows.push(cells);
        }
    }
    rows.finish(text);
    style.push_wrapped(
        text,
        "",
        0,
        "\"may have\" and \"largest pool\" (pool and overflow of one engine together) hold while the other services stay as they are.",
    );
}

fn push_grounds(text: &mut String, plan: &Plan, style: &Style) {
    style.push_title(text, "Held against");
    for sentence in words::grounds(plan).into_iter().chain(words::older_guide(plan)) {
        style.push_wrapped(text, "  ", 2, &sentence);
    }
    text.push('\n');
    style.push_wrapped(text, "", 0, &words::cheapest(plan));
}
