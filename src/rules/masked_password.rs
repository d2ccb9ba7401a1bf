//! `masked-password`: the password is the mask of the place it was copied from.

use super::prelude::*;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "masked-password",
    severity: Severity::Error,
    group: Group::Setting,
    what: "The password is the mask of the place it was copied from.",
    why: "`****` stands where a page or a log hides the password; the server refuses it, and on the project's own host it counts towards an address ban.",
    fix: "Put the real password in. The dashboard cannot show it again; Reset database password sets a new one.",
    sources: &["Supabase documentation, Connect to your database, September 2026"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    (subject.password()? == PasswordState::Masked).then(|| {
        rule.finding("The password is a mask, not a password.")
            .at(subject.conninfo.and_then(|conninfo| conninfo.password.span.clone()))
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn it_fires() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:********@aws-0-us-east-1.pooler.supabase.com:6543/postgres")
            .fires(RULE.id);
    }

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .silent(RULE.id);
    }
}
