//! `address-not-allowed`: this address is not in the project's allow list.

use super::prelude::*;
use crate::probe::Refusal;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "address-not-allowed",
    severity: Severity::Error,
    group: Group::Probe,
    what: "This address is not in the project's allow list.",
    why: "Network restrictions are on, and the address that the pooler sees is not in one of the ranges. Behind NAT or a proxy that is not the address of this machine.",
    fix: "Add the address in the message to Dashboard, Database settings, Network restrictions. Direct connections over IPv6 need their IPv6 range there too.",
    sources: &[
        "Supabase documentation, Network restrictions, 2026",
        "Measured against Supavisor 2.8.8 and 2.9.7, November 2026",
    ],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    subject.refused(&[Refusal::AddressNotAllowed]).map(|failure| rule.finding(&failure.message))
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn it_fires() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .refused(Refusal::AddressNotAllowed)
            .fires(RULE.id);
    }

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .silent(RULE.id);
    }
}
