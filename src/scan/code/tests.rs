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
