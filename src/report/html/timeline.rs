//! Charts over time as inline SVG: what is taken, stacked, against a limit.

use std::fmt::Write as _;

use super::chart::COLORS;
use super::page::text;
use crate::explain::show_time;

const WIDTH: f64 = 900.0;
const LEFT: f64 = 40.0;
const RIGHT: f64 = 40.0;
const TOP: f64 = 16.0;
const BOTTOM: f64 = 200.0;
const HEIGHT: f64 = 224.0;
/// How wide a point is drawn that stands alone.
const ALONE: f64 = 3.0;

/// One moment: the amounts of each series, or that nothing answered.
pub struct Moment {
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// One amount for each series; `None` when nothing answered.
    pub amounts: Option<Vec<f64>>,
}

/// What is drawn.
pub struct Timeline<'a> {
    /// What the chart shows, for who cannot see it.
    pub title: &'a str,
    /// The names of the series, from the bottom to the top.
    pub names: &'a [String],
    /// The moments, in order.
    pub moments: &'a [Moment],
    /// Lines across, with their labels.
    pub lines: &'a [(f64, String)],
}

impl Timeline<'_> {
    /// The drawing and its legend.
    pub fn draw(&self) -> String {
        let (Some(first), Some(last)) = (self.moments.first(), self.moments.last()) else { return String::new() };
        let sums = self.moments.iter().filter_map(|moment| Some(moment.amounts.as_ref()?.iter().sum::<f64>()));
        let highest = sums.fold(0.0, f64::max);
        let top = self.lines.iter().map(|(at, _)| *at).fold(highest, f64::max).max(1.0);
        let scale =
            Scale { start_ms: first.at_ms, span_ms: real(last.at_ms.saturating_sub(first.at_ms)).max(1.0), top };
        let mut svg = format!(
            "<div class=\"scroll\"><svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{}\"><desc>{}</desc>",
            text(self.title),
            text(&self.description(highest))
        );
        self.push_gaps(&mut svg, &scale);
        for index in (0..self.names.len()).rev() {
            self.push_area(&mut svg, index, &scale);
        }
        self.push_lines(&mut svg, &scale);
        push_times(&mut svg, &scale);
        svg.push_str("</svg></div>\n");
        self.push_legend(&mut svg);
        svg
    }

    fn description(&self, highest: f64) -> String {
        let unanswered = self.moments.iter().filter(|moment| moment.amounts.is_none()).count();
        let gap = if unanswered > 0 { format!(" Nothing answered at {unanswered} of these.") } else { String::new() };
        format!("{} moments, at most {highest:.0}.{gap}", self.moments.len())
    }

    /// Where nothing answered.
    fn push_gaps(&self, svg: &mut String, scale: &Scale) {
        for (index, moment) in self.moments.iter().enumerate().filter(|(_, moment)| moment.amounts.is_none()) {
            let before = index.checked_sub(1).map_or(moment.at_ms, |before| self.moments[before].at_ms);
            let after = self.moments.get(index + 1).map_or(moment.at_ms, |after| after.at_ms);
            let (x, end) = (scale.x(before), scale.x(after));
            let _ = write!(
                svg,
                "<rect x=\"{x:.1}\" y=\"{TOP}\" width=\"{:.1}\" height=\"{:.1}\" class=\"gap\"/>",
                (end - x).max(ALONE),
                BOTTOM - TOP
            );
        }
    }

    /// One series, on top of those below it; each run of moments that were answered is one shape.
    fn push_area(&self, svg: &mut String, index: usize, scale: &Scale) {
        for run in self.moments.split(|moment| moment.amounts.is_none()).filter(|run| !run.is_empty()) {
            let edge = |moment: &Moment, upto: usize| {
                let sum = moment.amounts.iter().flatten().take(upto).sum::<f64>();
                (scale.x(moment.at_ms), scale.y(sum))
            };
            let mut outline: Vec<(f64, f64)> = run.iter().map(|moment| edge(moment, index + 1)).collect();
            outline.extend(run.iter().rev().map(|moment| edge(moment, index)));
            if let [above, below] = outline[..] {
                // A moment alone has no width of its own.
                outline = vec![above, (above.0 + ALONE, above.1), (below.0 + ALONE, below.1), below];
            }
            let points: Vec<String> = outline.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
            let color = index.min(COLORS - 1);
            let name = text(&self.names[index]);
            let _ = write!(
                svg,
                "<polygon points=\"{}\" fill=\"var(--c{color})\" class=\"area\"><title>{name}</title></polygon>",
                points.join(" ")
            );
        }
    }

    fn push_lines(&self, svg: &mut String, scale: &Scale) {
        let _ = write!(svg, "<text x=\"0\" y=\"{:.1}\" class=\"faint\">0</text>", BOTTOM + 4.0);
        let end = WIDTH - RIGHT;
        let _ = write!(svg, "<line x1=\"{LEFT}\" x2=\"{end}\" y1=\"{BOTTOM}\" y2=\"{BOTTOM}\" class=\"grid\"/>");
        for (at, label) in self.lines {
            let y = scale.y(*at);
            let _ = write!(
                svg,
                "<line x1=\"{LEFT}\" x2=\"{end}\" y1=\"{y:.1}\" y2=\"{y:.1}\" class=\"limit\"/>\
                 <text x=\"0\" y=\"{:.1}\" class=\"faint\">{at:.0}</text><text x=\"{:.1}\" y=\"{:.1}\" class=\"faint\">{}</text>",
                y + 4.0,
                end + 4.0,
                y + 4.0,
                text(label)
            );
        }
    }

    fn push_legend(&self, svg: &mut String) {
        svg.push_str("<ul class=\"legend\">");
        for (index, name) in self.names.iter().enumerate() {
            let color = index.min(COLORS - 1);
            let values = || self.moments.iter().filter_map(|moment| moment.amounts.as_ref()?.get(index).copied());
            let most = values().fold(0.0, f64::max);
            let last = values().next_back().unwrap_or(0.0);
            let _ = write!(
                svg,
                "<li><i style=\"background:var(--c{color})\"></i>{} {last:.0} <span class=\"faint\">(at most {most:.0})</span></li>",
                text(name)
            );
        }
        if self.moments.iter().any(|moment| moment.amounts.is_none()) {
            svg.push_str("<li><i class=\"gap\"></i>no answer</li>");
        }
        svg.push_str("</ul>");
    }
}

/// From times and amounts to places in the drawing.
struct Scale {
    start_ms: i64,
    span_ms: f64,
    top: f64,
}

impl Scale {
    fn x(&self, at_ms: i64) -> f64 {
        let part = real(at_ms.saturating_sub(self.start_ms)) / self.span_ms;
        LEFT + part.clamp(0.0, 1.0) * (WIDTH - LEFT - RIGHT)
    }

    fn y(&self, amount: f64) -> f64 {
        BOTTOM - amount / self.top * (BOTTOM - TOP)
    }
}

/// The time at both ends and between them.
fn push_times(svg: &mut String, scale: &Scale) {
    for (quarter, anchor) in [(0, "start"), (1, "middle"), (2, "middle"), (3, "middle"), (4, "end")] {
        #[expect(clippy::cast_possible_truncation, reason = "a part of a span that is an i64")]
        let at_ms = scale.start_ms.saturating_add((scale.span_ms * f64::from(quarter) / 4.0) as i64);
        let time = show_time(at_ms.div_euclid(1000));
        let time = time.get(11..).unwrap_or(&time);
        let x = LEFT + f64::from(quarter) / 4.0 * (WIDTH - LEFT - RIGHT);
        let _ = write!(
            svg,
            "<text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"{anchor}\" class=\"faint\">{}</text>",
            BOTTOM + 18.0,
            text(time)
        );
        if scale.span_ms < 4000.0 {
            // The quarters of less than four seconds would read alike.
            break;
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "times in milliseconds are far below 2^52")]
const fn real(ms: i64) -> f64 {
    ms as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draw(moments: &[Moment]) -> String {
        let names = ["idle".to_owned(), "<active>".to_owned()];
        Timeline { title: "\"t\"", names: &names, moments, lines: &[(60.0, "limit".to_owned())] }.draw()
    }

    fn answered(at_ms: i64, amounts: [f64; 2]) -> Moment {
        Moment { at_ms, amounts: Some(amounts.to_vec()) }
    }

    #[test]
    fn what_was_not_answered_is_a_gap_and_no_zero() {
        let gap = Moment { at_ms: 20_000, amounts: None };
        let svg = draw(&[answered(0, [10.0, 5.0]), answered(10_000, [20.0, 5.0]), gap, answered(30_000, [8.0, 0.0])]);
        assert_eq!(svg.matches("class=\"gap\"").count(), 2, "the gap and its entry in the legend: {svg}");
        assert_eq!(svg.matches("<polygon").count(), 4, "two runs of two series");
        assert!(svg.contains("idle 8 <span class=\"faint\">(at most 20)"), "{svg}");
        assert!(svg.contains("Nothing answered at 1 of these"), "{svg}");
    }

    #[test]
    fn names_and_titles_stay_text() {
        let svg = draw(&[answered(0, [1.0, 1.0])]);
        assert!(svg.contains("&lt;active&gt;") && !svg.contains("<active>") && svg.contains("&quot;t&quot;"));
    }

    #[test]
    fn one_moment_is_drawn_and_none_draws_nothing() {
        assert!(draw(&[answered(5, [1.0, 2.0])]).contains("<polygon"));
        assert_eq!(draw(&[]), "");
        let silent = draw(&[Moment { at_ms: 0, amounts: None }]);
        assert!(!silent.contains("<polygon") && silent.contains("no answer"));
    }
}
