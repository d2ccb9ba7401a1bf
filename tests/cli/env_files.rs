//! Settings in `.env` files as people write them: put together from variables, in groups, in pairs over several files;
//! and files that are none.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::common::{Outcome, PASSWORD};

const REF: &str = "abcdefghijklmnopqrst";
const OTHER: &str = "bbbbbbbbbbbbbbbbbbbb";
const POOLER: &str = "aws-0-us-east-1.pooler.supabase.com";

fn filled(text: &str) -> String {
    text.replace("{R}", REF).replace("{O}", OTHER).replace("{P}", POOLER).replace("{S}", PASSWORD)
}

fn run_with(files: &[(&str, &str)], arguments: &[&str], environment: &[(&str, &str)]) -> (Outcome, Vec<String>) {
    let directory = tempfile::tempdir().unwrap();
    for (name, content) in files {
        fs::write(directory.path().join(name), filled(content)).unwrap();
    }
    let outcome = run_in(directory.path(), arguments, environment);
    let after = files.iter().map(|(name, _)| fs::read_to_string(directory.path().join(name)).unwrap_or_default());
    (outcome, after.collect())
}

fn run_in(directory: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Outcome {
    let output = Command::new(env!("CARGO_BIN_EXE_supascope"))
        .args(arguments)
        .env_clear()
        .envs(environment.iter().copied())
        .current_dir(directory)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    Outcome {
        status: output.status.code().expect("ended by itself"),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// The report on some files, checked against the schema and for the password.
fn report_with(files: &[(&str, &str)], environment: &[(&str, &str)]) -> Value {
    let (outcome, _) = run_with(files, &["inspect", "--format", "json"], environment);
    outcome.assert_keeps_the_secret();
    let document: Value = serde_json::from_str(&outcome.stdout).unwrap_or_else(|_| panic!("{}", outcome.stderr));
    assert!(crate::schema::validator().is_valid(&document), "{document}");
    document
}

fn report(files: &[(&str, &str)]) -> Value {
    report_with(files, &[])
}

/// Every error and warning, as `VARIABLE: rule`.
fn complaints(report: &Value) -> Vec<String> {
    let targets = report["targets"].as_array().unwrap();
    let of_target = |target: &Value| {
        let name = target["source"]["variable"].as_str().unwrap().to_owned();
        let findings = target["findings"].as_array().unwrap().clone();
        findings
            .into_iter()
            .filter(|finding| finding["severity"] != "note")
            .map(move |finding| format!("{name}: {}", finding["rule"].as_str().unwrap()))
    };
    targets.iter().flat_map(of_target).collect()
}

const COMPONENTS: &str = "DB_USER=postgres.{R}\nDB_PASSWORD='{S}'\nDB_HOST={P}\nDB_PORT=5432\nDB_NAME=postgres\n";

#[test]
fn a_url_put_together_from_variables_is_one_target_on_its_own_line() {
    let url = "DATABASE_URL=postgresql://${DB_USER}:${DB_PASSWORD}@${DB_HOST}:${DB_PORT}/${DB_NAME}?sslmode=require\n";
    let report = report(&[(".env", &format!("{COMPONENTS}{url}"))]);
    let targets = report["targets"].as_array().unwrap();
    assert_eq!(targets.len(), 1, "{report}");
    let target = &targets[0];
    assert_eq!((target["source"]["line"].as_u64(), &target["endpoint"]["kind"]), (Some(6), &"shared-session".into()));
    assert_eq!(target["connection"]["user"], format!("postgres.{REF}"));
    assert_eq!(target["connection"]["password"]["state"], "set");
    for finding in target["findings"].as_array().unwrap() {
        assert_eq!((finding["line"].as_u64(), finding["column"].as_u64()), (Some(6), Some(14)), "{finding}");
    }
    assert!(complaints(&report).is_empty(), "{report}");
}

#[test]
fn a_secret_that_is_put_into_the_wrong_place_stays_hidden() {
    for url in [
        "postgresql://${DB_PASSWORD}:x@h.example.com/d",
        "postgresql://u:x@${DB_PASSWORD}/d",
        "postgresql://u:x@h.example.com/${DB_PASSWORD}",
        "postgresql://u:x@h.example.com/d?application_name=${DB_PASSWORD}",
        "host=h.example.com user=${DB_PASSWORD} dbname=${DB_PASSWORD}",
    ] {
        let files = [(".env", &*format!("DB_PASSWORD={{S}}\nDATABASE_URL=\"{url}\"\n"))];
        for arguments in
            [&["inspect", "-v"][..], &["inspect", "--format", "json"], &["inspect", "--fix"], &["inspect", "--diff"]]
        {
            run_with(&files, arguments, &[]).0.assert_keeps_the_secret();
        }
    }
}

#[test]
fn the_environment_and_the_other_file_are_put_in_and_said() {
    let url = "DATABASE_URL=postgresql://postgres.{R}:${PW}@{P}:5432/postgres?sslmode=require\n";
    let report = report_with(&[(".env", url)], &[("PW", PASSWORD)]);
    assert_eq!(report["targets"][0]["connection"]["password"]["state"], "set");
    let both = report_with(&[(".env", &format!("PW=another-one\n{url}"))], &[("PW", PASSWORD)]);
    assert_eq!(complaints(&both), ["DATABASE_URL: dotenv-dollar-expansion"]);
    let other = self::report(&[(".env", url), (".env.local", "PW={S}\n")]);
    assert_eq!(other["targets"][0]["connection"]["password"]["state"], "set");
    let nowhere = self::report(&[(".env", url)]);
    assert_eq!(complaints(&nowhere), ["DATABASE_URL: unresolved-interpolation"]);
}

#[test]
fn circles_and_growing_references_end() {
    let circle = report(&[(".env", "A=${B}\nB=${A}\nDATABASE_URL=postgresql://postgres.{R}:${A}@{P}:5432/postgres\n")]);
    assert_eq!(complaints(&circle), ["DATABASE_URL: unresolved-interpolation"]);
    let mut laughs = "L0=ha\n".to_owned();
    for level in 1..200 {
        let before = level - 1;
        let _ = writeln!(laughs, "L{level}=${{L{before}}}${{L{before}}}");
    }
    let url = "DATABASE_URL=postgresql://postgres.{R}:${L199}@{P}:5432/postgres\n";
    assert_eq!(complaints(&report(&[(".env", &(laughs + url))])), ["DATABASE_URL: unresolved-interpolation"]);
    let itself = report(&[(".env", "DATABASE_URL=postgresql://postgres.{R}:${DATABASE_URL}@{P}:5432/postgres\n")]);
    assert!(complaints(&itself).contains(&"DATABASE_URL: unresolved-interpolation".to_owned()), "{itself}");
}

#[test]
fn no_command_is_ever_run() {
    let directory = tempfile::tempdir().unwrap();
    let line = format!("DATABASE_URL=\"postgresql://postgres.{REF}:$(touch ran)`touch ran`@{POOLER}:5432/postgres\"\n");
    fs::write(directory.path().join(".env"), line).unwrap();
    let outcome = run_in(directory.path(), &["inspect"], &[]);
    assert!(outcome.stdout.contains("run what follows as a command"), "{}{}", outcome.stdout, outcome.stderr);
    assert!(!directory.path().join("ran").exists());
}

#[test]
fn the_variable_with_the_wrong_piece_is_the_one_that_is_repaired() {
    let url =
        "DATABASE_URL=\"postgresql://${DB_USER}:${DB_PASSWORD}@${DB_HOST}:${DB_PORT}/postgres?sslmode=require\"\r\n";
    let before = COMPONENTS.replace("5432", "6544 # pooler") + url;
    let (outcome, after) = run_with(&[(".env", &before)], &["inspect", "--fix"], &[]);
    assert_eq!(after[0], filled(&before.replace("6544", "5432")), "{}{}", outcome.stdout, outcome.stderr);
    outcome.assert_keeps_the_secret();
    let own = "H={P}\nDATABASE_URL=postgresql://postgres.{R}:{S}@${H}:6544/postgres?sslmode=require";
    let (outcome, after) = run_with(&[(".env", own)], &["inspect", "--fix"], &[]);
    assert_eq!(after[0], filled(&own.replace("6544", "5432")), "{}{}", outcome.stdout, outcome.stderr);
}

#[test]
fn what_stands_in_the_environment_is_not_repaired_and_that_is_said() {
    let url = "DATABASE_URL=postgresql://postgres.{R}:{S}@{P}:${PORT_OF_DB}/postgres?sslmode=require\n";
    let (outcome, after) = run_with(&[(".env", url)], &["inspect", "--fix"], &[("PORT_OF_DB", "6544")]);
    assert_eq!(after[0], filled(url));
    assert!(outcome.stdout.contains("not repaired"), "{}", outcome.stdout);
    assert_eq!(outcome.status, 1);
}

#[test]
fn a_dollar_in_a_password_is_encoded_by_fix_and_then_nothing_is_said() {
    for quote in ["", "\"", "'"] {
        let line = format!(
            "DATABASE_URL={quote}postgresql://postgres.{{R}}:{{S}}$wd5@{{P}}:5432/postgres?sslmode=require{quote}\n"
        );
        let (outcome, after) = run_with(&[(".env", &line)], &["inspect", "--fix"], &[]);
        assert_eq!(after[0], filled(&line.replace('$', "%24")), "{}{}", outcome.stdout, outcome.stderr);
        outcome.assert_keeps_the_secret();
        let again = report(&[(".env", &after[0])]);
        assert!(!again.to_string().contains("dotenv-dollar-expansion"), "{again}");
    }
}

#[test]
fn a_login_beside_the_url_belongs_to_it() {
    for (file, user) in [
        (
            "SPRING_DATASOURCE_URL=jdbc:postgresql://{P}:5432/postgres?sslmode=require\nSPRING_DATASOURCE_USERNAME=postgres.{R}\nSPRING_DATASOURCE_PASSWORD={S}\n",
            true,
        ),
        (
            "spring.datasource.url=jdbc:postgresql://{P}:5432/postgres?sslmode=require\nspring.datasource.username=postgres.{R}\nspring.datasource.password={S}\n",
            true,
        ),
        (
            "QUARKUS_DATASOURCE_DB_KIND=postgresql\nQUARKUS_DATASOURCE_JDBC_URL=jdbc:postgresql://{P}:5432/postgres?sslmode=require\nQUARKUS_DATASOURCE_USERNAME=postgres.{R}\nQUARKUS_DATASOURCE_PASSWORD={S}\n",
            true,
        ),
        ("DATABASE_URL=postgresql://{P}:5432/postgres?sslmode=require\nPGUSER=postgres.{R}\nPGPASSWORD={S}\n", true),
        (
            "DATABASE_URL=postgresql://postgres.{O}:{S}@{P}:5432/postgres?sslmode=require\nDATABASE_USER=postgres.{R}\n",
            false,
        ),
    ] {
        let report = report(&[(".env", file)]);
        let targets = report["targets"].as_array().unwrap();
        assert_eq!(targets.len(), 1, "{report}");
        let expected = if user { REF } else { OTHER };
        assert_eq!(targets[0]["connection"]["user"], format!("postgres.{expected}"), "{file}");
        assert_eq!(targets[0]["connection"]["password"]["state"], "set", "{file}");
        assert!(complaints(&report).is_empty(), "{file}: {report}");
    }
}

#[test]
fn findings_in_a_group_stand_at_the_variable_they_are_about() {
    let report =
        report(&[(".env", "DB_HOST={P}\nX=1\nexport DB_PORT='6544'\nDB_USER=postgres.{R}\nDB_PASSWORD={S}\n")]);
    let finding =
        report["targets"][0]["findings"].as_array().unwrap().iter().find(|f| f["rule"] == "wrong-port").unwrap();
    assert_eq!((finding["line"].as_u64(), finding["column"].as_u64()), (Some(3), Some(17)), "{finding}");
}

const POOLED: &str = "postgresql://postgres.{R}:{S}@{P}:6543/postgres?pgbouncer=true&sslmode=require";
const SESSION: &str = "postgresql://postgres.{R}:{S}@{P}:5432/postgres?sslmode=require";

/// Names of pairs in the wild: the pooled one, and the one that goes around the pooler.
const PAIRS: &[(&str, &str)] = &[
    ("DATABASE_URL", "DIRECT_URL"),
    ("DATABASE_URL", "DIRECT_DATABASE_URL"),
    ("DATABASE_URL", "MIGRATION_DATABASE_URL"),
    ("DATABASE_URL", "DATABASE_URL_UNPOOLED"),
    ("POSTGRES_PRISMA_URL", "POSTGRES_URL_NON_POOLING"),
    ("databaseUrl", "directDatabaseUrl"),
];

#[test]
fn pairs_are_compared_under_every_name_and_over_files_that_are_read_together() {
    for (pooled, direct) in PAIRS {
        for names in [[".env", ".env"], [".env", ".env.local"]] {
            let told = |first: &str, second: &str| {
                let (first, second) = (format!("{pooled}={first}\n"), format!("{direct}={second}\n"));
                let files = if names[0] == names[1] {
                    vec![(names[0], first + &second)]
                } else {
                    vec![(names[0], first), (names[1], second)]
                };
                let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
                complaints(&report(&files))
            };
            assert!(told(POOLED, SESSION).is_empty(), "{pooled} {direct} {names:?}");
            assert!(told(SESSION, POOLED).contains(&format!("{direct}: swapped-urls")), "{pooled} {direct} {names:?}");
            let rule = format!("{direct}: direct-url-is-transaction");
            assert!(told(POOLED, POOLED).contains(&rule), "{pooled} {direct} {names:?}");
            let moved = SESSION.replace("{P}", &POOLER.replace("aws-0-", "aws-1-"));
            let rule = format!("{direct}: different-poolers-for-one-ref");
            assert!(told(POOLED, &moved).contains(&rule), "{pooled} {direct} {names:?}");
        }
    }
}

#[test]
fn the_api_url_of_another_project_is_told_over_files_and_not_over_stages() {
    let url = format!("DATABASE_URL={SESSION}\n");
    let api = "NEXT_PUBLIC_SUPABASE_URL=https://{O}.supabase.co\n";
    assert_eq!(complaints(&report(&[(".env", &format!("{url}{api}"))])), ["DATABASE_URL: ref-mismatch"]);
    assert_eq!(complaints(&report(&[(".env", api), (".env.local", &url)])), ["DATABASE_URL: ref-mismatch"]);
    assert!(complaints(&report(&[(".env.development", api), (".env.production", &url)])).is_empty());
    let staging = format!("STAGING_{url}SUPABASE_URL=https://{{O}}.supabase.co\n");
    assert!(complaints(&report(&[(".env", &staging)])).is_empty());
}

#[test]
fn a_public_prefix_is_told_of_settings_groups_and_references() {
    for file in [
        format!("VITE_DATABASE_URL={SESSION}\n"),
        format!("DATABASE_URL={SESSION}\nNEXT_PUBLIC_DB=${{DATABASE_URL}}\n"),
        "NUXT_PUBLIC_DB_HOST={P}\nNUXT_PUBLIC_DB_USER=postgres.{R}\nNUXT_PUBLIC_DB_PASSWORD={S}\n".to_owned(),
    ] {
        let told = complaints(&report(&[(".env", &file)]));
        assert_eq!(told.iter().filter(|told| told.ends_with("public-env-prefix")).count(), 1, "{file}: {told:?}");
    }
}

#[test]
fn the_docker_stacks_own_file_is_clean() {
    let file = "POSTGRES_PASSWORD={S}\nPOSTGRES_HOST=db\nPOSTGRES_DB=postgres\nPOSTGRES_PORT=5432\n\
                POOLER_PROXY_PORT_TRANSACTION=6543\nPOOLER_DEFAULT_POOL_SIZE=20\nPOOLER_MAX_CLIENT_CONN=100\n\
                POOLER_TENANT_ID=dev\nPOOLER_DB_POOL_SIZE=5\nSMTP_HOST=supabase-mail\nSMTP_PORT=2500\nSMTP_USER=fake\n\
                SMTP_PASS=fake\n";
    let report = report(&[(".env", file)]);
    assert_eq!(report["targets"].as_array().unwrap().len(), 1, "{report}");
    assert!(complaints(&report).is_empty(), "{report}");
}

/// Every file that is none, and what is said of it: exit status 2, the file's name, and nothing of what stands in it.
#[test]
#[cfg(unix)]
fn a_file_that_is_none_is_refused_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name);
    fs::create_dir(path("folder")).unwrap();
    assert!(Command::new("mkfifo").arg(path("fifo")).status().unwrap().success());
    std::os::unix::fs::symlink("loop", path("loop")).unwrap();
    std::os::unix::fs::symlink("/dev/zero", path("zero")).unwrap();
    fs::write(path("latin1"), [b"A=1\nDATABASE_URL=".as_slice(), PASSWORD.as_bytes(), b"\xff\n"].concat()).unwrap();
    fs::File::create(path("big")).unwrap().set_len(100 * 1024 * 1024).unwrap();
    for (name, said) in [
        ("folder", "a directory"),
        ("fifo", "a pipe"),
        ("loop", "symbolic link"),
        ("zero", "a device"),
        ("latin1", "line 2 is not valid UTF-8"),
        ("big", "more than"),
        ("missing", "no such file"),
    ] {
        let outcome = run_in(directory.path(), &["inspect", "--env-file", name], &[]);
        assert_eq!((outcome.status, outcome.stdout.as_str()), (2, ""), "{name}");
        assert!(outcome.stderr.contains(said) && outcome.stderr.contains(name), "{name}: {}", outcome.stderr);
        outcome.assert_keeps_the_secret();
        // Found by themselves, folders and pipes are passed over or refused, but never waited for.
        let named = directory.path().join("found");
        fs::create_dir_all(&named).unwrap();
        let _ = fs::remove_file(named.join(".env"));
        std::os::unix::fs::symlink(path(name), named.join(".env")).unwrap();
        let outcome = run_in(&named, &["inspect"], &[]);
        assert_eq!(outcome.status, 2, "{name}: {}", outcome.stdout);
    }
}

#[test]
fn long_lines_and_nul_bytes_are_read_within_bounds() {
    let line = format!("DATABASE_URL=postgresql://postgres.{{R}}:{}@{{P}}:5432/postgres\n", "a".repeat(1 << 20));
    let (outcome, _) = run_with(&[(".env", &line)], &["inspect"], &[]);
    assert_eq!(outcome.status, 1, "{}", outcome.stderr);
    assert!(outcome.stdout.len() < 10_000, "{}", outcome.stdout.len());
    let nul = format!("DATABASE_URL={}\n", SESSION.replace("postgres?", "post\0gres?"));
    assert_eq!(complaints(&report(&[(".env", &nul)])), ["DATABASE_URL: invalid-connection-string"]);
}

#[test]
fn ten_thousand_variables_groups_and_pairs_are_no_trouble() {
    let mut file = String::new();
    for n in 0..3_000 {
        let _ =
            writeln!(file, "A{n}_DB_HOST={{P}}\nA{n}_DB_USER=postgres.{{R}}\nA{n}_DB_PASSWORD={{S}}\nA{n}_POOL_SIZE=3");
        let _ = writeln!(file, "B{n}_DIRECT_URL={}", POOLED.replace("{S}", &format!("${{A{n}_DB_PASSWORD}}")));
    }
    let (outcome, _) = run_with(&[(".env", &file)], &["inspect", "--format", "ndjson"], &[]);
    assert_eq!(outcome.stdout.lines().count(), 6_000, "{}", outcome.stderr);
    outcome.assert_keeps_the_secret();
}

#[test]
#[cfg(unix)]
fn a_link_stays_a_link_and_its_mode_stays() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = tempfile::tempdir().unwrap();
    let (real, link) = (directory.path().join("real"), directory.path().join(".env"));
    let before = filled(&format!("\u{feff}# note\r\nexport DATABASE_URL=\"{}\"", SESSION.replace("5432", "6544")));
    fs::write(&real, &before).unwrap();
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
    std::os::unix::fs::symlink("real", &link).unwrap();
    let outcome = run_in(directory.path(), &["inspect", "--fix"], &[]);
    assert_eq!(fs::read_to_string(&real).unwrap(), before.replace("6544", "5432"), "{}", outcome.stdout);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o640);
    let again = run_in(directory.path(), &["inspect", "--fix"], &[]);
    assert!(!again.stdout.contains("written to"), "{}", again.stdout);
}
