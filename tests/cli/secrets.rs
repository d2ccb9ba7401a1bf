//! A setting in the wrong place of the command line is not repeated.

use crate::common::{PASSWORD, broken, good, supascope, supascope_with};

#[test]
fn a_forgotten_verb_does_not_leak_the_setting() {
    let outcome = supascope(&[&good()]);
    outcome.assert_keeps_the_secret();
    assert_eq!(outcome.status, 2);
    assert!(outcome.stderr.contains("supascope inspect"), "{}", outcome.stderr);
}

#[test]
fn a_setting_as_the_value_of_an_option_is_not_repeated() {
    let options = [
        "--tier",
        "--stack",
        "--workload",
        "--format",
        "--fail-on",
        "--only",
        "--skip",
        "--color",
        "--pool-size",
        "--sslrootcert",
        "--env-file",
    ];
    for option in options {
        let outcome = supascope(&["inspect", option, &good()]);
        outcome.assert_keeps_the_secret();
        assert_eq!(outcome.status, 2, "{option}: {}", outcome.stderr);
        let outcome = supascope(&["inspect", &format!("{option}={}", broken())]);
        outcome.assert_keeps_the_secret();
    }
}

#[test]
fn an_unknown_option_does_not_repeat_its_value() {
    for argument in [
        format!("--password={PASSWORD}"),
        format!("-W{PASSWORD}"),
        format!("--{}", good()),
        format!("-{}", good()),
        format!("--postgres={}", good()),
    ] {
        let outcome = supascope(&["inspect", &argument]);
        outcome.assert_keeps_the_secret();
        assert_eq!(outcome.status, 2, "{argument}");
        supascope(&[&argument]).assert_keeps_the_secret();
    }
}

#[test]
fn a_setting_after_help_is_not_repeated() {
    supascope(&["help", &good()]).assert_keeps_the_secret();
    supascope(&["--help", &good()]).assert_keeps_the_secret();
}

#[test]
fn no_format_shows_the_password() {
    let settings = [
        good(),
        broken(),
        format!("host=db.abcdefghijklmnopqrst.supabase.co user=postgres password={PASSWORD}"),
        format!("host=db.abcdefghijklmnopqrst.supabase.co user=postgres password='{PASSWORD}"),
        format!("postgresql://postgres:{PASSWORD}"),
        format!("postgresql://postgres:{PASSWORD}@"),
        format!("postgresql//postgres:{PASSWORD}@h:1/d"),
        format!("postgres:{PASSWORD}@h:1/d"),
        format!("postgresql://postgres {PASSWORD}@h:1/d"),
        format!("psql 'postgresql://postgres:{PASSWORD}@h:1/d'"),
        format!("postgresql://h/d?password={PASSWORD}&sslmode=bogus"),
        format!("postgresql://h/d?passwrod={PASSWORD}"),
        format!("postgresql://u:%zz{PASSWORD}@h/d"),
        PASSWORD.to_owned(),
        format!("\u{feff}postgresql://u:{PASSWORD}@h/d\r\n"),
    ];
    for setting in &settings {
        for format in ["human", "json", "ndjson", "markdown"] {
            for verbosity in [&[][..], &["-v"], &["-q"]] {
                let arguments = [&["inspect", "--format", format, setting], verbosity].concat();
                supascope(&arguments).assert_keeps_the_secret();
            }
        }
    }
}

#[test]
fn a_name_after_env_that_is_a_setting_is_not_repeated() {
    for target in [format!("env:{}", good()), format!("@{}", good())] {
        let outcome = supascope(&["inspect", &target]);
        outcome.assert_keeps_the_secret();
        assert_eq!(outcome.status, 2, "{}{}", outcome.stdout, outcome.stderr);
    }
}

#[test]
fn the_password_is_printed_when_asked_for() {
    let outcome =
        supascope_with(&["inspect", "env:DB", "--format", "json", "--reveal-password"], &[("DB", &good())], "");
    let document: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(document["targets"][0]["connection"]["password"]["value"], PASSWORD);
}
