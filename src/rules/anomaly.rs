//! What the readers note on the level of characters becomes a finding of the rule of the same name.

use super::{Finding, Rule, Subject};
use crate::conninfo::AnomalyKind;

/// One finding for the first anomaly of this kind, with the repaired setting when there is one.
pub(super) fn finding(rule: &Rule, subject: &Subject<'_>, kind: AnomalyKind, message: &str) -> Option<Finding> {
    let anomaly = subject.reading.anomalies.iter().find(|anomaly| anomaly.kind == kind)?;
    Some(rule.finding(message).at(anomaly.span.clone()).with_repaired(subject.reading.repaired.clone()))
}
