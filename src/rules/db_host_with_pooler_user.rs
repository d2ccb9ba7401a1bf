//! `db-host-with-pooler-user`: the user has the shared pooler's form, `role.ref`, on the project's own host.

use super::prelude::*;
use crate::endpoint::is_ref;
use crate::endpoint::placeholder::is_placeholder;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "db-host-with-pooler-user",
    severity: Severity::Error,
    group: Group::Setting,
    what: "The user has the shared pooler's form, `role.ref`, on the project's own host.",
    why: "Postgres and the dedicated pooler know no such role: `password authentication failed for user \"postgres.<ref>\"`. On this host two or three such attempts ban the address for about half an hour.",
    fix: "On `db.<ref>.supabase.co` the user is the plain role, for example `postgres`.",
    sources: &["Supabase documentation, Connect to your database, September 2026"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let split = subject.tenant()?;
    let user = subject.user()?;
    let is_ref_like = is_ref(split.tenant)
        || is_placeholder(split.tenant)
        || subject.endpoint.project_ref.as_deref() == Some(split.tenant);
    (subject.kind().is_db_host() && is_ref_like).then(|| {
        rule.finding(format!(
            "`{}` is a user of the shared pooler; this host wants the plain role.",
            subject.shown(&user.value)
        ))
        .at(user.span.clone())
        .with_fix(format!("Write the user as `{}`.", subject.shown(split.role)))
        .with_repaired(subject.replaced(user.span.as_ref(), split.role))
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn it_fires() {
        assert_eq!(
            scene("postgresql://postgres.abcdefghijklmnopqrst:pw@db.abcdefghijklmnopqrst.supabase.co:5432/postgres")
                .repaired(RULE.id),
            "postgresql://postgres:pw@db.abcdefghijklmnopqrst.supabase.co:5432/postgres"
        );
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@db.abcdefghijklmnopqrst.supabase.co:6543/postgres")
            .fires(RULE.id);
    }

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres:pw@db.abcdefghijklmnopqrst.supabase.co:5432/postgres").silent(RULE.id);
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .silent(RULE.id);
        scene("postgresql://my.role:pw@db.abcdefghijklmnopqrst.supabase.co:5432/postgres").silent(RULE.id);
    }
}
