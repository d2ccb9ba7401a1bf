//! `spaces-around-equals`: white space stands around `=`.

use super::prelude::*;
use crate::target::LineNote;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "spaces-around-equals",
    severity: Severity::Error,
    group: Group::Setting,
    what: "White space stands around `=`.",
    why: "A shell takes `NAME = value` for a command, and readers of .env files disagree about whether it belongs to the name.",
    fix: "Write `NAME=value` without spaces.",
    sources: &[
        "POSIX shell command language, section 2.9.1 (variable assignments)",
        "Measured November 2026: dotenv 18.0, node 20 --env-file, @next/env 16.4, python-dotenv 1.2, bash",
    ],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let spaces = "There is white space around `=`.";
    let finding = super::anomaly::finding(rule, subject, AnomalyKind::SpacesAroundEquals, spaces)?;
    if subject.target.neighbours.notes.contains(&LineNote::ColonForEquals) {
        let message = "A `:` stands in the place of `=`: dotenv for Node.js, Next.js and Ruby read the line, \
                       node --env-file, python-dotenv, Docker and a shell do not.";
        return Some(Finding { message: message.to_owned(), ..finding });
    }
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .silent(RULE.id);
    }

    #[test]
    fn the_readers_note_becomes_a_finding() {
        assert_eq!(
            scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
                .noted(AnomalyKind::SpacesAroundEquals)
                .fires(RULE.id)
                .span,
            Some(5..6)
        );
    }
}
