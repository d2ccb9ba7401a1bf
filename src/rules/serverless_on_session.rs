//! `serverless-on-session`: short-lived instances would use the session pooler.

use super::family::is_direct_name;
use super::prelude::*;
use super::stack;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "serverless-on-session",
    severity: Severity::Warning,
    group: Group::Stack,
    what: "Short-lived instances would use the session pooler.",
    why: "Each instance holds a server connection for as long as it lives, frozen ones too; at 15 the next one is refused.",
    fix: "Use port 6543 of the same host, with one connection in each instance.",
    sources: &["Supabase documentation, Connect to your database and Supavisor FAQ, September 2026"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let serverless = subject.said().workload == Some(Workload::Serverless);
    let port = subject.host().and_then(|host| host.port.as_ref()).and_then(|port| port.span.as_ref());
    (serverless && stack::mode(subject) == Mode::Session && !is_direct_name(subject)).then(|| {
        rule.finding("Session mode takes as many instances as the pool has server connections.")
            .at(port.cloned())
            .with_repaired(subject.replaced(port, "6543").filter(|_| subject.kind().is_shared()))
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn it_fires() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .workload(Workload::Serverless)
            .fires(RULE.id);
    }

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres")
            .workload(Workload::Serverless)
            .silent(RULE.id);
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .workload(Workload::Persistent)
            .silent(RULE.id);
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .silent(RULE.id);
    }
}
