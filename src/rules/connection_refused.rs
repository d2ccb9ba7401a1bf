//! `connection-refused`: the server refuses the TCP connection.

use super::prelude::*;
use crate::probe::Refusal;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "connection-refused",
    severity: Severity::Error,
    group: Group::Probe,
    what: "The server refuses the TCP connection.",
    why: "On `db.<ref>.supabase.co` this is more often an address ban than an outage: two or three wrong passwords ban the client's address for about 30 minutes. Network restrictions and a stopped database look the same.",
    fix: "Dashboard, Database settings, Banned IPs shows and lifts a ban.",
    sources: &["Supabase documentation, Connection refused, 2026", "supabase/postgres source, fail2ban jails, 2024"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let failure = subject.refused(&[Refusal::ConnectionRefused])?;
    let finding = rule.finding(&failure.message);
    Some(match subject.kind() {
        Kind::Direct | Kind::Dedicated => finding.with_fix("Most likely this address is banned after wrong passwords. Look under Dashboard, Database settings, Banned IPs (or `supabase network-bans get`), which needs no further attempt; a ban ends by itself after about 30 minutes. If there is none: is the project active, and does a network restriction leave this address out?"),
        Kind::Local => finding.with_fix("The local stack does not run, or on other ports: `supabase status` shows them."),
        Kind::SharedSession | Kind::SharedTransaction => finding.with_fix("Is the port 5432 or 6543? If so, a firewall on the way refuses it, or the pooler is down: status.supabase.com."),
        _ => finding.with_fix("Does the server run, and on this port?"),
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres:pw@db.abcdefghijklmnopqrst.supabase.co:5432/postgres").silent(RULE.id);
    }

    #[test]
    fn on_a_database_host_a_ban_comes_first() {
        let finding = scene("postgresql://postgres:pw@db.abcdefghijklmnopqrst.supabase.co:5432/postgres")
            .refused(Refusal::ConnectionRefused)
            .fires(RULE.id);
        assert!(finding.fix.expect("a fix").contains("banned"));
        let finding = scene("postgresql://postgres:postgres@127.0.0.1:54322/postgres")
            .refused(Refusal::ConnectionRefused)
            .fires(RULE.id);
        assert!(finding.fix.expect("a fix").contains("supabase status"));
    }
}
