//! `tenant-banned`: the platform has banned the project from the pooler.

use super::prelude::*;
use crate::probe::Refusal;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "tenant-banned",
    severity: Severity::Error,
    group: Group::Probe,
    what: "The platform has banned the project from the pooler.",
    why: "`(EBANNED) tenant is banned`: a decision of the platform, for example over quota or abuse. No setting of yours changes it.",
    fix: "Look at the dashboard's messages for this project and write to support.",
    sources: &["Measured against Supavisor 2.9.7, November 2026", "Supavisor source, errors, August 2026"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    subject.refused(&[Refusal::TenantBanned]).map(|failure| rule.finding(&failure.message))
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn it_fires() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .refused(Refusal::TenantBanned)
            .fires(RULE.id);
    }

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .silent(RULE.id);
    }
}
