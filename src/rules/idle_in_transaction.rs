//! `idle-in-transaction`: a session holds a transaction open and does nothing.

use super::prelude::*;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "idle-in-transaction",
    severity: Severity::Warning,
    group: Group::Probe,
    what: "A session holds a transaction open and does nothing.",
    why: "It keeps its server connection, its locks and dead rows; in transaction mode a few of them stop everybody.",
    fix: "Commit or roll back before waiting for anything else; set `idle_in_transaction_session_timeout` for the role as a safety net.",
    sources: &["PostgreSQL 15 documentation, section 20.11.1 (idle_in_transaction_session_timeout)"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let headroom = subject.probe?.headroom.value.as_ref()?;
    let line_s = f64::from(subject.context.thresholds.idle_in_transaction_s);
    let seconds = headroom.oldest_idle_in_transaction_s.filter(|seconds| *seconds >= line_s)?;
    let count = headroom
        .by_state
        .iter()
        .filter(|(state, _)| state.starts_with("idle in transaction"))
        .map(|(_, count)| *count)
        .sum::<u32>()
        .max(1);
    let who = headroom
        .trouble
        .holders
        .iter()
        .filter(|holder| holder.idle_s.is_some())
        .max_by(|one, other| one.idle_s.partial_cmp(&other.idle_s).unwrap_or(std::cmp::Ordering::Equal))
        .map(|holder| format!(": pid {}, role `{}`, application `{}`", holder.pid, holder.role, holder.application))
        .unwrap_or_default();
    Some(rule.finding(format!("{count} session(s) idle in a transaction, the oldest for {seconds:.0} s{who}.")))
}

/// From here on it is no pause between two statements.
#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::probe::Part;

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .silent(RULE.id);
    }

    #[test]
    fn a_pause_between_statements_is_not_told() {
        let with = |seconds| {
            scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
                .probed(|probe| {
                    let mut headroom = headroom(10, None);
                    headroom.oldest_idle_in_transaction_s = Some(seconds);
                    probe.headroom = Part::measured(headroom, None);
                })
        };
        with(31.0).fires(RULE.id);
        with(1.0).silent(RULE.id);
    }
}
