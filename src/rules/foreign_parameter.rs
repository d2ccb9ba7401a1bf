//! `foreign-parameter`: a key in the URL means nothing to this stack.

use super::prelude::*;
use super::stack;
use super::subject::span_of;
use crate::knowledge::KeyFate;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "foreign-parameter",
    severity: Severity::Warning,
    group: Group::Setting,
    what: "A key in the URL means nothing to this stack.",
    why: "It is dropped without a word: whoever wrote it believes in a limit or a timeout that does not exist.",
    fix: "Remove it, and set what it stands for where this stack takes it.",
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
            let dropped = fate == KeyFate::Ignored
                || (fate == KeyFate::SentToServer && subject.endpoint.pooler == Pooler::Supavisor);
            // A vendor's mark has a rule of its own; a key that no stack takes may be anybody's.
            if !dropped || !stack::is_a_drivers_key(&parameter.key) {
                return None;
            }
            let fix = stack::in_place_of(stack, &parameter.key);
            Some(
                rule.finding(format!("`{}` has no effect with {}.", parameter.key, stack.name))
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
    fn a_key_of_another_stack_is_told() {
        let scene = scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres?pgbouncer=true&connection_limit=1").stack("prisma-7");
        assert_eq!(scene.findings(RULE.id).len(), 2);
    }

    #[test]
    fn the_stacks_own_keys_are_silent() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres?pgbouncer=true&connection_limit=1").stack("prisma-6").silent(RULE.id);
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres?pgbouncer=true").silent(RULE.id);
    }
}
