//! `connection-limit-one`: the client keeps a single connection.

use super::prelude::*;
use super::stack;
use super::subject::span_of;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "connection-limit-one",
    severity: Severity::Note,
    group: Group::Setting,
    what: "The client keeps a single connection.",
    why: "Right for serverless, where each instance serves one request at a time. In a long-running process every query waits for the one before it.",
    fix: "Leave it in serverless; in a long-running process start with 5.",
    sources: &["Supabase documentation, Prisma, September 2026"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let parameter = subject.parameter("connection_limit").filter(|parameter| parameter.value == "1")?;
    let serverless = match subject.said().workload {
        Some(workload) => workload == Workload::Serverless,
        // The string that Supabase gives for serverless functions.
        None => subject.parameter("pgbouncer").is_some() && stack::mode(subject) == Mode::Transaction,
    };
    (!serverless && subject.kind().is_hosted()).then(|| {
        rule.finding("`connection_limit=1` lets one query run at a time in each process.").at(span_of(parameter))
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn it_fires() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres?connection_limit=1").fires(RULE.id);
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres?pgbouncer=true&connection_limit=1").workload(Workload::Persistent).fires(RULE.id);
    }

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres?pgbouncer=true&connection_limit=1").workload(Workload::Serverless).silent(RULE.id);
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres?pgbouncer=true&connection_limit=1").silent(RULE.id);
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres?connection_limit=5").silent(RULE.id);
    }
}
