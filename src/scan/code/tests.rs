use std::collections::HashSet;

use super::*;
use crate::knowledge;

fn uses(extension: &str, language: Language, text: &str) -> Vec<Use> {
    let calls = knowledge::calls(language.profile()).unwrap();
    read(text, &format!("code.{extension}"), extension, calls).uses
}

#[test]
fn every_language_is_read_and_joined_with_its_variable() {
    for (extension, language, text) in [
        (
            "py",
            Language::Python,
            "import asyncpg, os\npool = asyncpg.create_pool(os.environ[\"DB_URL\"], max_size=3)\n",
        ),
        (
            "js",
            Language::JavaScript,
            "const { Pool } = require('pg');\nnew Pool({ connectionString: process.env.DB_URL, max: 3 });\n",
        ),
        (
            "ts",
            Language::JavaScript,
            "import { Pool } from 'pg';\nexport const p: Pool = new Pool({ connectionString: process.env.DB_URL!, max: 3 });\n",
        ),
        (
            "go",
            Language::Go,
            "package a\nimport \"github.com/jackc/pgx/v5/pgxpool\"\nfunc f() {\n\tc, _ := pgxpool.ParseConfig(os.Getenv(\"DB_URL\"))\n\tc.MaxConns = 3\n}\n",
        ),
        (
            "rs",
            Language::Rust,
            "use sqlx::postgres::PgPoolOptions;\nasync fn f() { PgPoolOptions::new().max_connections(3).connect(&std::env::var(\"DB_URL\")?).await?; }\n",
        ),
        (
            "java",
            Language::Java,
            "import com.zaxxer.hikari.HikariConfig;\nclass A { void f() { HikariConfig c = new HikariConfig(); c.setJdbcUrl(System.getenv(\"DB_URL\")); c.setMaximumPoolSize(3); } }\n",
        ),
    ] {
        let uses = uses(extension, language, text);
        let [found] = uses.as_slice() else { panic!("{extension}: {uses:?}") };
        assert_eq!(
            (found.variables.as_slice(), found.says.pool_size),
            (["DB_URL".to_owned()].as_slice(), Some(3)),
            "{extension}"
        );
    }
    let php = "<?php\n$dsn = getenv('DB_URL') ?: 'pgsql:';\n$pdo = new PDO($dsn);\n";
    assert_eq!(uses("php", Language::Php, php)[0].variables, ["DB_URL"]);
}

#[test]
fn text_and_comments_are_no_code() {
    let text = "import asyncpg\n# asyncpg.create_pool(x)\nnote = 'asyncpg.create_pool(x)'\n\"\"\"asyncpg.create_pool(x)\"\"\"\n";
    assert!(uses("py", Language::Python, text).is_empty());
}

#[test]
fn statements_are_told_from_sentences() {
    for sql in ["LISTEN jobs", "listen \"jobs\";", " SET search_path TO a", "SELECT pg_advisory_lock(1)", "SET ROLE x"]
    {
        assert!(statement::named(sql).is_some(), "{sql}");
    }
    for text in [
        "Listen to me",
        "SET LOCAL ROLE x",
        "SELECT pg_advisory_xact_lock(1)",
        "SELECT set_config('a', $1, true)",
        "SET ROLE is a statement",
        "",
    ] {
        assert!(statement::named(text).is_none(), "{text}");
    }
    assert!(statement::named("SELECT set_config('a', $1, false)").is_some());
}

/// The files of the small repositories, with their paths.
fn files_of_cases() -> Vec<(String, String)> {
    let cases = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/repos/cases");
    let mut files = Vec::new();
    for entry in std::fs::read_dir(cases).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        for section in text.split("\n=== ").skip(1) {
            let (path, content) = section.split_once('\n').unwrap_or((section, ""));
            files.push((path.to_owned(), content.to_owned()));
        }
    }
    files
}

/// A profile that no small repository has a use for is one that nobody has seen work.
#[test]
fn every_profile_of_a_call_is_met_by_a_small_repository() {
    let mut met: HashSet<*const CallProfile> = HashSet::new();
    for (path, text) in files_of_cases() {
        let extension = path.rsplit('.').next().unwrap_or_default();
        let Some(language) = Language::of_extension(extension) else { continue };
        let calls = knowledge::calls(language.profile()).unwrap();
        let Some(lowered) = lowered(&text, extension) else { continue };
        let profiles: Vec<_> = calls.calls.iter().filter(|call| applies(call, &text, &path)).collect();
        let values = lowered.assignments.iter().map(|assignment| &assignment.value);
        for expr in values.chain(&lowered.top) {
            expr.walk(&mut |part| {
                if let Expr::Call(call) = part {
                    met.extend(of_call(&profiles, call).map(std::ptr::from_ref));
                }
            });
        }
        let assigned = lowered.assignments.iter().filter_map(|one| of_assignment(&profiles, &one.name));
        met.extend(assigned.map(std::ptr::from_ref));
    }
    let mut unmet = Vec::new();
    for language in knowledge::CALL_LANGUAGES {
        for call in &knowledge::calls(language).unwrap().calls {
            if !met.contains(&std::ptr::from_ref(call)) {
                unmet.push(format!("{language}: {:?} {:?} of {:?}", call.names, call.assigned, call.stack));
            }
        }
    }
    assert!(unmet.is_empty(), "no file under tests/repos/cases meets\n{}", unmet.join("\n"));
}
