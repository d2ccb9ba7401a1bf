//! What the binary prints is what the schema that it ships says.

use serde_json::Value;

use crate::common::{PASSWORD, broken, good, supascope, supascope_with};

pub fn validator() -> jsonschema::Validator {
    let outcome = supascope(&["list", "schema"]);
    assert_eq!((outcome.status, outcome.stderr.as_str()), (0, ""));
    jsonschema::draft202012::new(&serde_json::from_str(&outcome.stdout).unwrap()).unwrap()
}

#[track_caller]
fn assert_valid(document: &str) {
    let document: Value = serde_json::from_str(document).expect("one JSON document");
    let errors: Vec<String> =
        validator().iter_errors(&document).map(|error| format!("{}: {error}", error.instance_path)).collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

#[test]
fn real_reports_are_as_the_schema_says() {
    let settings = [
        good(),
        broken(),
        format!("host=db.abcdefghijklmnopqrst.supabase.co user=postgres password={PASSWORD}"),
        format!("jdbc:postgresql://h/d?user=u&password={PASSWORD}"),
        format!("Host=h;Username=u;Password={PASSWORD}"),
        format!("postgresql://u:{PASSWORD}@a:1,b:2/d?options=-c%20x%3D1"),
        "postgresql://postgres:[YOUR-PASSWORD]@db.abcdefghijklmnopqrst.supabase.co:99999/postgres".to_owned(),
        "no setting at all".to_owned(),
        "https://abcdefghijklmnopqrst.supabase.co".to_owned(),
    ];
    let list = settings.join("\n");
    for more in [&[][..], &["--reveal-password"], &["--stack", "asyncpg", "--stack", "prisma-6"]] {
        let outcome = supascope_with(&[&["inspect", "-", "--format", "json"], more].concat(), &[], &list);
        assert_valid(&outcome.stdout);
    }
    let group =
        [("DB_HOST", "db.abcdefghijklmnopqrst.supabase.co"), ("DB_USER", "postgres"), ("DB_PASSWORD", PASSWORD)];
    assert_valid(&supascope_with(&["inspect", "--format", "json"], &group, "").stdout);
}

#[test]
fn a_report_of_an_unreachable_endpoint_is_as_the_schema_says() {
    // Nothing listens on port 1 of the loopback address.
    let setting = format!("host=127.0.0.1 port=1 user=u dbname=d password={PASSWORD}");
    let outcome = supascope_with(&["probe", "env:DB", "--format", "json"], &[("DB", &setting)], "");
    assert_valid(&outcome.stdout);
}
