//! `named-statements-break`: named prepared statements do not outlive a transaction here, measured, and this stack uses them.

use super::prelude::*;
use super::stack::{self, OptOut};
use crate::probe::{Named, Status};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "named-statements-break",
    severity: Severity::Error,
    group: Group::Probe,
    what: "Named prepared statements do not outlive a transaction here, measured, and this stack uses them.",
    why: "The execution ran on another server connection than the preparation, and the name was not there: `prepared statement \"...\" does not exist`.",
    fix: "Turn named statements off in the driver, or use port 5432 (session mode).",
    sources: &["Measured in this run"],
    check: Check::Many(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Vec<Finding> {
    let Some(probe) = subject.probe else { return Vec::new() };
    let measured =
        probe.prepared_statements.value.as_ref().filter(|statements| {
            probe.prepared_statements.status == Status::Measured && statements.named == Named::Break
        });
    let Some(measured) = measured else { return Vec::new() };
    stack::profiles(subject)
        .filter_map(|stack| {
            let finding = rule.finding(format!(
                "{} names its prepared statements, and they break here: {}.",
                stack.name,
                measured.evidence.trim_end_matches('.')
            ));
            match stack::opt_out(stack, subject) {
                OptOut::Settled => None,
                OptOut::MissingInSetting | OptOut::MissingInCode | OptOut::Asked => Some(finding),
                OptOut::InCode => Some(finding.with_severity(Severity::Warning)),
            }
            .map(|finding| {
                finding.with_fix(format!("{} Or use port 5432 (session mode).", stack::switch_in_words(stack)))
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::probe::{Part, PreparedStatements, Tracking};

    fn broken(text: &str, stack: &str) -> Scene {
        let statements = PreparedStatements {
            named: Named::Break,
            tracking: Tracking::None,
            evidence: "26000 on another backend".into(),
        };
        scene(text).stack(stack).probed(|probe| probe.prepared_statements = Part::measured(statements, None))
    }

    #[test]
    fn a_stack_that_needs_them_is_told() {
        assert_eq!(
            broken(
                "postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres",
                "prisma-6"
            )
            .fires(RULE.id)
            .severity,
            Severity::Error
        );
        assert_eq!(
            broken(
                "postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres",
                "asyncpg"
            )
            .fires(RULE.id)
            .severity,
            Severity::Warning
        );
        broken("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres?pgbouncer=true", "prisma-6").silent(RULE.id);
        broken(
            "postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres",
            "psycopg2",
        )
        .silent(RULE.id);
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres")
            .stack("asyncpg")
            .silent(RULE.id);
    }
}
