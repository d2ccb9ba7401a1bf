//! `dotenv-hash-comment`: an unquoted value in a .env file holds a `#`.

use super::prelude::*;
use crate::target::LineNote;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "dotenv-hash-comment",
    severity: Severity::Warning,
    group: Group::Setting,
    what: "An unquoted value in a .env file holds a `#`.",
    why: "dotenv (Node.js) since version 15 takes `#` for the start of a comment and cuts the value there; python-dotenv and Docker do so only after white space, or never.",
    fix: "Put the value in quotes, or write %23 for `#` in a URL.",
    sources: &["dotenv README and changelog, version 15", "python-dotenv README, 2026"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let noted = subject.target.neighbours.notes.contains(&LineNote::HashInValue);
    // A raw `#` that changes how the setting itself is read is told as such.
    let told = subject
        .reading
        .anomalies
        .iter()
        .any(|anomaly| matches!(anomaly.kind, AnomalyKind::UnencodedPassword | AnomalyKind::UrlFragment));
    (noted && !told).then(|| rule.finding("The value holds an unquoted `#`, where some readers cut it off."))
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn it_fires() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .line_note(crate::target::LineNote::HashInValue)
            .fires(RULE.id);
    }

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .line_note(crate::target::LineNote::HashInValue)
            .noted(AnomalyKind::UnencodedPassword)
            .silent(RULE.id);
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .silent(RULE.id);
    }
}
