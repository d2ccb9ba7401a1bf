//! `serverless-on-direct`: short-lived instances would connect directly.

use super::family::is_direct_name;
use super::prelude::*;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "serverless-on-direct",
    severity: Severity::Warning,
    group: Group::Stack,
    what: "Short-lived instances would connect directly.",
    why: "Each takes a slot of max_connections, and most serverless platforms have no IPv6, which this host needs.",
    fix: "Use the shared pooler in transaction mode (port 6543), with one connection in each instance.",
    sources: &["Supabase documentation, Connect to your database and IPv4 address, September 2026"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let serverless = subject.said().workload == Some(Workload::Serverless);
    (serverless && subject.kind() == Kind::Direct && !is_direct_name(subject)).then(|| {
        rule.finding("Every instance would take a slot of the database, over IPv6.")
            .at(subject.host_field().and_then(|host| host.span.clone()))
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn it_fires() {
        scene("postgresql://postgres:pw@db.abcdefghijklmnopqrst.supabase.co:5432/postgres")
            .workload(Workload::Serverless)
            .fires(RULE.id);
    }

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres:pw@db.abcdefghijklmnopqrst.supabase.co:5432/postgres")
            .workload(Workload::Serverless)
            .named("DIRECT_URL", ".env")
            .silent(RULE.id);
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres")
            .workload(Workload::Serverless)
            .silent(RULE.id);
        scene("postgresql://postgres:pw@db.abcdefghijklmnopqrst.supabase.co:5432/postgres").silent(RULE.id);
    }
}
