//! `unresolved-interpolation`: a reference to a variable was never replaced.

use super::prelude::*;
use crate::endpoint::placeholder::is_reference;
use crate::target::DoubtKind;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "unresolved-interpolation",
    severity: Severity::Warning,
    group: Group::Setting,
    what: "A reference to a variable was never replaced.",
    why: "The program gets the text `${NAME}` itself: not every reader of .env files replaces it, and none replaces a variable that does not exist.",
    fix: "Write the value out, or make sure that the variable is set where this file is read.",
    sources: &["Docker Compose documentation, Interpolation, 2026"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    if let Some(finding) = endless(rule, subject) {
        return Some(finding);
    }
    let conninfo = subject.conninfo;
    let in_password = conninfo.is_some_and(|conninfo| conninfo.password.state == PasswordState::Unresolved);
    if in_password {
        return Some(
            rule.finding("The password is a reference to a variable that nobody has put in.")
                .at(conninfo.and_then(|conninfo| conninfo.password.span.clone())),
        );
    }
    if conninfo.is_none() && subject.is_reference() {
        return Some(rule.finding("The whole setting is a reference to a variable that nobody has put in."));
    }
    let conninfo = conninfo?;
    let parts = conninfo
        .hosts
        .iter()
        .flat_map(|host| [host.host.as_ref(), host.port.as_ref()])
        .chain([conninfo.user.as_ref(), conninfo.database.as_ref()]);
    let found = parts.flatten().find(|field| is_reference(&field.value))?;
    Some(
        rule.finding(format!("`{}` is a reference to a variable that nobody has put in.", found.value))
            .at(found.span.clone()),
    )
}

/// References that lead nowhere because they lead round in a circle, or to more than any driver is given.
fn endless(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let doubts = &subject.target.neighbours.expansion.as_ref()?.doubts;
    let doubt = doubts.iter().find(|doubt| matches!(doubt.kind, DoubtKind::Cycle | DoubtKind::TooLong))?;
    let name = &doubt.name;
    Some(match doubt.kind {
        DoubtKind::Cycle => rule
            .finding(format!("`{name}` refers back to the variable that refers to it: readers put nothing in, or stop."))
            .with_fix(format!("Give `{name}` a value of its own.")),
        _ => rule
            .finding(format!("The references in `{name}` lead through too many variables, or to more text than any setting has."))
            .with_fix("Write the value out."),
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn it_fires() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:${DB_PASSWORD}@aws-0-us-east-1.pooler.supabase.com:5432/postgres").fires(RULE.id);
        scene("postgresql://postgres.${REF}:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres").fires(RULE.id);
    }

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .silent(RULE.id);
    }
}
