//! `placeholder-host`: the host is a placeholder.

use super::prelude::*;
use crate::endpoint::placeholder::{is_printed_example, is_reference};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "placeholder-host",
    severity: Severity::Error,
    group: Group::Setting,
    what: "The host is a placeholder.",
    why: "Nothing can be reached under that name.",
    fix: "Copy the host from the dashboard's Connect dialog.",
    sources: &["Supabase documentation, Connect to your database, September 2026"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let host = subject.host_field()?;
    let printed = subject.conninfo.is_some_and(is_printed_example);
    (printed || (shape(&host.value) == Shape::Placeholder && !is_reference(&host.value)))
        .then(|| rule.finding(format!("`{}` is a placeholder for the host.", host.value)).at(host.span.clone()))
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn it_fires() {
        scene("postgresql://postgres:pw@<host>:5432/postgres").fires(RULE.id);
        scene("postgresql://postgres:pw@YOUR_HOST:5432/postgres").fires(RULE.id);
    }

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .silent(RULE.id);
        scene("postgresql://postgres:pw@${DB_HOST}:5432/postgres").silent(RULE.id);
    }
}
