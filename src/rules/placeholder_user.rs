//! `placeholder-user`: the user is a placeholder.

use super::prelude::*;
use crate::endpoint::placeholder::{is_placeholder, is_printed_example, is_reference};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "placeholder-user",
    severity: Severity::Error,
    group: Group::Setting,
    what: "The user is a placeholder.",
    why: "No role has that name.",
    fix: "Write `postgres.<project-ref>` at the shared pooler, `postgres` on the project's own host, or the role that the application was given.",
    sources: &["Supabase documentation, Connect to your database, September 2026"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let user = subject.user()?;
    let plain = subject.tenant().map_or(user.value.as_str(), |split| split.role);
    let printed = plain != "postgres" && subject.conninfo.is_some_and(is_printed_example);
    (printed || (is_placeholder(plain) && !is_reference(plain))).then(|| {
        rule.finding(format!("`{}` is a placeholder for the user.", subject.shown(plain))).at(user.span.clone())
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn it_fires() {
        scene("postgresql://[USER]:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres").fires(RULE.id);
        scene("postgresql://user:password@host:5432/database").fires(RULE.id);
        scene("postgresql://<user>.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres")
            .fires(RULE.id);
    }

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .silent(RULE.id);
        scene("postgresql://postgres.[REF]:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres").silent(RULE.id);
    }
}
