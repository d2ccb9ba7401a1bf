//! What the types of the stack profiles cannot say.

use super::super::*;
use super::{is_date, unique};
use crate::advice::Fit;
use crate::context::Workload;

/// Every stack, parsed.
fn stacks() -> impl Iterator<Item = &'static Stack> {
    stack_ids().map(|id| stack(id).unwrap())
}

#[test]
fn stacks_are_named_as_their_files() {
    assert_eq!(stacks().count(), 46);
    for (id, stack) in stack_ids().zip(stacks()) {
        assert_eq!(id, stack.id);
    }
    assert!(stack_ids().is_sorted() && unique(stack_ids()));
}

#[test]
fn every_fact_of_a_stack_has_a_source_that_resolves_and_a_date() {
    for stack in stacks() {
        let mut entries: Vec<(&str, &str)> = vec![
            (&stack.url.source, &stack.url.as_of),
            (&stack.statements.source, &stack.statements.as_of),
            (&stack.tls.source, &stack.tls.as_of),
            (&stack.migrations.source, &stack.migrations.as_of),
        ];
        entries.extend(stack.pool.iter().map(|entry| (entry.source.as_str(), entry.as_of.as_str())));
        entries.extend(stack.url.keys.iter().map(|entry| (entry.source.as_str(), entry.as_of.as_str())));
        entries.extend(stack.version_notes.iter().map(|entry| (entry.source.as_str(), entry.as_of.as_str())));
        entries.extend(stack.settings.values().map(|entry| (entry.source.as_str(), entry.as_of.as_str())));
        entries.extend(stack.advice.iter().map(|entry| (entry.source.as_str(), entry.as_of.as_str())));
        entries.extend(stack.failures.iter().map(|entry| (entry.source.as_str(), entry.as_of.as_str())));
        for (source, as_of) in entries {
            assert!(stack.sources.contains(source), "{}: unknown source `{source}`", stack.id);
            assert!(is_date(as_of), "{}: not a date: `{as_of}`", stack.id);
        }
        for (key, document) in stack.sources.iter() {
            let year = document.contains("202") || document.bytes().any(|byte| byte.is_ascii_digit());
            assert!(year, "{}: source `{key}` has neither date nor version", stack.id);
        }
    }
}

/// An empty cell would leave a user without an answer.
#[test]
fn every_cell_of_advice_is_filled() {
    for stack in stacks() {
        for class in EndpointClass::ALL {
            for workload in Workload::ALL {
                let cell = stack.advice_for(class, workload);
                assert!(cell.is_some(), "{}: {} x {}", stack.id, class.as_str(), workload.as_str());
            }
        }
    }
}

#[test]
fn every_setting_is_used_and_every_verdict_to_avoid_names_another_endpoint() {
    for stack in stacks() {
        for key in stack.settings.keys() {
            let used = stack.advice.iter().any(|entry| entry.settings.contains(key));
            assert!(
                used || stack.statements.switch.as_ref() == Some(key),
                "{}: setting `{key}` is used nowhere",
                stack.id
            );
        }
        for entry in stack.advice.iter().filter(|entry| entry.fit == Fit::Avoid) {
            let elsewhere = ["6543", "5432", "direct host"].iter().any(|place| entry.summary.contains(place));
            assert!(elsewhere, "{}: {}", stack.id, entry.summary);
        }
    }
}

/// Naming is switched off exactly where it must be: no cell that needs the switch may lack it.
#[test]
fn the_statement_switch_is_advised_where_names_break() {
    for stack in stacks().filter(|stack| stack.statements.switch.is_some()) {
        let switch = stack.statements.switch.as_ref().unwrap();
        for class in EndpointClass::ALL {
            for workload in [Workload::Persistent, Workload::Serverless] {
                let entry = stack.advice_for(class, workload).unwrap();
                let needed = stack.statements.must_be_off.contains(&class);
                assert_eq!(entry.settings.contains(switch), needed, "{}: {}", stack.id, class.as_str());
            }
        }
    }
    for stack in stacks().filter(|stack| stack.statements.named == NamedStatements::ByDefault) {
        assert!(stack.statements.must_be_off.contains(&EndpointClass::TransactionUntracked), "{}", stack.id);
    }
}

#[test]
fn stacks_are_found_by_id_alias_and_nearest_name() {
    let id = |name: &str| stack(name).map(|stack| stack.id.as_str());
    assert_eq!(id("asyncpg"), Some("asyncpg"));
    assert_eq!(id("Node-Postgres"), Some("node-postgres"));
    assert_eq!(id("pg"), Some("node-postgres"));
    assert_eq!(id("prisma"), Some("prisma-6"));
    assert_eq!(id("prisma7"), Some("prisma-7"));
    assert_eq!(id("nonsense"), None);
    assert_eq!(nearest_stacks("asyncgp"), ["asyncpg"]);
    assert_eq!(nearest_stacks("psycopg4").first(), Some(&"psycopg"));
    assert!(nearest_stacks("nonsense").is_empty());
    assert!(nearest_stacks("").is_empty());
    for alias in &detection().aliases {
        assert!(stack(&alias.stack).is_some() && detection().sources.contains(&alias.source), "{}", alias.stack);
        assert!(alias.names.iter().all(|name| !stack_ids().any(|id| id == name)), "{}", alias.stack);
    }
}

/// Two stacks behind one name, or one key, would be a guess.
#[test]
fn a_name_and_a_key_mean_one_stack() {
    let detection = detection();
    let any_version = detection.aliases.iter().filter(|alias| alias.versions.is_none());
    assert!(unique(any_version.flat_map(|alias| &alias.names).map(String::as_str)));
    assert!(unique(detection.keys.iter().flat_map(|hint| &hint.names).map(String::as_str)));
    for alias in detection.aliases.iter().filter(|alias| alias.versions.is_some()) {
        let meant = stack(&alias.stack).unwrap();
        let range = alias.versions.as_ref().unwrap();
        assert!(meant.packages.contains(&range.package) && is_date(&alias.as_of), "{}", alias.stack);
    }
}

/// What turns naming off in the URL must reach the driver from there.
#[test]
fn a_switch_in_the_url_is_taken_from_the_url() {
    for stack in stacks() {
        if let Some(switch) = &stack.statements.url_switch {
            assert_eq!(stack.key_fate(&switch.key), KeyFate::Taken, "{}", stack.id);
            assert!(stack.statement_switch().is_some(), "{}", stack.id);
        }
    }
}

/// Ranges of one package must not leave a hole between them, where a version would be told nothing.
#[test]
fn settings_for_certain_versions_stand_beside_others_of_the_same_cell() {
    for stack in stacks() {
        for entry in stack.advice.iter().filter(|entry| entry.fit != Fit::Avoid) {
            let limited = entry.settings.iter().filter_map(|key| stack.settings[key].versions.as_ref());
            for range in limited {
                let edge = range.from.as_ref().or(range.before.as_ref()).unwrap();
                let mut versions = Versions::default();
                versions.set(&range.package, edge.clone());
                assert!(stack.settings_for(entry, &versions).next().is_some(), "{}: {range}", stack.id);
            }
        }
        assert!(stack.packages.iter().all(|package| *package == package.to_ascii_lowercase()), "{}", stack.id);
    }
}

#[test]
fn the_stack_of_a_setting_is_detected() {
    let driver = |driver| Traces { driver: Some(driver), ..Traces::default() };
    let scheme = |scheme| Traces { scheme: Some(scheme), ..Traces::default() };
    let nothing = Traces::default();
    assert_eq!(detect(driver("asyncpg"), ["pgbouncer"]), ["sqlalchemy-asyncpg"]);
    assert_eq!(detect(driver("psycopg2"), []), ["sqlalchemy-psycopg2"]);
    assert_eq!(detect(nothing, ["sslmode", "pgbouncer", "connection_limit"]), ["prisma-6"]);
    assert_eq!(detect(nothing, ["uselibpqcompat"]), ["node-postgres"]);
    assert!(detect(driver("unheard-of"), ["sslmode"]).is_empty());
    assert!(detect(scheme("postgresql"), ["sslmode"]).is_empty());
    assert_eq!(detect(scheme("ecto"), []), ["ecto"]);
    assert_eq!(detect(scheme("R2DBC:postgresql"), ["sslMode"]), ["r2dbc"]);
    assert_eq!(detect(Traces { syntax: Some("npgsql"), ..nothing }, []), ["npgsql"]);
    let detection = detection();
    for hint in detection.drivers.iter().chain(&detection.schemes).chain(&detection.syntaxes) {
        assert!(stack(&hint.stack).is_some() && is_date(&hint.as_of), "{}", hint.stack);
    }
    for hint in &detection.keys {
        assert!(stack(&hint.stack).is_some() && is_date(&hint.as_of), "{}", hint.stack);
        // A key that only hints at a stack must mean something to it.
        assert!(
            hint.names.iter().all(|key| stack(&hint.stack).unwrap().key_fate(key) == KeyFate::Taken),
            "{}",
            hint.stack
        );
    }
}

#[test]
fn the_fate_of_a_url_key_is_known() {
    let sqlalchemy = stack("sqlalchemy-asyncpg").unwrap();
    assert_eq!(sqlalchemy.key_fate("sslmode"), KeyFate::Refused);
    assert!(sqlalchemy.key_instead("sslmode").unwrap().contains("ssl=require"));
    assert_eq!(
        sqlalchemy.key_error("whatever").as_deref(),
        Some("TypeError: connect() got an unexpected keyword argument 'whatever'")
    );
    assert_eq!(stack("asyncpg").unwrap().key_fate("pgbouncer"), KeyFate::SentToServer);
    assert_eq!(stack("prisma-7").unwrap().key_fate("connection_limit"), KeyFate::Ignored);
    assert_eq!(stack("psql").unwrap().key_fate("pgbouncer"), KeyFate::Refused);
}

#[test]
fn defaults_of_pools_are_counted() {
    assert_eq!(stack("sqlalchemy-asyncpg").unwrap().default_connections(), Some(15));
    assert_eq!(stack("asyncpg").unwrap().pool.as_ref().map(|pool| pool.opens_at_start), Some(10));
    assert_eq!(stack("psycopg2").unwrap().default_connections(), None);
    assert_eq!(stack("prisma-6").unwrap().default_connections(), None);
}

/// Users will bring their own profiles: a slip must be shown where it is.
#[test]
fn a_broken_stack_is_refused_with_its_place() {
    let text = embedded::all().find(|(name, _)| name == "stacks/psql.toml").map(|(_, text)| text).unwrap();
    let broken = text.replacen("[url]", "[url]\ncolour = \"red\"", 1);
    let error = parse_stack("mine.toml", &broken).unwrap_err();
    assert!(error.line > 5 && error.message.contains("colour"), "{error}");
    let broken = text.replacen("settings = [\"use-session\"]", "settings = [\"nothing\"]", 1);
    assert!(parse_stack("mine.toml", &broken).unwrap_err().message.contains("`nothing`"));
    let broken = text.replacen("fit = \"fits\"", "fit = \"perhaps\"", 1);
    assert!(parse_stack("mine.toml", &broken).unwrap_err().message.contains("fits, works, avoid"));
    let doubled = format!("{text}\n[[advice]]{}", text.split("[[advice]]").nth(1).unwrap());
    assert!(parse_stack("mine.toml", &doubled).unwrap_err().message.contains("more than one advice"));
}
