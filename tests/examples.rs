//! The five applications under `examples/`: the report of `inspect` against the diagnosis that each of them needs.
//!
//! Each test runs the built program in the example's directory, with the options that its README gives, and compares
//! the kind and the exact set of findings of every setting, and the phrases that the diagnosis must hold.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says where and stops")]

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// One setting of the report.
struct Found {
    kind: String,
    pooler: String,
    rules: Vec<String>,
    /// Advice, findings and evidence as one text, to look for phrases in.
    text: String,
}

fn directory(example: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(example)
}

/// Runs `inspect` in the example's directory, with an environment that holds nothing else.
fn inspect(example: &str, options: &[&str]) -> (Vec<(String, Found)>, Value) {
    let output = Command::new(env!("CARGO_BIN_EXE_supascope"))
        .current_dir(directory(example))
        .env_clear()
        .arg("inspect")
        .args(options)
        .args(["--format", "json"])
        .output()
        .expect("run supascope");
    let document: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{example}: {error}: {}", String::from_utf8_lossy(&output.stderr)));
    let targets = document["targets"].as_array().expect("targets").iter().map(found).collect();
    (targets, document["summary"].clone())
}

fn found(target: &Value) -> (String, Found) {
    let mut rules: Vec<String> = target["findings"]
        .as_array()
        .expect("findings")
        .iter()
        .map(|finding| {
            let mark = finding["severity"].as_str().expect("severity").chars().next().expect("a letter");
            format!("{mark}:{}", finding["rule"].as_str().expect("rule"))
        })
        .collect();
    rules.sort();
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let found = Found {
        kind: word(&target["endpoint"]["kind"]),
        pooler: word(&target["endpoint"]["pooler"]),
        rules,
        text: strings(target).join("\n"),
    };
    (word(&target["source"]["variable"]), found)
}

/// Every string in a document.
fn strings(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(items) => items.iter().flat_map(strings).collect(),
        Value::Object(map) => map.values().flat_map(strings).collect(),
        _ => Vec::new(),
    }
}

fn one<'a>(targets: &'a [(String, Found)], variable: &str) -> &'a Found {
    let names: Vec<&str> = targets.iter().map(|(name, _)| name.as_str()).collect();
    targets
        .iter()
        .find(|(name, _)| name == variable)
        .map_or_else(|| panic!("{variable} is not among {names:?}"), |(_, found)| found)
}

fn says(found: &Found, phrases: &[&str]) {
    for phrase in phrases {
        assert!(found.text.contains(phrase), "nothing says `{phrase}`:\n{}", found.text);
    }
}

#[test]
fn fastmcp_asyncpg_fits_with_its_cache_switched_off() {
    let (targets, summary) =
        inspect("fastmcp-asyncpg", &["--env-file", ".env", "--stack", "asyncpg", "--workload", "persistent"]);
    assert_eq!(targets.len(), 1);
    let url = one(&targets, "DATABASE_URL");
    assert_eq!((url.kind.as_str(), url.pooler.as_str()), ("shared-transaction", "supavisor"));
    // The opt-out lives in server.py, which a setting cannot show: a warning, and no error.
    assert_eq!(url.rules, ["n:sslmode-missing", "w:prepared-statements-on-transaction"]);
    assert_eq!(summary["exit_status"], 0);
    says(
        url,
        &[
            "statement_cache_size",
            "0.31",
            "SET LOCAL",
            "set_config(..., true)",
            "LISTEN",
            "session advisory locks",
            "A persistent server may as well use the session pooler (port 5432) with a small pool",
            "Not measured",
        ],
    );
}

#[test]
fn fastapi_sqlalchemy_asyncpg_alembic_fits_and_its_pool_fills_the_cap() {
    let options = ["--env-file", ".env", "--stack", "sqlalchemy-asyncpg", "--stack", "alembic"];
    let (targets, summary) = inspect("fastapi-sqlalchemy-asyncpg-alembic", &options);
    assert_eq!(targets.len(), 1);
    let group = one(&targets, "ERYAO_DATABASE__*");
    assert_eq!((group.kind.as_str(), group.pooler.as_str()), ("shared-session", "supavisor"));
    assert_eq!(group.rules, ["n:pool-exceeds-session-cap", "n:sslmode-missing"]);
    assert_eq!(summary["exit_status"], 0);
    says(
        group,
        &[
            "may keep their statement caches here",
            "One process may take the whole session cap, so a second one is refused: 15 connections",
            "Right for Alembic: in session mode one server connection stays for the whole migration",
            "%%",
            "sslmode` there is a TypeError",
            "us-east-2",
        ],
    );
}

#[test]
fn alembic_on_the_transaction_port_is_an_error() {
    let directory = tempfile::tempdir().expect("a directory");
    let changed = std::fs::read_to_string(directory_file("fastapi-sqlalchemy-asyncpg-alembic", ".env"))
        .expect("the example")
        .replace("PORT=5432", "PORT=6543");
    let path = directory.path().join("changed.env");
    std::fs::write(&path, changed).expect("write");
    let path = path.to_str().expect("a path");
    let (targets, summary) = inspect("fastapi-sqlalchemy-asyncpg-alembic", &["--env-file", path, "--stack", "alembic"]);
    let rules = &one(&targets, "ERYAO_DATABASE__*").rules;
    assert!(rules.contains(&"e:migrations-on-transaction".to_owned()), "{rules:?}");
    assert_eq!(summary["exit_status"], 1);
}

fn directory_file(example: &str, file: &str) -> PathBuf {
    directory(example).join(file)
}

#[test]
fn multi_schema_asyncpg_cannot_log_in_and_asks_for_four_pools() {
    let (targets, summary) = inspect("multi-schema-asyncpg", &["--env-file", ".env"]);
    let names: Vec<&str> = targets.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["SUPABASE_DB_*", "MAIN_DB_URL", "GARMIN_DB_URL", "BLOOD_DB_URL", "UFC_DB_URL"]);
    assert!(targets.iter().all(|(_, found)| found.kind == "shared-session" && found.pooler == "supavisor"));
    assert_eq!(one(&targets, "SUPABASE_DB_*").rules, ["e:user-missing-ref", "n:sslmode-missing"]);
    let each = ["e:bogus-options", "e:rejected-parameter", "e:user-missing-ref", "n:sslmode-missing"];
    for name in ["GARMIN_DB_URL", "BLOOD_DB_URL", "UFC_DB_URL"] {
        assert_eq!(one(&targets, name).rules, each, "{name}");
    }
    let first = one(&targets, "MAIN_DB_URL");
    assert_eq!(
        first.rules,
        [
            "e:bogus-options",
            "e:pool-exceeds-session-cap",
            "e:rejected-parameter",
            "e:user-missing-ref",
            "n:sslmode-missing"
        ]
    );
    assert_eq!(summary["exit_status"], 1);
    says(
        first,
        &[
            "`postgres` without a project ref",
            "TypeError: connect() got an unexpected keyword argument 'options'",
            "unless the application takes options out of the URL first",
            "without a space is skipped by Supavisor",
            "options=--search_path%3Daiapp",
            "Each distinct search_path makes a pool of its own",
            "4 engines x 15 connections = 60",
            "count against max_connections",
            "although a CA file stands ready (`./prod-ca-2021.crt`): check that the code verifies",
        ],
    );
}

#[test]
fn the_connection_guide_is_measured_against_a_medium_project() {
    let (targets, summary) =
        inspect("connection-guide", &["--env-file", ".env", "--tier", "medium", "--pool-size", "80"]);
    let url = one(&targets, "DATABASE_URL");
    assert_eq!(url.kind, "shared-transaction");
    assert_eq!(url.rules, ["n:sslmode-missing", "w:pool-exceeds-budget"]);
    let direct = one(&targets, "DIRECT_URL");
    assert_eq!(
        (direct.kind.as_str(), direct.rules.as_slice()),
        ("shared-session", ["n:sslmode-missing".to_owned()].as_slice())
    );
    assert_eq!(summary["exit_status"], 0);
    says(
        url,
        &[
            "A pool of 80 is more than 40 % of max_connections (48)",
            "Prisma does not require transaction mode",
            "Do not let prisma migrate use a transaction pooler",
        ],
    );

    // With the pool size that a Medium project has by default, one process of the guide asks for more than there is.
    let (targets, _) = inspect("connection-guide", &["--env-file", ".env", "--tier", "medium"]);
    assert_eq!(one(&targets, "DATABASE_URL").rules, ["n:sslmode-missing", "w:connection-limit-high"]);
}

#[test]
fn the_guides_python_half_fits_only_with_its_large_pool() {
    let options =
        ["--env-file", "fastapi.env", "--stack", "sqlalchemy-psycopg2", "--tier", "medium", "--workload", "persistent"];
    let (targets, summary) = inspect("connection-guide", &options);
    let group = one(&targets, "DB_*");
    assert_eq!(group.kind, "shared-session");
    assert_eq!(group.rules, ["e:pool-exceeds-session-cap", "n:tls-not-verified"]);
    assert_eq!(summary["exit_status"], 1);
    says(group, &["30 connections, against 15 server connections", "pool_pre_ping", "1800"]);

    let (targets, _) = inspect("connection-guide", &[options.as_slice(), &["--pool-size", "80"]].concat());
    assert_eq!(one(&targets, "DB_*").rules, ["n:tls-not-verified", "w:pool-exceeds-budget"]);
}

#[test]
fn the_guides_typeorm_half_fits() {
    let (targets, _) = inspect("connection-guide", &["--env-file", "typeorm.env", "--stack", "typeorm"]);
    let url = one(&targets, "DATABASE_URL");
    assert_eq!(
        (url.kind.as_str(), url.rules.as_slice()),
        ("shared-session", ["n:sslmode-missing".to_owned(), "n:wait-forever".to_owned()].as_slice())
    );
    says(url, &["The session pooler suits a persistent server"]);
}

#[test]
fn the_guides_mistakes_are_each_a_finding() {
    let rules = |setting: &str, options: &[&str]| {
        let (targets, _) = inspect("connection-guide", &[options, &[setting]].concat());
        targets.into_iter().next().expect("a target").1.rules
    };
    let pooler = "postgresql://postgres.wbnzkfqtxhvmrdjycple:invented@aws-0-us-west-1.pooler.supabase.com";
    let has =
        |rules: &[String], rule: &str| assert!(rules.iter().any(|found| found.ends_with(rule)), "{rule}: {rules:?}");
    has(
        &rules(&format!("{pooler}:6543/postgres"), &["--workload", "persistent"]),
        ":transaction-pooler-for-persistent",
    );
    has(&rules(&format!("{pooler}:6543/postgres"), &["--workload", "migrations"]), ":migrations-on-transaction");
    has(&rules(&format!("{pooler}:5432/postgres"), &["--workload", "serverless"]), ":serverless-on-session");
    let direct = "postgresql://postgres:invented@db.wbnzkfqtxhvmrdjycple.supabase.co:5432/postgres";
    has(&rules(direct, &[]), ":direct-needs-ipv6");
    has(&rules(&format!("{pooler}:6543/postgres?connection_limit=20"), &[]), ":pgbouncer-param-missing");
}

#[test]
fn flask_psycopg2_pools_nothing() {
    let (targets, summary) = inspect("flask-psycopg2", &["--env-file", ".env", "--stack", "psycopg2"]);
    let url = one(&targets, "DATABASE_URL");
    assert_eq!((url.kind.as_str(), url.pooler.as_str()), ("shared-session", "supavisor"));
    assert_eq!(url.rules, ["n:tls-not-verified", "w:no-application-pool"]);
    assert_eq!(summary["exit_status"], 0);
    says(
        url,
        &[
            "in session mode the pooler is none either",
            "15 server connections",
            "ThreadedConnectionPool",
            "one client holds one server connection until it leaves",
            "EMAXCONNSESSION",
            "transaction mode (port 6543) for many short processes",
            "workers x threads",
        ],
    );
}

#[test]
fn every_example_says_in_three_lines_what_it_is_and_how_to_run_it() {
    for example in std::fs::read_dir(directory("")).expect("examples").map(|entry| entry.expect("an entry").path()) {
        let Ok(readme) = std::fs::read_to_string(example.join("README.md")) else { continue };
        if !example.join(".env").exists() {
            continue;
        }
        assert_eq!(readme.trim().lines().count(), 3, "{}", example.display());
        assert!(readme.contains("Run: `supascope inspect --env-file "), "{}", example.display());
    }
}

#[test]
fn no_password_of_an_example_is_shown() {
    for (example, file, password) in [
        ("fastmcp-asyncpg", ".env", "Wm3tRz8kQv5nLd"),
        ("fastapi-sqlalchemy-asyncpg-alembic", ".env", "Tk9%vRw2mXq7"),
        ("multi-schema-asyncpg", ".env", "Hc6yPn3vKw8r"),
        ("connection-guide", ".env", "Xr5dMq9wTz2k"),
        ("connection-guide", "fastapi.env", "Xr5dMq9wTz2k"),
        ("flask-psycopg2", ".env", "Gs4kVt7nWz9d"),
    ] {
        assert!(std::fs::read_to_string(directory_file(example, file)).expect("the file").contains(password));
        for format in ["human", "json", "ndjson", "markdown"] {
            let output = Command::new(env!("CARGO_BIN_EXE_supascope"))
                .current_dir(directory(example))
                .env_clear()
                .args(["inspect", "--env-file", file, "-v", "--format", format])
                .output()
                .expect("run supascope");
            let shown = [output.stdout, output.stderr].concat();
            let shown = String::from_utf8_lossy(&shown);
            assert!(!shown.contains(&password[..6]), "{example}/{file} as {format}");
        }
    }
}
