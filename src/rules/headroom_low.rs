//! `headroom-low`: 70 % or more of the connections are in use.

use super::prelude::*;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "headroom-low",
    severity: Severity::Warning,
    group: Group::Probe,
    what: "70 % or more of the connections are in use.",
    why: "What is left must carry deploys (old and new processes side by side), retries and Supabase's own services.",
    fix: "Make application pools smaller, move short-lived processes to transaction mode, or choose a larger compute size.",
    sources: &["Measured in this run", "Supabase documentation, Connection management, 2026"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let headroom = subject.probe?.headroom.value.as_ref()?;
    let line = subject.context.thresholds.used_percent;
    let slots = Some(headroom.used_percent).filter(|percent| *percent >= line);
    let pool = headroom.pool.used_percent.filter(|percent| *percent >= line);
    let message = match (slots, pool) {
        (Some(percent), _) => format!(
            "{percent} % of the connection slots are in use; {} are free of {}.",
            headroom.free,
            headroom.max_connections.saturating_sub(headroom.reserved)
        ),
        (None, Some(percent)) => {
            format!("{percent} % of the pool's {} server connections are open.", headroom.pool.size.unwrap_or_default())
        }
        (None, None) => return None,
    };
    Some(rule.finding(message))
}

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
    fn seventy_percent_of_either_is_the_line() {
        let with = |slots, pool| {
            scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
                .probed(|probe| probe.headroom = Part::measured(headroom(slots, pool), None))
        };
        with(70, None).fires(RULE.id);
        with(10, Some(80)).fires(RULE.id);
        with(69, Some(69)).silent(RULE.id);
    }
}
