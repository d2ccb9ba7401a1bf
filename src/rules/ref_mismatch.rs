//! `ref-mismatch`: two places name different projects.

use super::prelude::*;
use crate::endpoint::is_ref;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "ref-mismatch",
    severity: Severity::Error,
    group: Group::Setting,
    what: "Two places name different projects.",
    why: "The login goes to one project while the rest of the application talks to the other; often the password belongs to only one of them.",
    fix: "Decide which project is meant and use its ref everywhere.",
    sources: &[
        "Supabase documentation, Connect to your database, September 2026",
        "Supavisor source, handler_helpers.ex, August 2026",
    ],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let of_user = subject.tenant().map(|split| split.tenant).filter(|tenant| is_ref(tenant));
    let of_options = subject.options_reference().filter(|tenant| is_ref(tenant));
    if let (Some(user), Some(options)) = (of_user, of_options)
        && user != options
        && subject.kind().is_shared()
    {
        let span = subject.user().and_then(|user| user.span.clone());
        return Some(
            rule.finding(format!(
                "The user names project {user}, options names {options}; Supavisor takes the one in options."
            ))
            .at(span),
        );
    }
    let own = subject.endpoint.project_ref.as_deref()?;
    let beside = subject.target.neighbours.supabase_url_ref.as_deref().filter(|found| *found != own)?;
    let span = if subject.kind().is_db_host() { subject.host_field() } else { subject.user() }
        .and_then(|field| field.span.clone());
    Some(
        rule.finding(format!("This setting is for project {own}, and SUPABASE_URL beside it is for project {beside}."))
            .at(span),
    )
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn it_fires() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres?options=reference%3Dbbbbbbbbbbbbbbbbbbbb").fires(RULE.id);
    }

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .silent(RULE.id);
        scene("postgresql://postgres:pw@db.abcdefghijklmnopqrst.supabase.co:5432/postgres").silent(RULE.id);
    }

    #[test]
    fn the_api_url_beside_it_counts() {
        let beside =
            |found: &str| crate::target::Neighbours { supabase_url_ref: Some(found.into()), ..Default::default() };
        scene("postgresql://postgres:pw@db.abcdefghijklmnopqrst.supabase.co:5432/postgres")
            .beside(beside("bbbbbbbbbbbbbbbbbbbb"))
            .fires(RULE.id);
        scene("postgresql://postgres:pw@db.abcdefghijklmnopqrst.supabase.co:5432/postgres")
            .beside(beside("abcdefghijklmnopqrst"))
            .silent(RULE.id);
    }
}
