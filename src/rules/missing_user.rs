//! `missing-user`: no user is given.

use super::prelude::*;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "missing-user",
    severity: Severity::Error,
    group: Group::Setting,
    what: "No user is given.",
    why: "libpq takes the name of the operating system's user (or `PGUSER`), which is no role of the project; at a shared pooler it also lacks the project ref.",
    fix: "Write the user before the host: `postgres.<project-ref>` at the shared pooler, `postgres` on the project's own host.",
    sources: &["PostgreSQL 15 documentation, section 34.1.2 (parameter `user`)"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let conninfo = subject.conninfo?;
    let supabase = subject.kind().is_hosted() || matches!(subject.kind(), Kind::Local | Kind::SelfHosted);
    let components = conninfo.syntax == Syntax::Components;
    // The docker stack's own .env has no user: each of its services has a role of its own.
    let of_services = components && subject.kind() == Kind::SelfHosted;
    // In a password file `*` stands for any user.
    let any_user = conninfo.syntax == Syntax::Pgpass;
    if !supabase || of_services || any_user || conninfo.user.is_some() {
        return None;
    }
    let finding = rule.finding("No user is given.").at(subject.host_field().and_then(|host| host.span.clone()));
    Some(if components { finding.with_severity(Severity::Warning) } else { finding })
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn it_fires() {
        scene("postgresql://aws-0-us-east-1.pooler.supabase.com:6543/postgres").fires(RULE.id);
    }

    #[test]
    fn it_is_silent() {
        scene("postgresql://localhost/postgres").silent(RULE.id);
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .silent(RULE.id);
    }
}
