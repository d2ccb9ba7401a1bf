//! Who holds the connections, and how many are left.

use super::style::Style;
use super::table::Rows;
use crate::probe::ProbeReport;
use crate::report::facts;

pub(super) fn push(text: &mut String, probe: &ProbeReport, style: &Style) {
    let part = &probe.headroom;
    let Some(headroom) = &part.value else { return };
    style.push_title(text, "Connections");
    for sentence in facts::headroom_sentences(headroom) {
        style.push_wrapped(text, "", 0, &sentence);
    }
    if let Some(reason) = &part.reason {
        style.push_wrapped(text, "", 0, &format!("{}: {reason}", part.status.as_str()));
    }
    let mut rows = Rows::new(style, &["service", "role", "connections"]);
    for user in &headroom.by_service {
        rows.push([&user.service, &user.role, &user.connections.to_string()]);
    }
    rows.finish(text);
}
