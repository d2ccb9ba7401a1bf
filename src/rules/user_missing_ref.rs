//! `user-missing-ref`: the user has no project ref, and a shared pooler serves many projects on one address.

use super::prelude::*;
use crate::endpoint::is_ref;
use crate::endpoint::placeholder::is_placeholder;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "user-missing-ref",
    severity: Severity::Error,
    group: Group::Setting,
    what: "The user has no project ref, and a shared pooler serves many projects on one address.",
    why: "Supavisor finds the project by what follows the last dot of the user. Without it the login is refused before the password is looked at: `(ENOIDENTIFIER) no tenant identifier provided`, in older versions `Tenant or user not found`.",
    fix: "Write the user as `postgres.<project-ref>`; the ref is the 20 letters in the project's dashboard address.",
    sources: &[
        "Measured against Supavisor 2.8.8, 2.9.7 and 2.9.10, November 2026",
        "Supabase documentation, Connect to your database, September 2026",
    ],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let user = subject.user()?;
    let supavisor = subject.endpoint.pooler == Pooler::Supavisor;
    let named = subject.options_reference().is_some() || subject.tenant().is_some_and(|split| !split.tenant.is_empty());
    if !supavisor || named || is_placeholder(&user.value) {
        return None;
    }
    let plain = user.value.trim_end_matches('.');
    let finding = rule
        .finding(format!(
            "The user is `{}` without a project ref, so the pooler cannot tell which project is meant.",
            subject.shown(&user.value)
        ))
        .at(user.span.clone());
    if subject.shown(plain) != plain {
        return Some(finding);
    }
    if is_ref(plain) {
        let repaired = subject.replaced(user.span.as_ref(), &format!("postgres.{plain}"));
        return Some(
            finding
                .with_fix(format!("Write the user as `postgres.{plain}`: the role comes first."))
                .with_repaired(repaired),
        );
    }
    Some(match (subject.kind(), subject.known_ref()) {
        (Kind::Local, _) => finding
            .with_fix("The CLI's pooler has one tenant: write the user as `postgres.pooler-dev`.")
            .with_repaired(subject.replaced(user.span.as_ref(), &format!("{plain}.pooler-dev"))),
        (Kind::SelfHosted, _) => finding.with_fix(format!(
            "Write the user as `{plain}.<POOLER_TENANT_ID>`, with the tenant id of your docker stack's .env."
        )),
        (_, Some(found)) => finding
            .with_fix(format!("Write the user as `{plain}.{found}`."))
            .with_repaired(subject.replaced(user.span.as_ref(), &format!("{plain}.{found}"))),
        (_, None) => finding,
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn it_fires() {
        scene("postgresql://postgres:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres").fires(RULE.id);
        scene("postgresql://postgres.:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres").fires(RULE.id);
    }

    #[test]
    fn a_ref_alone_gets_its_role() {
        let scene = scene("postgresql://abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres");
        assert_eq!(
            scene.repaired(RULE.id),
            "postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres"
        );
    }

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .silent(RULE.id);
        scene("postgresql://postgres:pw@db.abcdefghijklmnopqrst.supabase.co:6543/postgres").silent(RULE.id);
        scene("postgresql://postgres:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres?options=reference%3Dabcdefghijklmnopqrst").silent(RULE.id);
        scene("postgresql://[USER]:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres").silent(RULE.id);
    }

    #[test]
    fn a_ref_known_from_the_api_url_repairs_it() {
        let beside =
            crate::target::Neighbours { supabase_url_ref: Some("abcdefghijklmnopqrst".into()), ..Default::default() };
        let scene = scene("postgresql://postgres:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres").beside(beside);
        assert_eq!(
            scene.repaired(RULE.id),
            "postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres"
        );
    }
}
