//! `user-ref-malformed`: what follows the last dot of the user is not a project ref.

use super::prelude::*;
use crate::endpoint::is_ref;
use crate::endpoint::placeholder::is_placeholder_word;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "user-ref-malformed",
    severity: Severity::Warning,
    group: Group::Setting,
    what: "What follows the last dot of the user is not a project ref.",
    why: "A ref is exactly 20 lower-case letters, and the pooler compares it to the letter.",
    fix: "Copy the user from the dashboard's Connect dialog: `postgres.<project-ref>`.",
    sources: &[
        "Supabase CLI source, internal/utils/misc.go, June 2026",
        "Measured against Supavisor 2.9.7 (upper case is not found), November 2026",
    ],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let user = subject.user()?;
    let split = subject.tenant()?;
    // A read replica is addressed by an identifier of its own, which goes on after the ref.
    let replica =
        split.tenant.split_once('-').is_some_and(|(start, _)| is_ref(start)) || user.value.contains(".cluster.");
    if !subject.kind().is_shared()
        || split.tenant.is_empty()
        || is_ref(split.tenant)
        || replica
        || is_placeholder_word(split.tenant)
    {
        return None;
    }
    let finding = rule
        .finding(format!("`{}` is not a project ref (20 lower-case letters).", subject.shown(split.tenant)))
        .at(user.span.clone());
    if subject.shown(split.tenant) != split.tenant || subject.shown(split.role) != split.role {
        return Some(finding);
    }
    let fixed = if is_ref(split.role) {
        Some(format!("{}.{}", split.tenant, split.role))
    } else {
        Some(split.tenant.to_ascii_lowercase())
            .filter(|lower| is_ref(lower))
            .map(|lower| format!("{}.{lower}", split.role))
    };
    Some(match fixed {
        Some(fixed) => finding
            .with_fix(format!("Write the user as `{fixed}`."))
            .with_repaired(subject.replaced(user.span.as_ref(), &fixed)),
        None => finding,
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn it_fires() {
        assert_eq!(
            scene("postgresql://abcdefghijklmnopqrst.postgres:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
                .repaired(RULE.id),
            "postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres"
        );
        assert_eq!(
            scene("postgresql://postgres.ABCDEFGHIJKLMNOPQRST:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
                .repaired(RULE.id),
            "postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres"
        );
        scene("postgresql://postgres.abc123:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres").fires(RULE.id);
    }

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .silent(RULE.id);
        scene("postgresql://postgres.abcdefghijklmnopqrst-rr-us-east-1-abcde:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres").silent(RULE.id);
        scene("postgresql://postgres.[REF]:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres").silent(RULE.id);
        scene("postgresql://postgres.dev:pw@localhost:6543/postgres").silent(RULE.id);
    }
}
