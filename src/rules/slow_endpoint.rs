//! `slow-endpoint`: a trivial query takes 200 ms or more.

use super::prelude::*;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "slow-endpoint",
    severity: Severity::Warning,
    group: Group::Probe,
    what: "A trivial query takes 200 ms or more.",
    why: "Every query pays that round trip, and holds a server connection for as long. Most often the application runs in another region than the database; else the database is overloaded.",
    fix: "Run the application in the project's region. If it does, look at CPU and disk in Dashboard, Reports.",
    sources: &["Measured in this run"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let latency = subject.probe?.latency.value.as_ref()?;
    let line_ms = f64::from(subject.context.thresholds.query_ms);
    let median = latency.query_median_ms.filter(|median| *median >= line_ms)?;
    let region =
        subject.endpoint.region.as_deref().map(|region| format!(" The pooler is in {region}.")).unwrap_or_default();
    Some(rule.finding(format!(
        "A trivial query takes {median:.0} ms (median), {:.0} ms of it for the way there and back.{region}",
        latency.tcp_ms.min(median)
    )))
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
    fn two_hundred_milliseconds_are_the_line() {
        let with = |median| {
            scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
                .probed(|probe| probe.latency = Part::measured(latency(median), None))
        };
        with(250.0).fires(RULE.id);
        with(40.0).silent(RULE.id);
    }
}
