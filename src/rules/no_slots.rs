//! `no-slots`: the database has no connection slot free.

use super::prelude::*;
use crate::probe::Refusal;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "no-slots",
    severity: Severity::Error,
    group: Group::Probe,
    what: "The database has no connection slot free.",
    why: "max_connections less the reserved ones are all taken: by pools on the direct host, by both poolers, and by Supabase's own services.",
    fix: "Close what is not needed (`select usename, application_name, count(*) from pg_stat_activity group by 1, 2`), connect through the pooler, keep its pool size within 40 % of max_connections (80 % without the Data API).",
    sources: &[
        "PostgreSQL 15 documentation, section 20.3.1 (max_connections)",
        "Supabase documentation, Connection management, 2026",
    ],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    subject.refused(&[Refusal::NoSlots]).map(|failure| rule.finding(&failure.message))
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn it_fires() {
        scene("postgresql://postgres:pw@db.abcdefghijklmnopqrst.supabase.co:5432/postgres")
            .refused(Refusal::NoSlots)
            .fires(RULE.id);
    }

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres:pw@db.abcdefghijklmnopqrst.supabase.co:5432/postgres").silent(RULE.id);
    }
}
