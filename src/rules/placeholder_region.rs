//! `placeholder-region`: the pooler's host still holds a placeholder for cloud, cluster number or region.

use super::prelude::*;
use crate::endpoint::placeholder::is_reference;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "placeholder-region",
    severity: Severity::Error,
    group: Group::Setting,
    what: "The pooler's host still holds a placeholder for cloud, cluster number or region.",
    why: "The host cannot be composed by hand: one region has several clusters, and a project lives on one of them.",
    fix: "Copy the whole host from the dashboard's Connect dialog.",
    sources: &["Supabase documentation, Tenant or user not found, September 2026"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let host = subject.host_field()?;
    let Shape::Pooler { open: true, .. } = shape(&host.value) else { return None };
    (!is_reference(&host.value))
        .then(|| rule.finding(format!("`{}` is a template of a pooler's host.", host.value)).at(host.span.clone()))
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn it_fires() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-[REGION].pooler.supabase.com:6543/postgres")
            .fires(RULE.id);
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-your-region.pooler.supabase.com:6543/postgres")
            .fires(RULE.id);
    }

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .silent(RULE.id);
    }
}
