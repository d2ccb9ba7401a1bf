//! What the verdict rests on, as one table.

use super::Detail;
use super::style::Style;
use super::table::Rows;
use crate::report::{TargetReport, facts};

pub(super) fn push(text: &mut String, target: &TargetReport, style: &Style) {
    let facts = facts::of(target, style.detail() == Detail::Verbose);
    if facts.is_empty() {
        return;
    }
    style.push_title(text, "Evidence");
    let mut rows = Rows::new(style, &["what", "value", "how it is known"]);
    for fact in &facts {
        rows.push([&fact.what, &fact.value, &fact.how]);
    }
    rows.finish(text);
}
