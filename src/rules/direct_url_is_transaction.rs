//! `direct-url-is-transaction`: the URL for migrations goes through a transaction pooler.

use super::family::{Families, is_direct_name};
use super::prelude::*;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "direct-url-is-transaction",
    severity: Severity::Warning,
    group: Group::Several,
    what: "The URL for migrations goes through a transaction pooler.",
    why: "Schema changes need one server connection: advisory locks, session settings and prepared statements are lost between transactions here, and tools hang or fail halfway.",
    fix: "Use port 5432: the direct host, or the session pooler where there is no IPv6.",
    sources: &["Supabase documentation, Prisma and Connect to your database, 2026"],
    check: Check::Several(check),
};

fn check(rule: &Rule, subjects: &[Subject<'_>]) -> Vec<(usize, Finding)> {
    let mut findings = Vec::new();
    let families = Families::of(subjects);
    for (at, subject) in subjects.iter().enumerate() {
        if !is_direct_name(subject) || subject.endpoint.mode != Mode::Transaction {
            continue;
        }
        if families.exchanged_with(at).is_none() {
            let port = subject.host().and_then(|host| host.port.as_ref()).and_then(|port| port.span.as_ref());
            let finding = rule.finding(format!("`{}` goes through a transaction pooler.", subject.label()));
            findings.push((at, finding.at(port.cloned()).with_repaired(subject.replaced(port, "5432"))));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn a_direct_url_on_6543_is_told() {
        let direct =
            scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres")
                .named("DIRECT_URL", ".env");
        assert_eq!(
            direct.repaired(RULE.id),
            "postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres"
        );
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres")
            .named("POSTGRES_URL_NON_POOLING", ".env")
            .fires(RULE.id);
        scene("postgresql://postgres:pw@db.abcdefghijklmnopqrst.supabase.co:5432/postgres")
            .named("DIRECT_URL", ".env")
            .silent(RULE.id);
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres")
            .named("DATABASE_URL", ".env")
            .silent(RULE.id);
    }
}
