//! The session-state matrix as a table.

use super::style::Style;
use super::table::Rows;
use crate::probe::ProbeReport;
use crate::report::facts;

pub(super) fn push(text: &mut String, probe: &ProbeReport, style: &Style) {
    let facts = facts::session_state_rows(probe);
    if facts.is_empty() {
        return;
    }
    style.push_title(text, "Session state");
    let mut rows = Rows::new(style, &["feature", "verdict", "how it is known"]);
    for fact in &facts {
        rows.push([&fact.what, &fact.value, &fact.how]);
    }
    rows.finish(text);
}
