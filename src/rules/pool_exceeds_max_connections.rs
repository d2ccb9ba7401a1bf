//! `pool-exceeds-max-connections`: the pools together may ask for more connections than the database has.

use super::demand;
use super::prelude::*;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "pool-exceeds-max-connections",
    severity: Severity::Error,
    group: Group::Stack,
    what: "The pools together may ask for more connections than the database has.",
    why: "Beyond max_connections less the reserved slots the database refuses everybody: `sorry, too many clients already`.",
    fix: "Make the pools smaller, or go through the transaction pooler, where many clients share few server connections.",
    sources: &[
        "Supabase documentation, Compute and disk, 2026",
        "PostgreSQL 15 documentation, section 20.3.1 (max_connections)",
    ],
    check: Check::Several(check),
};

fn check(rule: &Rule, subjects: &[Subject<'_>]) -> Vec<(usize, Finding)> {
    let Some((at, asked, slots, tier)) = backends(subjects) else { return Vec::new() };
    if asked <= slots {
        return Vec::new();
    }
    vec![(
        at,
        rule.finding(format!(
            "The settings of this run may ask for {asked} server connections; {tier} has {slots} for ordinary roles."
        )),
    )]
}

/// The first setting that asks, how many server connections all ask for, and how many the tier has.
pub(super) fn backends<'a>(subjects: &[Subject<'a>]) -> Option<(usize, u32, u32, &'a str)> {
    let tier_id = subjects.first()?.said().tier.as_deref()?;
    let tiers = crate::knowledge::tiers();
    let slots = tiers.find(tier_id)?.max_connections?.saturating_sub(tiers.reserved.total());
    let doors = demand::doors(subjects);
    let first = doors.first()?.first;
    let asked = doors.iter().fold(0_u32, |sum, door| {
        let through_a_pool = door.total.min(subjects[door.first].pool_size().size);
        sum.saturating_add(if door.mode == Mode::Direct { door.total } else { through_a_pool })
    });
    Some((first, asked, slots, tier_id))
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::target::Neighbours;

    #[test]
    fn direct_pools_beyond_the_slots_are_an_error() {
        let pool =
            |size| Neighbours { pool_size: Some(size), max_overflow: Some(0), workers: Some(4), ..Default::default() };
        scene("postgresql://postgres:pw@db.abcdefghijklmnopqrst.supabase.co:5432/postgres")
            .beside(pool(20))
            .tier("micro")
            .fires(RULE.id);
        scene("postgresql://postgres:pw@db.abcdefghijklmnopqrst.supabase.co:5432/postgres")
            .beside(pool(10))
            .tier("micro")
            .silent(RULE.id);
        scene("postgresql://postgres:pw@db.abcdefghijklmnopqrst.supabase.co:5432/postgres")
            .beside(pool(20))
            .silent(RULE.id);
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres")
            .beside(pool(20))
            .tier("micro")
            .silent(RULE.id);
    }
}
