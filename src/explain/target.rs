//! What an error means at one endpoint.

use super::{Explanation, Match};
use crate::knowledge::EndpointKind;

/// The endpoint that the question is about.
#[derive(Debug, Clone)]
pub struct AboutTarget {
    /// The setting, masked.
    pub setting: String,
    /// Which door it knocks on.
    pub kind: EndpointKind,
}

impl Explanation {
    /// Adds to each match what it means at this endpoint.
    pub fn set_target(&mut self, target: AboutTarget) {
        for found in &mut self.matches {
            found.remark = remark(found, target.kind);
        }
        self.target = Some(target);
    }
}

fn remark(found: &Match, kind: EndpointKind) -> Option<String> {
    let decided = !matches!(kind, EndpointKind::Other | EndpointKind::Ambiguous);
    let met_at = &found.family.met_at;
    if decided && !met_at.is_empty() && !met_at.iter().any(|met| met == kind.as_str()) {
        return Some(format!(
            "This text comes from {}, and this setting does not lead there: the application that logged it connects \
             with another setting.",
            found.family.speaker
        ));
    }
    found.cause.at.get(kind.as_str()).cloned()
}
