//! `supascope env` from outside: what stands in which file, and that nothing is lost.

use std::fs;
use std::path::Path;

use crate::common::{PASSWORD, supascope, supascope_with};

const REF: &str = "abcdefghijklmnopqrst";
const HOST: &str = "aws-0-us-east-1.pooler.supabase.com";

/// A folder of a test, and the name of the `.env` in it.
fn folder() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let env = folder.path().join(".env").to_str().unwrap().to_owned();
    (folder, env)
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn the_contracts_example() {
    let arguments = ["env", "--stack", "prisma", "--workload", "serverless", "--ref", REF, "--host", HOST];
    let outcome = supascope(&arguments);
    assert_eq!((outcome.status, outcome.stderr.as_str()), (0, ""));
    let url = format!(
        "\nDATABASE_URL='postgresql://postgres.{REF}:[YOUR-PASSWORD]@{HOST}:6543/postgres?pgbouncer=true&connection_limit=1&"
    );
    assert!(outcome.stdout.contains(&url), "{}", outcome.stdout);
    assert!(
        outcome.stdout.contains(&format!("\nDIRECT_URL='postgresql://postgres.{REF}:[YOUR-PASSWORD]@{HOST}:5432/"))
    );
    assert!(!outcome.stdout.contains("generator client"));
    let with_code = supascope(&[&arguments[..], &["--code"]].concat());
    assert!(with_code.stdout.contains("# ===== prisma/schema.prisma =====\ngenerator client {"));
}

#[test]
fn inspect_passes_what_env_writes() {
    let (_folder, env) = folder();
    let arguments = ["env", "--stack", "sqlalchemy-asyncpg", "--endpoint", "transaction", "--ref", REF, "--host", HOST];
    assert_eq!(supascope(&[&arguments[..], &["-o", &env]].concat()).status, 0);
    let outcome = supascope(&["inspect", "--env-file", &env, "--skip", "placeholder-password", "--fail-on", "note"]);
    assert_eq!(outcome.status, 0, "{}", outcome.stdout);
}

#[test]
fn json_holds_the_files() {
    let outcome = supascope(&["env", "--stack", "pgx", "--code", "--format", "json"]);
    let document: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(document["schema"], "supascope.env/v1");
    let paths: Vec<_> =
        document["files"].as_array().unwrap().iter().map(|file| file["path"].as_str().unwrap()).collect();
    assert_eq!(paths, [".env", "db/db.go"]);
    assert!(document["files"][0]["text"].as_str().unwrap().contains("YOUR-POOLER-HOST"));
}

#[test]
fn a_file_is_written_for_its_owner_alone_and_never_over_another() {
    let (folder, env) = folder();
    let arguments = ["env", "--stack", "asyncpg", "-o", &env, "--code"];
    assert_eq!(supascope(&arguments).status, 0);
    assert_eq!(names(folder.path()), [".env", "db.py"]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(&env).unwrap().permissions().mode() & 0o777, 0o600);
    }
    fs::write(&env, "MINE=1\n").unwrap();
    let again = supascope(&arguments);
    assert_eq!(again.status, 2);
    assert!(again.stderr.contains("it exists; give --merge"), "{}", again.stderr);
    assert_eq!(fs::read_to_string(&env).unwrap(), "MINE=1\n");
    // One file in the way keeps the others from being written.
    fs::remove_file(&env).unwrap();
    fs::write(folder.path().join("db.py"), "mine").unwrap();
    assert_eq!(supascope(&arguments).status, 2);
    assert_eq!(names(folder.path()), ["db.py"]);
    assert_eq!(supascope(&[&arguments[..], &["--force"]].concat()).status, 0);
    assert!(fs::read_to_string(folder.path().join("db.py")).unwrap().contains("create_pool"));
}

#[test]
fn a_merge_adds_and_changes_and_says_which() {
    let (folder, env) = folder();
    let mine = format!(
        "# mine\nA=1\nDATABASE_URL='postgresql://postgres.{REF}:{PASSWORD}@{HOST}:6543/postgres?pgbouncer=true'\n"
    );
    fs::write(&env, &mine).unwrap();
    fs::write(folder.path().join("db.py"), "mine").unwrap();
    let arguments = ["env", "--stack", "psycopg", "-o", &env, "--merge", "--code"];
    let outcome = supascope(&arguments);
    assert_eq!(outcome.status, 0, "{}", outcome.stderr);
    outcome.assert_keeps_the_secret();
    for said in ["DATABASE_URL changed", "DIRECT_URL added", "pgbouncer dropped from DATABASE_URL"] {
        assert!(outcome.stderr.contains(said), "{said}: {}", outcome.stderr);
    }
    let text = fs::read_to_string(&env).unwrap();
    assert!(
        text.starts_with(&format!("# mine\nA=1\nDATABASE_URL='postgresql://postgres.{REF}:{PASSWORD}@{HOST}:5432/"))
    );
    assert!(text.contains(&format!("\nDIRECT_URL='postgresql://postgres.{REF}:{PASSWORD}@{HOST}:5432/")), "{text}");
    assert_eq!(fs::read_to_string(folder.path().join("db.py")).unwrap(), "mine");
    let again = supascope(&arguments);
    assert_eq!((again.status, fs::read_to_string(&env).unwrap()), (0, text));
    assert!(again.stderr.contains("DATABASE_URL unchanged"));
}

/// Without a host of the pooler a working setting is not turned into one with a placeholder.
#[test]
fn a_merge_stays_at_the_endpoint_where_no_other_host_is_known() {
    let (_folder, env) = folder();
    fs::write(&env, format!("DATABASE_URL=postgres://postgres:{PASSWORD}@db.{REF}.supabase.co/postgres\n")).unwrap();
    assert_eq!(supascope(&["env", "--stack", "psycopg", "-o", &env, "--merge"]).status, 0);
    let text = fs::read_to_string(&env).unwrap();
    assert!(text.contains(&format!("://postgres:{PASSWORD}@db.{REF}.supabase.co:5432/")), "{text}");
    assert!(!text.contains("YOUR-POOLER-HOST"), "{text}");
}

#[test]
fn a_setting_of_another_server_is_not_replaced() {
    let (_folder, env) = folder();
    let mine = format!("DATABASE_URL=postgresql://me:{PASSWORD}@db.example.com/shop\n");
    fs::write(&env, &mine).unwrap();
    let arguments = ["env", "--stack", "psycopg", "-o", &env, "--merge"];
    let outcome = supascope(&arguments);
    assert_eq!((outcome.status, fs::read_to_string(&env).unwrap()), (2, mine));
    assert!(outcome.assert_keeps_the_secret().stderr.contains("DATABASE_URL on line 1 leads to another server"));
    assert_eq!(supascope(&[&arguments[..], &["--force"]].concat()).status, 0);
}

#[test]
fn a_password_is_taken_from_the_environment_and_printed_only_when_asked_for() {
    let (_folder, env) = folder();
    let secret = format!("{PASSWORD}@#/?");
    let variables = [("PW", secret.as_str())];
    let arguments = ["env", "--stack", "psycopg", "--password-from", "env:PW"];
    let refused = supascope_with(&arguments, &variables, "");
    assert_eq!(refused.status, 2);
    refused.assert_keeps_the_secret();
    let shown = supascope_with(&[&arguments[..], &["--reveal-password"]].concat(), &variables, "");
    assert!(shown.stdout.contains(&format!(":{PASSWORD}%40%23%2F%3F@")), "{}", shown.stdout);
    let written = supascope_with(&[&arguments[..], &["-o", &env]].concat(), &variables, "");
    assert_eq!(written.status, 0);
    written.assert_keeps_the_secret();
    assert!(fs::read_to_string(&env).unwrap().contains(&format!(":{PASSWORD}%40%23%2F%3F@")));
}

#[test]
fn bad_input_is_exit_status_two_with_a_way_out() {
    let (folder, _) = folder();
    let here = folder.path().to_str().unwrap();
    let missing = folder.path().join("no/such/.env").to_str().unwrap().to_owned();
    let url = format!("postgresql://postgres.{REF}:{PASSWORD}@{HOST}:6543/postgres");
    let db_host = format!("db.{REF}.supabase.co");
    let setting = [("PW", url.as_str()), ("LINES", "a\nb"), ("EMPTY", "")];
    for (arguments, wanted) in [
        (&["--stack", "asynpg"][..], "did you mean asyncpg?"),
        (&[], "--stack"),
        (&["--stack", "asyncpg", "--tier", "smal"], "did you mean small?"),
        (&["--stack", "asyncpg", "--pool-size", "-3"], "-3 is not in 1..=1000000"),
        (&["--stack", "asyncpg", "--pool-size", "0"], "0 is not in 1..=1000000"),
        (&["--stack", "asyncpg", "--instances", "4294967297"], "--instances"),
        (&["--stack", "asyncpg", "--endpoint", "session", "--instances", "16"], "--endpoint transaction"),
        (&["--stack", "asyncpg", "--ref", "short"], "20 characters"),
        (&["--stack", "asyncpg", "--host", &url], "--host takes the host alone"),
        (&["--stack", "asyncpg", "--host", "aws-0-us-east-1.pooler.supabase.com:6543"], "without a port"),
        (&["--stack", "asyncpg", "--host", &db_host], "the database itself"),
        (&["--stack", "asyncpg", "--host", &db_host, "--ref", "zzzzzzzzzzzzzzzzzzzz"], "another project"),
        (
            &["--stack", "asyncpg", "--host", "aws-0-us-east-1.pooler.supabase.co"],
            "did you mean aws-0-us-east-1.pooler.supabase.com?",
        ),
        (&["--stack", "asyncpg", "--host", "aws-0-[REGION].pooler.supabase.com"], "placeholder"),
        (&["--stack", "asyncpg", "--host", "db.example.com"], "no host of Supabase's shared pooler"),
        (&["--stack", "seaorm", "--workload", "serverless"], "give --endpoint"),
        (&["--stack", "asyncpg", "-o", here], "it is a directory"),
        (&["--stack", "asyncpg", "-o", here, "--force"], "it is a directory"),
        (&["--stack", "asyncpg", "-o", &missing], "failed to write"),
        (&["--stack", "asyncpg", "--merge"], "--output"),
        (&["--stack", "asyncpg", "--password-from", "PW", "--reveal-password"], "env:NAME"),
        (&["--stack", "asyncpg", "--password-from", "env:NONE", "--reveal-password"], "NONE is not set"),
        (&["--stack", "asyncpg", "--password-from", "env:EMPTY", "--reveal-password"], "EMPTY is empty"),
        (&["--stack", "asyncpg", "--password-from", "env:PW", "--reveal-password"], "not a password"),
        (&["--stack", "asyncpg", "--password-from", "env:LINES", "--reveal-password"], "control characters"),
    ] {
        let outcome = supascope_with(&[&["env"], arguments].concat(), &setting, "");
        assert_eq!((outcome.status, outcome.stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(outcome.stderr.contains(wanted), "{arguments:?}: {}", outcome.stderr);
        outcome.assert_keeps_the_secret();
    }
    assert!(names(folder.path()).is_empty());
}

#[cfg(unix)]
#[test]
fn a_symbolic_link_is_not_written_through_and_a_merge_keeps_it() {
    use std::os::unix::fs::symlink;
    let (folder, env) = folder();
    let real = folder.path().join("real.env");
    symlink("real.env", &env).unwrap();
    let run = |more: &[&str]| supascope(&[&["env", "--stack", "psycopg", "-o", env.as_str()], more].concat()).status;
    assert_eq!((run(&[]), run(&["--force"]), run(&["--merge"])), (2, 2, 2), "it leads nowhere");
    fs::write(&real, "A=1\n").unwrap();
    assert_eq!((run(&[]), run(&["--force"])), (2, 2));
    assert_eq!(fs::read_to_string(&real).unwrap(), "A=1\n");
    assert_eq!(run(&["--merge"]), 0);
    assert!(fs::symlink_metadata(&env).unwrap().is_symlink());
    assert!(fs::read_to_string(&real).unwrap().starts_with("A=1\n\n"));
}

/// A shell is one of the readers of `.env` files.
#[cfg(unix)]
#[test]
fn a_shell_reads_the_same_values() {
    let (_folder, env) = folder();
    assert_eq!(supascope(&["env", "--stack", "prisma-6", "--stack", "npgsql", "-o", &env]).status, 0);
    let script = format!("set -a; . '{env}'; printf '%s\\n%s\\n' \"$DATABASE_URL\" \"$ConnectionStrings__Default\"");
    let output = std::process::Command::new("sh").args(["-euc", &script]).output().unwrap();
    let read = String::from_utf8(output.stdout).unwrap();
    let text = fs::read_to_string(&env).unwrap();
    for (name, value) in ["DATABASE_URL", "ConnectionStrings__Default"].into_iter().zip(read.lines()) {
        assert!(text.contains(&format!("\n{name}='{value}'\n")), "{name}: {value}");
    }
}
