//! `multi-host`: the setting lists several hosts.

use super::prelude::*;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "multi-host",
    severity: Severity::Warning,
    group: Group::Setting,
    what: "The setting lists several hosts.",
    why: "One project is one host; drivers other than libpq, pgx and pgjdbc refuse the list or take it for one odd name.",
    fix: "Name one host.",
    sources: &["PostgreSQL 15 documentation, section 34.1.1.3 (several hosts)"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let conninfo = subject.conninfo?;
    (conninfo.hosts.len() > 1 && subject.kind().is_hosted()).then(|| {
        rule.finding(format!("The setting lists {} hosts.", conninfo.hosts.len()))
            .at(subject.host_field().and_then(|host| host.span.clone()))
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn it_fires() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432,aws-0-us-east-1.pooler.supabase.com:5432/postgres").fires(RULE.id);
    }

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .silent(RULE.id);
        scene("postgresql://me@a.example,b.example/x").silent(RULE.id);
    }
}
