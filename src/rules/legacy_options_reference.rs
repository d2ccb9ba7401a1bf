//! `legacy-options-reference`: the project is named by `options=reference=<ref>`.

use super::prelude::*;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "legacy-options-reference",
    severity: Severity::Note,
    group: Group::Setting,
    what: "The project is named by `options=reference=<ref>`.",
    why: "It works, and wins over the user's suffix; but drivers that drop `options` then reach no project.",
    fix: "Write the user as `postgres.<ref>` and remove the option.",
    sources: &[
        "Supavisor source, handler_helpers.ex, August 2026",
        "Measured against Supavisor 2.8.8 and 2.9.7, November 2026",
    ],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let tenant = subject.options_reference()?;
    let parameter = subject.parameter("options")?;
    subject
        .kind()
        .is_shared()
        .then(|| rule.finding(format!("The project {tenant} is named in options.")).at(parameter.value_span.clone()))
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn it_fires() {
        scene("postgresql://postgres:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres?options=reference%3Dabcdefghijklmnopqrst").fires(RULE.id);
    }

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .silent(RULE.id);
    }
}
