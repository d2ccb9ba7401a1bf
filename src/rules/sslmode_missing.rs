//! `sslmode-missing`: no sslmode is given.

use super::prelude::*;
use super::stack;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "sslmode-missing",
    severity: Severity::Note,
    group: Group::Setting,
    what: "No sslmode is given.",
    why: "libpq then uses `prefer`: it tries TLS, falls back to plaintext without a word, and never checks who answers. A refused login is tried a second time without TLS, which counts twice towards a ban.",
    fix: "Add `sslmode=verify-full&sslrootcert=prod-ca-2021.crt` (Dashboard, Database settings, SSL Configuration), or at least `sslmode=require`.",
    sources: &[
        "PostgreSQL 15 documentation, section 34.19 (SSL support)",
        "Supabase documentation, SSL enforcement, 2026",
    ],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let given = subject
        .parameters()
        .iter()
        .any(|parameter| matches!(parameter.key.as_str(), "sslmode" | "ssl" | "sslaccept" | "SSL Mode"));
    if !subject.kind().is_hosted() || given || subject.target.neighbours.code_verifies {
        return None;
    }
    let message = match subject.root_certificate() {
        Some(path) => format!(
            "No sslmode is given, although a CA file stands ready (`{path}`): check that the code verifies with it."
        ),
        None => "No sslmode is given, so libpq would also go on without TLS.".to_owned(),
    };
    Some(stack::with_tls_advice(rule.finding(message), subject))
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn it_fires() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .fires(RULE.id);
        scene("postgresql://postgres:pw@db.abcdefghijklmnopqrst.supabase.co:5432/postgres").fires(RULE.id);
    }

    #[test]
    fn a_known_stack_has_its_own_way() {
        let finding = scene(
            "postgresql+asyncpg://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres",
        )
        .stack("sqlalchemy-asyncpg")
        .fires(RULE.id);
        assert!(finding.fix.expect("a fix").contains("SSLContext"));
    }

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres?sslmode=require").silent(RULE.id);
        scene("postgresql://postgres:postgres@127.0.0.1:54322/postgres").silent(RULE.id);
        let beside = crate::target::Neighbours { code_verifies: true, ..Default::default() };
        scene("postgresql://postgres:pw@db.abcdefghijklmnopqrst.supabase.co:5432/postgres")
            .beside(beside)
            .silent(RULE.id);
    }
}
