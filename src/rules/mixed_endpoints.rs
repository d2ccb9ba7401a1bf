//! `mixed-endpoints`: the setting lists hosts of different kinds.

use super::prelude::*;
use crate::endpoint::classify;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "mixed-endpoints",
    severity: Severity::Error,
    group: Group::Setting,
    what: "The setting lists hosts of different kinds.",
    why: "Which door is taken then depends on which one answers first: session mode one time, transaction mode or no pooler the other.",
    fix: "Name one host; give other endpoints their own variables.",
    sources: &[
        "PostgreSQL 15 documentation, section 34.1.1.3 (several hosts)",
        "Supabase documentation, Connect to your database, September 2026",
    ],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let conninfo = subject.conninfo.filter(|conninfo| conninfo.hosts.len() > 1)?;
    let kinds: Vec<Kind> = conninfo
        .hosts
        .iter()
        .map(|host| {
            let alone = crate::conninfo::Conninfo { hosts: vec![host.clone()], ..conninfo.clone() };
            classify(&alone).kind
        })
        .collect();
    let differs = kinds.iter().any(|kind| *kind != kinds[0]) && kinds.iter().any(|kind| kind.is_hosted());
    differs.then(|| {
        let names: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
        rule.finding(format!("The hosts are of different kinds: {}.", names.join(", ")))
            .at(subject.host_field().and_then(|host| host.span.clone()))
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn it_fires() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432,aws-0-us-east-1.pooler.supabase.com:6543/postgres").fires(RULE.id);
    }

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .silent(RULE.id);
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432,aws-0-us-east-1.pooler.supabase.com:5432/postgres").silent(RULE.id);
        scene("postgresql://me@a.example,b.example/x").silent(RULE.id);
    }
}
