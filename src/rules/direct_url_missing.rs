//! `direct-url-missing`: the URL goes through a transaction pooler and no second one for migrations stands beside it.

use super::family::{Families, is_direct_name};
use super::prelude::*;
use super::stack;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "direct-url-missing",
    severity: Severity::Warning,
    group: Group::Several,
    what: "The URL goes through a transaction pooler and no second one for migrations stands beside it.",
    why: "This stack's migration tool uses the same URL unless it is given another; on a transaction pooler it fails or hangs.",
    fix: "Add `DIRECT_URL` with port 5432 (the direct host, or the session pooler where there is no IPv6), and name it in the tool's configuration.",
    sources: &["Supabase documentation, Prisma, 2026"],
    check: Check::Several(check),
};

fn check(rule: &Rule, subjects: &[Subject<'_>]) -> Vec<(usize, Finding)> {
    let mut findings = Vec::new();
    let families = Families::of(subjects);
    for (at, subject) in subjects.iter().enumerate() {
        let needs = stack::profiles(subject).any(|stack| stack.settings.contains_key("direct-url"));
        let in_a_place = subject.target.source.variable.is_some();
        if !needs || !in_a_place || subject.endpoint.mode != Mode::Transaction || is_direct_name(subject) {
            continue;
        }
        let beside = families
            .kin(at)
            .any(|other| is_direct_name(other) || matches!(other.endpoint.mode, Mode::Direct | Mode::Session));
        if !beside {
            findings.push((
                at,
                rule.finding(format!(
                    "`{}` is the only setting, and it goes through a transaction pooler.",
                    subject.label()
                )),
            ));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn prisma_needs_a_second_url() {
        let url = || {
            scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres?pgbouncer=true").stack("prisma-6").named("DATABASE_URL", ".env")
        };
        url().fires(RULE.id);
        assert!(
            several(
                &[
                    &url(),
                    &scene("postgresql://postgres:pw@db.abcdefghijklmnopqrst.supabase.co:5432/postgres")
                        .named("DIRECT_URL", ".env")
                ],
                RULE.id
            )
            .is_empty()
        );
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres")
            .stack("asyncpg")
            .named("DATABASE_URL", ".env")
            .silent(RULE.id);
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres")
            .stack("prisma-6")
            .silent(RULE.id);
    }
}
