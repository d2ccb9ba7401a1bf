//! `startup-options-ignored`: the setting asks for a session setting at login, which Supavisor drops.

use super::options::Options;
use super::prelude::*;
use super::subject::span_of;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "startup-options-ignored",
    severity: Severity::Warning,
    group: Group::Setting,
    what: "The setting asks for a session setting at login, which Supavisor drops.",
    why: "Of all startup settings Supavisor passes on `search_path` alone. A statement_timeout or TimeZone given here is lost without an error.",
    fix: "Set it for the role (`ALTER ROLE ... SET statement_timeout = '5s'`), or with `SET LOCAL` in each transaction.",
    sources: &["Measured against Supavisor 2.8.8, 2.9.7 and 2.9.10, November 2026"],
    check: Check::Many(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Vec<Finding> {
    if subject.endpoint.pooler != Pooler::Supavisor {
        return Vec::new();
    }
    let mut findings = Vec::new();
    if let Some(parameter) = subject.parameter("options") {
        let options = Options::read(&parameter.value);
        // What stands without its space is the business of `bogus-options`.
        let dropped: Vec<&str> =
            options.names().filter(|name| !options.is_glued(name) && !TAKEN.contains(name)).collect();
        if !dropped.is_empty() {
            findings.push(
                rule.finding(format!("Supavisor drops {} in options without an error.", quoted(&dropped)))
                    .at(parameter.value_span.clone()),
            );
        }
    }
    let as_keys =
        subject.parameters().iter().filter(|parameter| GUCS.contains(&parameter.key.to_ascii_lowercase().as_str()));
    findings.extend(as_keys.map(|parameter| {
        rule.finding(format!("Supavisor drops `{}` at login without an error.", parameter.key)).at(span_of(parameter))
    }));
    findings
}

/// What Supavisor reads from options (`startup_options.ex`, August 2026).
const TAKEN: &[&str] = &["reference", "search_path", "jit", "client_tls", "log_level"];

/// Server settings that drivers pass on from the URL.
const GUCS: &[&str] = &[
    "statement_timeout",
    "lock_timeout",
    "idle_in_transaction_session_timeout",
    "idle_session_timeout",
    "transaction_timeout",
    "timezone",
    "datestyle",
    "default_transaction_isolation",
    "default_transaction_read_only",
    "work_mem",
];

fn quoted(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn it_fires() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres?options=-c%20statement_timeout%3D5000").fires(RULE.id);
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres?statement_timeout=5000").fires(RULE.id);
    }

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres?options=-c%20search_path%3Dapp").silent(RULE.id);
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres?options=-csearch_path%3Dapp").silent(RULE.id);
        scene("postgresql://postgres:pw@db.abcdefghijklmnopqrst.supabase.co:5432/postgres?options=-c%20statement_timeout%3D5000").silent(RULE.id);
    }
}
