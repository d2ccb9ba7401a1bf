//! `pgbouncer-param-missing`: this stack has a URL key for transaction poolers, and it is missing.

use super::prelude::*;
use super::stack::{self, OptOut};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "pgbouncer-param-missing",
    severity: Severity::Warning,
    group: Group::Stack,
    what: "This stack has a URL key for transaction poolers, and it is missing.",
    why: "Without it the driver names its prepared statements, which do not outlive a transaction here.",
    fix: "Add `pgbouncer=true` to the URL.",
    sources: &["Prisma documentation, PgBouncer (version 6)", "Supabase documentation, Prisma, 2026"],
    check: Check::Many(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Vec<Finding> {
    let Some(class) = stack::class(subject) else { return Vec::new() };
    stack::profiles(subject)
        .filter(|stack| {
            stack.statements.must_be_off.contains(&class) && stack::opt_out(stack, subject) == OptOut::MissingInSetting
        })
        .filter_map(|stack| {
            let switch = stack.statements.url_switch.as_ref()?;
            let repaired = match subject.parameter(&switch.key) {
                Some(wrong) => subject.replaced(wrong.value_span.as_ref(), &switch.value),
                None => subject.with(&switch.key, &switch.value),
            };
            let message = format!("{} needs `{}={}` on a transaction pooler.", stack.name, switch.key, switch.value);
            Some(
                rule.finding(message)
                    .with_fix(format!("Add `{}={}` to the URL.", switch.key, switch.value))
                    .with_repaired(repaired),
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn prisma_on_a_transaction_pooler_needs_it() {
        assert_eq!(scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres?connection_limit=1").stack("prisma-6").repaired(RULE.id), "postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres?connection_limit=1&pgbouncer=true");
        assert_eq!(
            scene("postgresql://postgres:pw@db.abcdefghijklmnopqrst.supabase.co:6543/postgres")
                .stack("prisma-6")
                .repaired(RULE.id),
            "postgresql://postgres:pw@db.abcdefghijklmnopqrst.supabase.co:6543/postgres?pgbouncer=true"
        );
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres?pgbouncer=true").stack("prisma-6").silent(RULE.id);
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .stack("prisma-6")
            .silent(RULE.id);
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres")
            .stack("prisma-7")
            .silent(RULE.id);
    }
}
