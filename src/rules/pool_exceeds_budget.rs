//! `pool-exceeds-budget`: the pools together may take more of `max_connections` than is advised.

use super::pool_exceeds_max_connections::backends;
use super::prelude::*;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "pool-exceeds-budget",
    severity: Severity::Warning,
    group: Group::Stack,
    what: "The pools together may take more of `max_connections` than is advised.",
    why: "Auth, Storage, the Data API and Supabase's own services share the same slots. The rule of thumb is 40 % for the pooler with a busy Data API and 80 % without.",
    fix: "Stay below 40 % of max_connections, or below 80 % when the project does not use the Data API.",
    sources: &["Supabase documentation, Connection management, 2026"],
    check: Check::Several(check),
};

fn check(rule: &Rule, subjects: &[Subject<'_>]) -> Vec<(usize, Finding)> {
    let Some(first) = subjects.first() else { return Vec::new() };
    let tiers = crate::knowledge::tiers();
    let Some(tier) = first.said().tier.as_deref().and_then(|id| tiers.find(id)) else { return Vec::new() };
    let (Some(low), Some(high)) = (tier.data_api_budget, tier.max_budget) else { return Vec::new() };
    let budget = |asked: u32| {
        if asked > high {
            Some(format!("more than 80 % of max_connections ({high})"))
        } else if asked > low {
            Some(format!("more than 40 % of max_connections ({low}), which is too much beside a busy Data API"))
        } else {
            None
        }
    };
    if let Some((at, asked, slots, _)) = backends(subjects) {
        let over = budget(asked).filter(|_| asked <= slots);
        if let Some(over) = over {
            return vec![(
                at,
                rule.finding(format!("The settings of this run may ask for {asked} server connections: {over}.")),
            )];
        }
    }
    let pooled = subjects.iter().position(|subject| subject.kind().is_shared() || subject.kind() == Kind::Dedicated);
    let size = first.said().pool_size;
    let Some((at, size)) = pooled.zip(size) else { return Vec::new() };
    budget(size).map(|over| (at, rule.finding(format!("A pool of {size} is {over}.")))).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::target::Neighbours;

    #[test]
    fn a_pool_beyond_the_budget_is_told() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .tier("medium")
            .pool_size(80)
            .fires(RULE.id);
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .tier("medium")
            .pool_size(40)
            .silent(RULE.id);
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .tier("medium")
            .silent(RULE.id);
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .pool_size(80)
            .silent(RULE.id);
    }

    #[test]
    fn what_the_applications_ask_for_counts_too() {
        let pool =
            |size| Neighbours { pool_size: Some(size), max_overflow: Some(0), workers: Some(4), ..Default::default() };
        scene("postgresql://postgres:pw@db.abcdefghijklmnopqrst.supabase.co:5432/postgres")
            .beside(pool(10))
            .tier("micro")
            .fires(RULE.id);
        scene("postgresql://postgres:pw@db.abcdefghijklmnopqrst.supabase.co:5432/postgres")
            .beside(pool(5))
            .tier("micro")
            .silent(RULE.id);
    }
}
