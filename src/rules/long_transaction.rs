//! `long-transaction`: a transaction has been open for five minutes or more.

use super::prelude::*;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "long-transaction",
    severity: Severity::Warning,
    group: Group::Probe,
    what: "A transaction has been open for five minutes or more.",
    why: "It holds back vacuum and may hold locks that a migration waits for.",
    fix: "Look at it in pg_stat_activity (`order by xact_start`); split the work, or end it.",
    sources: &["Supabase CLI, inspect db long-running-queries (its line is 5 minutes), June 2026"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let headroom = subject.probe?.headroom.value.as_ref()?;
    let line_s = f64::from(subject.context.thresholds.transaction_s);
    let seconds = headroom.oldest_transaction_s.filter(|seconds| *seconds >= line_s)?;
    // The same transaction, already told by `idle-in-transaction`.
    let idle = headroom.oldest_idle_in_transaction_s.is_some_and(|idle| idle >= line_s);
    (!idle).then(|| rule.finding(format!("The oldest transaction has been open for {seconds:.0} s.")))
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
    fn five_minutes_are_the_line() {
        let with = |seconds| {
            scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
                .probed(|probe| {
                    let mut headroom = headroom(10, None);
                    headroom.oldest_transaction_s = Some(seconds);
                    probe.headroom = Part::measured(headroom, None);
                })
        };
        with(301.0).fires(RULE.id);
        with(299.0).silent(RULE.id);
    }
}
