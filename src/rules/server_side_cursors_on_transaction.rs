//! `server-side-cursors-on-transaction`: the code reads through cursors that outlive a transaction.

use super::prelude::*;
use super::stack;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "server-side-cursors-on-transaction",
    severity: Severity::Warning,
    group: Group::Stack,
    what: "The code may read through cursors on the server, and the pooler does not keep them.",
    why: "Outside a transaction Django's iterator() declares its cursor WITH HOLD; in transaction mode the next fetch may run on another server connection: `cursor \"_django_curs_...\" does not exist`.",
    fix: "Set `\"DISABLE_SERVER_SIDE_CURSORS\": True` beside the setting in DATABASES, or use port 5432 (session mode).",
    sources: &[
        "Django 5.2 documentation, Databases (Transaction pooling and server-side cursors)",
        "Measured with WITH HOLD cursors through PgBouncer 1.25.2, November 2026",
    ],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let code = &subject.target.neighbours.code;
    (code.is_seen && code.server_side_cursors && stack::mode(subject) == Mode::Transaction)
        .then(|| rule.finding("Cursors on the server are on in the code, and this pooler does not keep them."))
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::target::{CodeHints, Neighbours};

    fn scene_on(port: u16, server_side_cursors: bool) -> Scene {
        let code = CodeHints { is_seen: true, server_side_cursors, ..Default::default() };
        scene(&format!(
            "postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:{port}/postgres"
        ))
        .beside(Neighbours { code, ..Default::default() })
    }

    #[test]
    fn it_fires() {
        scene_on(6543, true).fires(RULE.id);
    }

    #[test]
    fn it_is_silent() {
        scene_on(6543, false).silent(RULE.id);
        scene_on(5432, true).silent(RULE.id);
    }
}
