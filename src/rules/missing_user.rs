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
    // The docker stack's own .env has no user: each of its services has a role of its own.
    let of_services = conninfo.syntax == Syntax::Components && subject.kind() == Kind::SelfHosted;
    // A web address names no user, and is told as such; in a password file `*` stands for any user.
    let elsewhere = subject.is_http() || conninfo.syntax == Syntax::Pgpass;
    if !supabase || of_services || elsewhere || conninfo.user.is_some() {
        return None;
    }
    let at = subject.host_field().and_then(|host| host.span.clone());
    Some(match conninfo.syntax {
        Syntax::Components => rule.finding("No user is given.").at(at).with_severity(Severity::Warning),
        // Spring, Hikari and most others give user and password as properties beside the URL.
        Syntax::Jdbc => rule
            .finding("No user is given in the URL, so it must come as a property of its own.")
            .at(at)
            .with_severity(Severity::Note),
        _ => rule.finding("No user is given.").at(at),
    })
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
    fn in_a_jdbc_url_it_is_a_note() {
        let url = "jdbc:postgresql://aws-0-us-east-1.pooler.supabase.com:5432/postgres";
        assert_eq!(scene(url).fires(RULE.id).severity, Severity::Note);
    }

    #[test]
    fn it_is_silent() {
        scene("https://db.abcdefghijklmnopqrst.supabase.co:5432").silent(RULE.id);
        scene("postgresql://localhost/postgres").silent(RULE.id);
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .silent(RULE.id);
    }
}
