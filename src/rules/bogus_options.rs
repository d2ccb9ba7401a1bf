//! `bogus-options`: the `options` value is in a form that this endpoint does not take.

use super::options::Options;
use super::prelude::*;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "bogus-options",
    severity: Severity::Error,
    group: Group::Setting,
    what: "The `options` value is in a form that this endpoint does not take.",
    why: "Supavisor reads `--name=value` and `-c name=value` and skips `-cname=value` without a word; PgBouncer refuses any setting in options; Postgres takes none of it without a dash.",
    fix: "On the shared pooler write `options=--search_path%3Dapp`; on the dedicated pooler use `ALTER ROLE ... SET` instead.",
    sources: &[
        "Measured against Supavisor 2.8.8, 2.9.7 and 2.9.10 and PgBouncer 1.25, November 2026",
        "Supavisor source, startup_options.ex, August 2026",
    ],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let parameter = subject.parameter("options")?;
    let settings = Options::read(&parameter.value);
    let finding = |message: String| rule.finding(message).at(parameter.value_span.clone());
    match subject.endpoint.pooler {
        Pooler::Supavisor => {
            let glued = settings.glued()?;
            let repaired = subject.replaced(parameter.value_span.as_ref(), &settings.written_long(subject.syntax()?));
            Some(
                finding(format!("`-c{glued}=...` without a space is skipped by Supavisor: the setting never arrives."))
                    .with_fix(format!(
                        "Write `options=--{glued}%3D...`. Each distinct search_path makes a pool of its own."
                    ))
                    .with_repaired(repaired),
            )
        }
        Pooler::PgBouncer => {
            let name = settings.names().next()?;
            Some(finding(format!("The dedicated pooler refuses startup settings: `unsupported startup parameter in options: {name}`."))
                .with_fix(format!("Set it for the role instead: `ALTER ROLE ... SET {name} = ...`, or qualify names with their schema."))
                .with_repaired(subject.without("options")))
        }
        Pooler::None if subject.endpoint.mode == Mode::Direct => {
            let word = settings.stray()?;
            Some(
                finding(format!("Postgres takes `{word}` for a command-line argument and refuses it."))
                    .with_fix(format!("Write `options=-c%20{word}`.")),
            )
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn it_fires() {
        assert_eq!(scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres?options=-csearch_path%3Daiapp").repaired(RULE.id), "postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres?options=--search_path%3Daiapp");
        assert_eq!(scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres?options=-csearch_path%3Da%20-cjit%3Doff&sslmode=require").repaired(RULE.id), "postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres?options=--search_path%3Da%20--jit%3Doff&sslmode=require");
        scene("postgresql://postgres:pw@db.abcdefghijklmnopqrst.supabase.co:6543/postgres?options=--search_path%3Dapp")
            .fires(RULE.id);
        scene("postgresql://postgres:pw@db.abcdefghijklmnopqrst.supabase.co:5432/postgres?options=search_path%3Dapp")
            .fires(RULE.id);
    }

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres?options=--search_path%3Dapp").silent(RULE.id);
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres?options=-c%20search_path%3Dapp").silent(RULE.id);
        scene("postgresql://postgres:pw@db.abcdefghijklmnopqrst.supabase.co:5432/postgres?options=-csearch_path%3Dapp")
            .silent(RULE.id);
        scene("postgresql://postgres:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres?options=reference%3Dabcdefghijklmnopqrst").silent(RULE.id);
    }
}
