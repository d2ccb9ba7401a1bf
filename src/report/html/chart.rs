//! Charts as inline SVG, without script.

use std::fmt::Write as _;

use super::page::text;

/// Width of the drawing area in SVG units; the page scales it.
const WIDTH: f64 = 900.0;
/// How many colours there are; further parts share the last one.
pub(super) const COLORS: usize = 7;

/// One part of a bar.
pub struct Part {
    /// What it is.
    pub name: String,
    /// How much.
    pub amount: f64,
}

/// A bar of parts against a limit, with a mark at `mark` (for example 70 % of the limit) and a legend below it.
pub fn bar(parts: &[Part], limit: f64, mark: Option<(f64, &str)>, unit: &str) -> String {
    let total: f64 = parts.iter().map(|part| part.amount).sum();
    let scale = WIDTH / limit.max(total).max(1.0);
    let mut svg = format!(
        "<div class=\"scroll\"><svg viewBox=\"0 0 {WIDTH} 62\" role=\"img\" aria-label=\"{total:.0} of {limit:.0} {}\">",
        text(unit)
    );
    let _ = write!(
        svg,
        "<rect x=\"0\" y=\"20\" width=\"{WIDTH}\" height=\"26\" rx=\"3\" fill=\"var(--card)\" stroke=\"var(--line)\"/>"
    );
    let mut x = 0.0;
    for (index, part) in parts.iter().enumerate() {
        let width = part.amount * scale;
        let _ = write!(
            svg,
            "<rect x=\"{x:.1}\" y=\"20\" width=\"{width:.1}\" height=\"26\" fill=\"var(--c{})\"><title>{}: {:.0}</title></rect>",
            index.min(COLORS - 1),
            text(&part.name),
            part.amount
        );
        // Not by colour alone: the legend has the parts in the same order, and the number is in the part where it fits.
        if width >= 30.0 {
            let middle = x + width / 2.0;
            let _ = write!(
                svg,
                "<text x=\"{middle:.1}\" y=\"37\" text-anchor=\"middle\" class=\"on\">{:.0}</text>",
                part.amount
            );
        }
        x += width;
    }
    let mut line = |at: f64, label: &str, anchor: &str, class: &str| {
        let x = (at * scale).min(WIDTH - 1.0);
        let _ = write!(
            svg,
            "<line x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"16\" y2=\"50\" class=\"{class}\"/><text x=\"{x:.1}\" y=\"12\" text-anchor=\"{anchor}\" class=\"faint\">{}</text>",
            text(label)
        );
    };
    if let Some((at, label)) = mark {
        line(at, label, "middle", "limit");
    }
    line(limit, &format!("{limit:.0}"), "end", "grid");
    svg.push_str("</svg></div>\n<ul class=\"legend\">");
    for (index, part) in parts.iter().enumerate() {
        let color = index.min(COLORS - 1);
        let _ =
            write!(svg, "<li><i style=\"background:var(--c{color})\"></i>{} {:.0}</li>", text(&part.name), part.amount);
    }
    let _ = write!(svg, "<li class=\"faint\">{:.0} free</li></ul>", (limit - total).max(0.0));
    svg
}

/// One bar of so much of so much, with its caption and its figures as text beside it.
pub fn gauge(caption: &str, used: f64, limit: f64, figures: &str) -> String {
    let top = used.max(limit).max(1.0);
    let (width, end) = (used / top * WIDTH, limit / top * WIDTH);
    let color = if used > limit { "bad" } else { "c0" };
    let mark = if used > limit {
        format!("<line x1=\"{end:.1}\" x2=\"{end:.1}\" y1=\"0\" y2=\"18\" class=\"edge\"/>")
    } else {
        String::new()
    };
    format!(
        "<div class=\"gauge\"><p><span>{}</span> <strong{}>{}</strong></p><svg viewBox=\"0 0 {WIDTH} 18\" \
         preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect width=\"{WIDTH}\" height=\"18\" class=\"track\"/>\
         <rect width=\"{width:.1}\" height=\"18\" fill=\"var(--{color})\"/>{mark}</svg></div>",
        text(caption),
        if used > limit { " class=\"bad\"" } else { "" },
        text(figures)
    )
}

/// One row of a histogram: its border, and the counts of both.
pub struct Pair {
    /// The border.
    pub name: String,
    /// The counts, one for each name.
    pub amounts: [u64; 2],
}

/// Counts side by side, as many as there are names; each count stands as a number, too.
pub fn histogram(title: &str, names: &[&str], rows: &[Pair]) -> String {
    #[expect(clippy::cast_precision_loss, reason = "counts of requests are far below 2^52")]
    let real = |amount: u64| amount as f64;
    let most = rows.iter().flat_map(|row| row.amounts).max().unwrap_or(0).max(1);
    let mut markup =
        format!("<table class=\"bars\"><caption class=\"hidden\">{}</caption><thead><tr><th></th>", text(title));
    for name in names {
        let _ = write!(markup, "<th>{}</th>", text(name));
    }
    markup.push_str("</tr></thead><tbody>\n");
    for row in rows {
        let _ = write!(markup, "<tr><td>{}</td>", text(&row.name));
        for (color, amount) in row.amounts.iter().enumerate().take(names.len()) {
            let percent = real(*amount) / real(most) * 100.0;
            let _ = write!(
                markup,
                "<td><span class=\"track\"><span style=\"width:{percent:.1}%;background:var(--c{color})\"></span></span> {amount}</td>"
            );
        }
        markup.push_str("</tr>\n");
    }
    markup.push_str("</tbody></table>");
    markup
}

/// One step of a waterfall, in milliseconds.
pub struct Step {
    /// What was done, and on which line.
    pub name: String,
    /// When it began.
    pub start_ms: f64,
    /// How long it took.
    pub took_ms: f64,
    /// Which colour: steps of one connection share it.
    pub group: usize,
}

/// Steps one below the other, each where it stood in time.
pub fn waterfall(steps: &[Step]) -> String {
    const ROW: f64 = 18.0;
    const NAMES: f64 = 260.0;
    let end = steps.iter().map(|step| step.start_ms + step.took_ms).fold(1.0, f64::max);
    let scale = (WIDTH - NAMES - 70.0) / end;
    #[expect(clippy::cast_precision_loss, reason = "a few hundred steps at the most")]
    let row = |index: usize| index as f64 * ROW;
    let height = row(steps.len()) + 6.0;
    let mut svg = format!(
        "<div class=\"scroll\"><svg viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"steps over {end:.0} ms\">"
    );
    for (index, step) in steps.iter().enumerate() {
        let y = row(index);
        let x = NAMES + step.start_ms * scale;
        let width = (step.took_ms * scale).max(1.0);
        let _ = write!(
            svg,
            "<text x=\"0\" y=\"{:.1}\">{}</text><rect x=\"{x:.1}\" y=\"{:.1}\" width=\"{width:.1}\" height=\"12\" rx=\"2\" fill=\"var(--c{})\"/><text x=\"{:.1}\" y=\"{:.1}\" class=\"faint\">{:.0} ms</text>",
            y + 13.0,
            text(&step.name),
            y + 3.0,
            step.group.min(COLORS - 1),
            x + width + 5.0,
            y + 13.0,
            step.took_ms
        );
    }
    svg.push_str("</svg></div>");
    svg
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_that_is_over_its_limit_stays_inside_the_drawing() {
        let parts = [Part { name: "<a>".to_owned(), amount: 30.0 }, Part { name: "b".to_owned(), amount: 30.0 }];
        let svg = bar(&parts, 40.0, Some((28.0, "70 %")), "connections");
        assert!(svg.contains("&lt;a&gt;") && !svg.contains("<a>"));
        assert!(svg.contains("width=\"450.0\"") && svg.contains("x=\"450.0\""));
        assert!(svg.contains("0 free"));
    }

    #[test]
    fn nothing_draws_nothing() {
        assert!(bar(&[], 0.0, None, "connections").contains("0 free"));
        assert!(waterfall(&[]).contains("<svg"));
    }
}
