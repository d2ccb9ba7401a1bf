//! `role-not-found`: the role does not exist, or may not log in.

use super::prelude::*;
use crate::probe::Refusal;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "role-not-found",
    severity: Severity::Error,
    group: Group::Probe,
    what: "The role does not exist, or may not log in.",
    why: "The pooler looks the role up in the database; `(EAUTHQUERY) user not found in the database` and `role ... is not permitted to log in` both end here. Five such tries block the project's logins at the pooler for 30 seconds.",
    fix: "Create the role (`CREATE ROLE name LOGIN PASSWORD ...`), or allow it to log in (`ALTER ROLE name LOGIN`).",
    sources: &["Measured against Supavisor 2.8.8, 2.9.7 and 2.9.10, November 2026"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let failure = subject.refused(&[Refusal::RoleNotFound])?;
    Some(rule.finding(&failure.message).at(subject.user().and_then(|user| user.span.clone())))
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn it_fires() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .refused(Refusal::RoleNotFound)
            .fires(RULE.id);
    }

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .silent(RULE.id);
    }
}
