//! `name-not-found`: the host's name has no address.

use super::prelude::*;
use crate::probe::Refusal;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "name-not-found",
    severity: Severity::Error,
    group: Group::Probe,
    what: "The host's name has no address.",
    why: "The name is misspelt, the project is paused or deleted, or so new that DNS does not know it yet. A host with an IPv6 address only looks the same to a resolver that asks for IPv4 alone.",
    fix: "Compare the host with the dashboard's Connect dialog, and look whether the project is active.",
    sources: &[
        "Supabase documentation, Connect to your database, September 2026",
        "Reports of paused projects in public issues, 2025-2026",
    ],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let failure = subject.refused(&[Refusal::NameNotFound]).filter(|_| !subject.host_is_told())?;
    let finding = rule.finding(&failure.message).at(subject.host_field().and_then(|host| host.span.clone()));
    Some(if subject.kind().is_db_host() {
        finding.with_fix("Look whether the project is active (a paused project loses its name) and whether the ref is right. If both are, this network's resolver may drop IPv6 addresses: use the shared pooler's host, which is IPv4.")
    } else if subject.kind().is_shared() {
        finding
            .with_fix("Copy the host from the dashboard's Connect dialog: cluster number and region cannot be guessed.")
    } else {
        finding
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn it_fires() {
        scene("postgresql://postgres:pw@db.abcdefghijklmnopqrst.supabase.co:5432/postgres")
            .refused(Refusal::NameNotFound)
            .fires(RULE.id);
    }

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-[REGION].pooler.supabase.com:5432/postgres")
            .refused(Refusal::NameNotFound)
            .silent(RULE.id);
        scene("postgresql://postgres:pw@db.abcdefghijklmnopqrst.supabase.co:5432/postgres")
            .refused(Refusal::AuthFailed)
            .silent(RULE.id);
        scene("postgresql://postgres:pw@db.abcdefghijklmnopqrst.supabase.co:5432/postgres").silent(RULE.id);
    }
}
