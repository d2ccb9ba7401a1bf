//! `tenant-not-found`: the pooler knows no such project.

use super::prelude::*;
use crate::endpoint::placeholder::is_placeholder_word;
use crate::probe::Refusal;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "tenant-not-found",
    severity: Severity::Error,
    group: Group::Probe,
    what: "The pooler knows no such project.",
    why: "A project lives on one cluster; another cluster of the same region answers `(ENOTFOUND) tenant/user ... not found` (`Tenant or user not found` in older versions) whatever the password is. A paused or deleted project answers the same.",
    fix: "Copy host and user from the dashboard's Connect dialog: the number in `aws-0-` differs from project to project. Look whether the project is active. The password is not the cause.",
    sources: &[
        "Measured against Supavisor 2.8.8, 2.9.7 and 2.9.10, November 2026",
        "Supabase documentation, Tenant or user not found, September 2026",
    ],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let missing = subject.endpoint.pooler != Pooler::Supavisor;
    let failure = subject
        .refused(&[Refusal::TenantNotFound])
        .or_else(|| subject.refused(&[Refusal::TenantMissing]).filter(|_| missing));
    let told = subject.tenant().is_some_and(|split| is_placeholder_word(split.tenant));
    let failure = failure.filter(|_| !told)?;
    Some(rule.finding(&failure.message).at(subject.user().and_then(|user| user.span.clone())))
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn it_fires() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .refused(Refusal::TenantNotFound)
            .fires(RULE.id);
    }

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .refused(Refusal::TenantMissing)
            .silent(RULE.id);
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .silent(RULE.id);
    }
}
