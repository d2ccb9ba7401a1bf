//! `rejected-parameter`: this driver refuses a key in the URL.

use super::prelude::*;
use super::stack;
use super::subject::span_of;
use crate::knowledge::KeyFate;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "rejected-parameter",
    severity: Severity::Error,
    group: Group::Stack,
    what: "This driver refuses a key in the URL.",
    why: "The connection fails before it is tried, with an error of the driver (or of the server, where the driver passes unknown keys on).",
    fix: "Remove the key and set what it stands for in the place where this driver takes it.",
    sources: &["Driver behaviour measured or read, November 2026"],
    check: Check::Many(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Vec<Finding> {
    if subject.syntax() == Some(Syntax::Components) {
        return Vec::new();
    }
    subject
        .parameters()
        .iter()
        .filter_map(|parameter| {
            let (stack, fate) = stack::unusable(subject, parameter)?;
            let sent = fate == KeyFate::SentToServer;
            // Supavisor drops what it does not know; elsewhere a key that is no setting of the server stops the login.
            let stops = stack::is_a_drivers_key(&parameter.key)
                && matches!(subject.kind(), Kind::Direct | Kind::Dedicated | Kind::Local);
            if fate == KeyFate::Ignored || (sent && !stops) {
                return None;
            }
            let error = stack.key_error(&parameter.key).map(|error| format!(": {error}")).unwrap_or_default();
            let verb = if sent { "sends it to the server, which refuses it" } else { "refuses it" };
            let fix = stack::in_place_of(stack, &parameter.key);
            Some(
                rule.finding(format!("`{}` in the URL: {} {verb}{error}.", parameter.key, stack.name))
                    .with_fix(fix)
                    .at(span_of(parameter))
                    .with_repaired(subject.without(&parameter.key)),
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn a_key_that_the_driver_refuses_is_told_with_its_words() {
        let finding = scene("postgresql+asyncpg://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres?sslmode=require").stack("sqlalchemy-asyncpg").fires(RULE.id);
        assert!(finding.message.contains("TypeError"), "{}", finding.message);
        assert!(finding.fix.expect("a fix").contains("ssl="));
        assert_eq!(scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres?pgbouncer=true").stack("psycopg2").repaired(RULE.id), "postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres");
    }

    #[test]
    fn keys_that_are_taken_or_dropped_are_silent() {
        scene("postgresql+asyncpg://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres?ssl=require").stack("sqlalchemy-asyncpg").silent(RULE.id);
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres?pgbouncer=true&connection_limit=1").stack("prisma-6").silent(RULE.id);
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres?pgbouncer=true").stack("asyncpg").silent(RULE.id);
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres?pgbouncer=true").silent(RULE.id);
    }

    #[test]
    fn a_key_that_reaches_the_database_stops_the_login() {
        scene("postgresql://postgres:pw@db.abcdefghijklmnopqrst.supabase.co:5432/postgres?pgbouncer=true")
            .stack("asyncpg")
            .fires(RULE.id);
    }
}
