//! `prepared-statements-on-transaction`: this stack gives names to its prepared statements, and the pooler does not keep them.

use super::prelude::*;
use super::stack::{self, OptOut};
use crate::probe::Status;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "prepared-statements-on-transaction",
    severity: Severity::Error,
    group: Group::Stack,
    what: "This stack gives names to its prepared statements, and the pooler does not keep them.",
    why: "In transaction mode the next transaction may run on another server connection, where the name is missing or belongs to another client: `prepared statement \"...\" does not exist` (26000) or `already exists` (42P05); at worst another client's statement runs.",
    fix: "Turn named statements off in the driver, or use port 5432 (session mode).",
    sources: &[
        "Measured with eleven stacks through PgBouncer 1.25 and Supavisor 2.9.7, November 2026",
        "Supabase documentation, Disabling prepared statements, September 2026",
    ],
    check: Check::Many(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Vec<Finding> {
    let Some(class) = stack::class(subject) else { return Vec::new() };
    let measured = subject.probe.is_some_and(|probe| probe.prepared_statements.status == Status::Measured);
    stack::profiles(subject).filter(|stack| !measured && stack.statements.must_be_off.contains(&class)).filter_map(|stack| {
        let finding = match stack::opt_out(stack, subject) {
            OptOut::Settled => return None,
            OptOut::MissingInSetting => rule.finding(format!("{} names its prepared statements, and nothing in the setting turns that off.", stack.name)),
            OptOut::MissingInCode => rule.finding(format!("{} names its prepared statements, and nothing in the code turns that off.", stack.name)),
            OptOut::Asked => {
                let asked = stack::asked_by(stack, subject)?;
                let finding = rule.finding(format!("`{asked}` makes {} name its prepared statements.", stack.name));
                return Some(finding.with_fix(format!("Take `{asked}` out. Or use port 5432 (session mode).")));
            }
            // The setting cannot show it, so it may well be right.
            OptOut::InCode => rule.finding(format!("{} names its prepared statements unless its code turns that off, which the setting cannot show.", stack.name)).with_severity(Severity::Warning),
        };
        Some(finding.with_fix(format!("{} Or use port 5432 (session mode).", stack::switch_in_words(stack))))
    }).collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn an_opt_out_that_the_setting_lacks_is_an_error() {
        let scene =
            scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres")
                .stack("prisma-6");
        assert_eq!(scene.fires(RULE.id).severity, Severity::Error);
    }

    #[test]
    fn an_opt_out_that_only_code_can_have_is_a_warning() {
        let scene =
            scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres")
                .stack("asyncpg");
        let finding = scene.fires(RULE.id);
        assert_eq!(finding.severity, Severity::Warning);
        assert!(finding.fix.expect("a fix").contains("statement_cache_size"));
    }

    #[test]
    fn names_that_were_asked_for_are_an_error() {
        let text = |more: &str| {
            format!("Host=aws-0-us-east-1.pooler.supabase.com;Port=6543;Username=postgres.abcdefghijklmnopqrst;Password=pw;Database=postgres{more}")
        };
        let finding = scene(&text(";Max Auto Prepare=20")).stack("npgsql").fires(RULE.id);
        assert!(finding.message.contains("=20"), "{}", finding.message);
        scene(&text(";Max Auto Prepare=0")).stack("npgsql").silent(RULE.id);
        scene(&text("")).stack("npgsql").silent(RULE.id);
    }

    #[test]
    fn other_stacks_and_doors_are_silent() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres?pgbouncer=true").stack("prisma-6").silent(RULE.id);
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres")
            .stack("psycopg2")
            .silent(RULE.id);
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres")
            .stack("node-postgres")
            .silent(RULE.id);
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .stack("asyncpg")
            .silent(RULE.id);
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres")
            .silent(RULE.id);
    }
}
