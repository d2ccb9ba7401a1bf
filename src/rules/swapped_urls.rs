//! `swapped-urls`: the direct URL and the pooled URL stand in each other's place.

use super::family::Families;
use super::prelude::*;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "swapped-urls",
    severity: Severity::Error,
    group: Group::Several,
    what: "The direct URL and the pooled URL stand in each other's place.",
    why: "Migrations then run through the transaction pooler, where their locks and settings are lost, and the application holds direct connections.",
    fix: "Exchange the two values.",
    sources: &["Supabase documentation, Prisma, 2026"],
    check: Check::Several(check),
};

fn check(rule: &Rule, subjects: &[Subject<'_>]) -> Vec<(usize, Finding)> {
    let families = Families::of(subjects);
    let finding = |at: usize| {
        let twin = families.exchanged_with(at)?;
        let (mine, theirs) = (subjects[at].label(), twin.label());
        let message = format!("`{mine}` goes through the transaction pooler and `{theirs}` does not: they are exchanged.");
        Some((at, rule.finding(message)))
    };
    (0..subjects.len()).filter_map(finding).collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn exchanged_values_are_told_at_the_direct_one() {
        let url =
            scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
                .named("DATABASE_URL", ".env");
        let direct =
            scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres")
                .named("DIRECT_URL", ".env");
        let found = several(&[&url, &direct], RULE.id);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].0, 1);
    }

    #[test]
    fn the_right_way_round_is_silent() {
        let url =
            scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres")
                .named("DATABASE_URL", ".env");
        let direct =
            scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
                .named("DIRECT_URL", ".env");
        assert!(several(&[&url, &direct], RULE.id).is_empty());
    }
}
