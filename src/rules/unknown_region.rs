//! `unknown-region`: the region in the pooler's host is not in the list.

use super::prelude::*;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "unknown-region",
    severity: Severity::Warning,
    group: Group::Setting,
    what: "The region in the pooler's host is not in the list.",
    why: "It may be new, or misspelt; a misspelt host does not resolve.",
    fix: "Compare the host with the dashboard's Connect dialog.",
    sources: &[
        "Supabase documentation, Available regions, 2026",
        "Supabase CLI source, internal/utils/profile.go, June 2026",
    ],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let region = subject.endpoint.region.as_deref()?;
    (!crate::knowledge::endpoints().is_region(region)).then(|| {
        rule.finding(format!("`{region}` is not a region that supascope knows."))
            .at(subject.host_field().and_then(|host| host.span.clone()))
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn it_fires() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-west-9.pooler.supabase.com:5432/postgres")
            .fires(RULE.id);
    }

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .silent(RULE.id);
    }
}
