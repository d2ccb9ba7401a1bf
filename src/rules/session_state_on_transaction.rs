//! `session-state-on-transaction`: the application needs a session, and the pooler gives it a transaction at a time.

use super::family::belong_together;
use super::prelude::*;
use super::stack;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "session-state-on-transaction",
    severity: Severity::Warning,
    group: Group::Stack,
    what: "The application needs a session, and the pooler gives it one transaction at a time.",
    why: "In transaction mode the next transaction may run on another server connection: LISTEN hears nothing, and session settings, temporary tables and session advisory locks are lost, or belong to somebody else.",
    fix: "Give what needs a session a connection of its own: port 5432 of the pooler (session mode), or the direct host.",
    sources: &[
        "Supabase documentation, Connection pooling and limits, September 2026",
        "Measured against Supavisor 2.9.7 and PgBouncer 1.24 and 1.25, November 2026",
    ],
    check: Check::Several(check),
};

/// The evidence: a variable beside the setting that names a channel of LISTEN, or a statement in the code that uses it,
/// and no setting in the same place that leads to a session, unless the file of the statement uses this one alone.
fn check(rule: &Rule, subjects: &[Subject<'_>]) -> Vec<(usize, Finding)> {
    let finding = |(at, subject): (usize, &Subject<'_>)| {
        let beside = &subject.target.neighbours;
        let message = match (&beside.code.session_statement, &beside.pool.session_state) {
            (Some(statement), _) => format!("The code uses {statement}, and no session stays for it."),
            (None, Some(variable)) => format!("`{variable}` names a channel to listen on, and no session stays to hear it."),
            (None, None) => return None,
        };
        let has_session = |other: &Subject<'_>| {
            matches!(stack::mode(other), Mode::Session | Mode::Direct) && belong_together(subject, other)
        };
        let may_be_others = !(beside.code.session_statement.is_some() && beside.code.uses_no_other);
        if stack::mode(subject) != Mode::Transaction || (may_be_others && subjects.iter().any(has_session)) {
            return None;
        }
        Some((at, rule.finding(message)))
    };
    subjects.iter().enumerate().filter_map(finding).collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::target::{Neighbours, PoolHints};

    fn listening(port: u16) -> Scene {
        let pool = PoolHints { session_state: Some("PG_LISTEN_CHANNEL".into()), ..Default::default() };
        scene(&format!(
            "postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:{port}/postgres"
        ))
        .beside(Neighbours { pool, ..Default::default() })
    }

    #[test]
    fn it_fires() {
        let finding = listening(6543).fires(RULE.id);
        assert!(finding.message.contains("PG_LISTEN_CHANNEL"), "{}", finding.message);
    }

    #[test]
    fn a_statement_in_the_code_is_evidence_too() {
        let code = crate::target::CodeHints { session_statement: Some("LISTEN".into()), ..Default::default() };
        let url = "postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres";
        let finding = scene(url).beside(Neighbours { code, ..Default::default() }).fires(RULE.id);
        assert!(finding.message.contains("LISTEN"), "{}", finding.message);
    }

    #[test]
    fn a_file_that_uses_this_setting_alone_settles_whose_statement_it_is() {
        let url = "postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres";
        let code = crate::target::CodeHints {
            session_statement: Some("LISTEN".into()),
            uses_no_other: true,
            ..Default::default()
        };
        let pooled = scene(url).beside(Neighbours { code, ..Default::default() }).named("DATABASE_URL", ".env");
        let direct = listening(5432).named("DIRECT_URL", ".env");
        assert_eq!(several(&[&pooled, &direct], RULE.id).len(), 1);
    }

    #[test]
    fn it_is_silent() {
        listening(5432).silent(RULE.id);
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres")
            .silent(RULE.id);
    }

    #[test]
    fn a_second_setting_that_leads_to_a_session_may_be_the_listeners() {
        let pooled = listening(6543).named("DATABASE_URL", ".env");
        let direct = listening(5432).named("DIRECT_URL", ".env");
        assert!(several(&[&pooled, &direct], RULE.id).is_empty());
    }
}
