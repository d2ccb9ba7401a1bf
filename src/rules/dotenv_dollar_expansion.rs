//! `dotenv-dollar-expansion`: readers of .env files make different values of a `$` in it.

use super::prelude::*;
use crate::endpoint::placeholder::is_reference;
use crate::secret::SecretText;
use crate::target::{Doubt, DoubtKind, LineNote};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "dotenv-dollar-expansion",
    severity: Severity::Warning,
    group: Group::Setting,
    what: "Readers of .env files make different values of a `$` in it.",
    why: "dotenv-expand (Vite, Prisma), Next.js, Docker Compose, Ruby's dotenv, godotenv and shells replace `$NAME`, an unknown one by nothing; python-dotenv replaces `${NAME}` only; dotenv for Node.js and `node --env-file` replace nothing. The password that arrives is another one.",
    fix: "Write %24 for a `$` that belongs to the password of a URL, or put the value in single quotes. Write references as `${NAME}`, below the line that sets NAME.",
    sources: &[
        "Measured November 2026: dotenv 18.0, dotenv-expand 12.0 and 1000.0, @next/env 16.4, python-dotenv 1.2, node 20, bash",
        "Docker documentation, Set, use and manage variables in a Compose file with interpolation, 2026",
        "Sources of bkeepers/dotenv (parser.rb, substitutions/variable.rb) and joho/godotenv (parser.go), 2026",
    ],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let beside = &subject.target.neighbours;
    // A reference that is meant as one is the business of `unresolved-interpolation`.
    let meant = || is_reference(&subject.reading.text.masked()) || subject.password() == Some(PasswordState::Unresolved);
    let has = |note: LineNote| beside.notes.contains(&note) && !meant();
    if has(LineNote::DollarInValue) {
        let message = if subject.reading.text.reveal().contains("$(") {
            "The value holds `$(`: shells, Ruby's dotenv and dotenv-expand 1000 run what follows as a command."
        } else {
            "The value holds a `$` that names no variable: dotenv-expand (Vite, Prisma), Next.js, Docker Compose and Ruby's \
             dotenv cut out what follows it, dotenv for Node.js and python-dotenv keep it."
        };
        return Some(rule.finding(message).with_repaired(encoded(subject)));
    }
    let doubts = beside.expansion.as_ref().map_or(&[][..], |expansion| &expansion.doubts);
    // A circle is told as such, and nothing was put in.
    let endless = doubts.iter().any(|doubt| severity(doubt.kind).is_none());
    let worst = doubts.iter().rev().filter(|_| !endless).max_by_key(|doubt| doubt.kind);
    if let Some(doubt) = worst {
        let severity = severity(doubt.kind).unwrap_or(rule.severity);
        let finding = rule.finding(message(doubt)).with_severity(severity);
        return Some(match fix(doubt) {
            Some(fix) => finding.with_fix(fix),
            None => finding,
        });
    }
    // Only a URL has a way of writing `$` that all agree on.
    let repaired = Some(subject).filter(|_| has(LineNote::DollarInSingleQuotes)).and_then(encoded)?;
    let message = "The value holds a `$`: dotenv-expand (Vite, Prisma) and Next.js replace it in single quotes too.";
    Some(
        rule.finding(message)
            .with_severity(Severity::Note)
            .with_fix("Write %24 for `$`.")
            .with_repaired(Some(repaired)),
    )
}

/// How bad it is; `None` where another rule tells it.
fn severity(kind: DoubtKind) -> Option<Severity> {
    match kind {
        DoubtKind::Literal | DoubtKind::Unbraced | DoubtKind::Default | DoubtKind::OtherFile | DoubtKind::Escaped => {
            Some(Severity::Note)
        }
        DoubtKind::Quoted | DoubtKind::Operator | DoubtKind::EnvironmentDiffers | DoubtKind::Forward => {
            Some(Severity::Warning)
        }
        DoubtKind::Cycle | DoubtKind::TooLong => None,
    }
}

fn message(doubt: &Doubt) -> String {
    let name = &doubt.name;
    match doubt.kind {
        DoubtKind::Literal => format!(
            "`{name}` is put in by dotenv-expand (Vite, Prisma), Next.js, python-dotenv, Docker Compose, Ruby and shells; \
             dotenv for Node.js by itself and `node --env-file` keep the reference as text."
        ),
        DoubtKind::Unbraced => format!(
            "`${name}` is put in by dotenv-expand (Vite, Prisma), Next.js, Docker Compose, Ruby and shells; python-dotenv, \
             dotenv for Node.js by itself and `node --env-file` keep it as text."
        ),
        DoubtKind::Default => format!(
            "The default behind `{name}:-` is read by dotenv-expand, Next.js, python-dotenv, Docker Compose and shells; \
             Ruby's dotenv and godotenv keep it as text, dotenv for Node.js by itself and `node --env-file` the whole reference."
        ),
        DoubtKind::OtherFile => format!(
            "`{name}` is set in another file: only a reader that loads both together (Next.js, Vite) puts it in."
        ),
        DoubtKind::Escaped => "`\\$` is a plain `$` to dotenv-expand, Next.js, Ruby's dotenv and shells; dotenv for Node.js \
             by itself and python-dotenv keep the backslash."
            .to_owned(),
        DoubtKind::Quoted => format!(
            "The reference to `{name}` stands in quotes in which dotenv-expand (Vite, Prisma), Next.js and python-dotenv \
             replace it, and Docker Compose, Ruby, godotenv and shells do not."
        ),
        DoubtKind::Operator => format!(
            "The operator behind `{name}` is known to shells and Docker Compose; Next.js, python-dotenv, Ruby's dotenv and \
             godotenv make something else of it."
        ),
        DoubtKind::EnvironmentDiffers => format!(
            "`{name}` has another value in the environment: dotenv-expand, Next.js, python-dotenv and Docker Compose take \
             that one, `source` and godotenv the file's."
        ),
        DoubtKind::Forward => format!(
            "`{name}` is set further down: Next.js puts it in, all other readers put nothing in its place."
        ),
        DoubtKind::Cycle | DoubtKind::TooLong => String::new(),
    }
}

fn fix(doubt: &Doubt) -> Option<String> {
    let name = &doubt.name;
    match doubt.kind {
        DoubtKind::Literal => Some(
            "Make sure that what reads this file expands variables (for Node.js: dotenv-expand); otherwise write the value out."
                .to_owned(),
        ),
        DoubtKind::Unbraced => Some(format!("Write `${{{name}}}`.")),
        DoubtKind::Default | DoubtKind::Operator => Some(format!("Set {name} above, and write `${{{name}}}`.")),
        DoubtKind::OtherFile => Some(format!("Set {name} in the same file, above this line.")),
        DoubtKind::Escaped => Some("Write %24 for `$` in a URL.".to_owned()),
        DoubtKind::Quoted => Some("Use double quotes, or none.".to_owned()),
        DoubtKind::EnvironmentDiffers => Some(format!("Unset {name} in the environment, or rename it in the file.")),
        DoubtKind::Forward => Some(format!("Move the line that sets {name} above this one.")),
        DoubtKind::Cycle | DoubtKind::TooLong => None,
    }
}

/// The setting with every `$` percent-encoded, where its syntax has that and none starts a reference that was meant.
fn encoded(subject: &Subject<'_>) -> Option<SecretText> {
    if !matches!(subject.syntax()?, Syntax::Uri | Syntax::Jdbc) {
        return None;
    }
    let spots: Vec<usize> = subject.reading.text.reveal().match_indices('$').map(|(at, _)| at).collect();
    let edited = spots.iter().rev().fold(subject.reading.text.clone(), |text, at| {
        super::edit::replace_within(&text, *at..at + 1, "%24")
    });
    (!spots.is_empty()).then_some(edited)
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::target::{Expansion, Neighbours};

    const SETTING: &str =
        "postgresql://postgres.abcdefghijklmnopqrst:p$w@aws-0-us-east-1.pooler.supabase.com:5432/postgres";

    fn doubting(kind: DoubtKind) -> Scene {
        let doubts = vec![Doubt { kind, name: "DB_USER".to_owned() }];
        let expansion = Some(Expansion { doubts, ..Expansion::default() });
        scene(SETTING).beside(Neighbours { expansion, ..Neighbours::default() })
    }

    #[test]
    fn a_dollar_that_names_nothing_is_encoded_in_a_url() {
        let found = scene(SETTING).line_note(LineNote::DollarInValue).fires(RULE.id);
        assert_eq!(found.severity, Severity::Warning);
        let repaired = found.repaired.unwrap();
        assert_eq!(repaired.reveal(), SETTING.replace('$', "%24"));
        assert!(!repaired.masked().contains("%24"), "{}", repaired.masked());
        let quoted = scene(SETTING).line_note(LineNote::DollarInSingleQuotes).fires(RULE.id);
        assert_eq!(quoted.severity, Severity::Note);
        scene("host=h password=a$b").line_note(LineNote::DollarInSingleQuotes).silent(RULE.id);
    }

    #[test]
    fn where_readers_differ_that_is_said_as_bad_as_it_is() {
        for (kind, severity) in [
            (DoubtKind::Literal, Severity::Note),
            (DoubtKind::Default, Severity::Note),
            (DoubtKind::Forward, Severity::Warning),
            (DoubtKind::Quoted, Severity::Warning),
            (DoubtKind::EnvironmentDiffers, Severity::Warning),
        ] {
            let found = doubting(kind).fires(RULE.id);
            assert_eq!(found.severity, severity, "{kind:?}");
            assert!(found.message.contains("DB_USER"), "{}", found.message);
        }
        doubting(DoubtKind::Cycle).silent(RULE.id);
    }

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:${DB_PASSWORD}@aws-0-us-east-1.pooler.supabase.com:5432/postgres").line_note(LineNote::DollarInValue).silent(RULE.id);
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .silent(RULE.id);
    }
}
