//! `auth-failed`: the server refuses the password.

use super::prelude::*;
use crate::probe::Refusal;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "auth-failed",
    severity: Severity::Error,
    group: Group::Probe,
    what: "The server refuses the password.",
    why: "The password is wrong or was changed, or its special characters are not percent-encoded. Each further try on `db.<ref>.supabase.co` may ban this address for about 30 minutes; ten within 150 seconds trip the shared pooler's breaker for this address.",
    fix: "Percent-encode the password, compare it, or set a new one: Dashboard, Database settings, Reset database password.",
    sources: &[
        "Supabase documentation, Password authentication failed, September 2026",
        "Measured against Supavisor 2.9.7 and 2.9.10, November 2026",
    ],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let failure = subject.refused(&[Refusal::AuthFailed]).filter(|_| !subject.password_is_told())?;
    let finding =
        rule.finding(&failure.message).at(subject.conninfo.and_then(|conninfo| conninfo.password.span.clone()));
    Some(match subject.kind() {
        Kind::Direct | Kind::Dedicated => finding.with_fix("Do not try again with the same password: two or three failures ban this address for about 30 minutes. Compare it, percent-encode it, or set a new one (Dashboard, Database settings, Reset database password)."),
        Kind::SharedSession | Kind::SharedTransaction => finding.with_fix("Compare the password, percent-encode it, or set a new one. If it was changed a moment ago, wait 15 seconds and try once more: the pooler keeps the old one for a while. If it works on the direct host and not here after that, it is the pooler: ask support."),
        _ => finding,
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .silent(RULE.id);
        scene("postgresql://postgres.abcdefghijklmnopqrst:[YOUR-PASSWORD]@aws-0-us-east-1.pooler.supabase.com:5432/postgres").refused(Refusal::AuthFailed).silent(RULE.id);
    }

    #[test]
    fn on_a_database_host_it_warns_of_the_ban() {
        assert!(
            scene("postgresql://postgres:pw@db.abcdefghijklmnopqrst.supabase.co:5432/postgres")
                .refused(Refusal::AuthFailed)
                .fires(RULE.id)
                .fix
                .expect("a fix")
                .contains("ban")
        );
    }
}
