//! `quotes-in-value`: quotes are part of the value.

use super::prelude::*;
use crate::target::LineNote;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "quotes-in-value",
    severity: Severity::Warning,
    group: Group::Setting,
    what: "Quotes are part of the value.",
    why: "Where the reader does not take them off (Docker's --env-file, systemd, many CI settings) they reach the driver and break the string.",
    fix: "Remove the quotes.",
    sources: &[
        "Docker documentation, docker run --env-file, 2026",
        "Measured November 2026: dotenv 18.0, node 20 --env-file, @next/env 16.4, python-dotenv 1.2, bash",
    ],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    if subject.target.neighbours.notes.contains(&LineNote::QuotesReadDifferently) {
        let message = "Readers of .env files differ over these quotes: dotenv for Node.js keeps backslashes in double quotes, \
                       python-dotenv, Docker Compose and Ruby's dotenv take backticks for text, and text behind a closing \
                       quote belongs to the value or makes the line void.";
        let fix = "Write the value in plain double or single quotes, with %5C for a backslash and %22 for a quote in a URL.";
        return Some(rule.finding(message).with_fix(fix));
    }
    let quotes = "The value is in quotes that its reader may keep.";
    let finding = super::anomaly::finding(rule, subject, AnomalyKind::QuotesInValue, quotes)?;
    let mark = finding.span.clone().and_then(|span| subject.reading.text.reveal().get(span)).map(str::trim);
    let Some(mark) = mark.filter(|mark| !mark.is_empty() && mark.len() <= 3 && mark.bytes().all(is_end_of_line))
    else {
        return Some(finding);
    };
    let message = format!("`{mark}` behind the setting belongs to the text around it; a driver takes it into the last part.");
    Some(Finding { message, ..finding.with_fix(format!("Remove `{mark}` at the end.")) })
}

/// What ends a line of code or a sentence.
const fn is_end_of_line(byte: u8) -> bool {
    matches!(byte, b';' | b',' | b'.' | b')' | b']' | b'}' | b'>' | b'/' | b'\\' | b'n')
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
    fn what_readers_of_env_files_make_of_quotes_is_told() {
        scene("host=h user=u").line_note(LineNote::QuotesReadDifferently).fires(RULE.id);
    }

    #[test]
    fn the_readers_note_becomes_a_finding() {
        assert_eq!(
            scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
                .noted(AnomalyKind::QuotesInValue)
                .fires(RULE.id)
                .span,
            Some(5..6)
        );
    }
}
