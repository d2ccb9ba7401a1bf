//! What people paste, and what must come of it: the intended reading, the anomalies, the repaired setting.

use super::{AnomalyKind, PasswordState, Reading, Syntax, read_text};
use AnomalyKind as A;

const REF: &str = "abcdefghijklmnopqrst";

/// user, password, host, port, database of the reading to work with.
fn parts(reading: &Reading) -> (String, String, String, String, String) {
    let Some(conninfo) = reading.conninfo() else {
        return <(String, String, String, String, String)>::default();
    };
    let text = |field: Option<&super::Field>| field.map(|field| field.value.clone()).unwrap_or_default();
    let host = conninfo.first_host();
    (
        text(conninfo.user.as_ref()),
        conninfo.password.value.as_ref().map(|secret| secret.reveal().to_owned()).unwrap_or_default(),
        text(host.and_then(|host| host.host.as_ref())),
        text(host.and_then(|host| host.port.as_ref())),
        text(conninfo.database.as_ref()),
    )
}

fn kinds(reading: &Reading) -> Vec<AnomalyKind> {
    reading.anomalies.iter().map(|anomaly| anomaly.kind).collect()
}

#[track_caller]
fn check(setting: &str, expected: [&str; 5], anomalies: &[AnomalyKind], masked: &str) {
    let reading = read_text(setting);
    let (user, password, host, port, database) = parts(&reading);
    assert_eq!([user.as_str(), &password, &host, &port, &database], expected, "{setting}");
    assert_eq!(kinds(&reading), anomalies, "{setting}");
    assert_eq!(reading.text.masked(), masked, "{setting}");
    if let Some(repaired) = &reading.repaired {
        let again = read_text(repaired.reveal());
        assert!(again.anomalies.is_empty(), "{setting}: {:?} in what was repaired", kinds(&again));
        assert_eq!(parts(&again), parts(&reading), "{setting}: the repaired setting says the same");
    }
}

const POOLER: &str = "aws-0-us-east-1.pooler.supabase.com";

#[test]
fn sound_settings_are_read_without_a_word() {
    let user = format!("postgres.{REF}");
    let setting = format!("postgresql://{user}:p%40ss!$&'()*+,;=word@{POOLER}:6543/postgres?sslmode=require");
    let masked = format!("postgresql://{user}:****@{POOLER}:6543/postgres?sslmode=require");
    check(&setting, [&user, "p@ss!$&'()*+,;=word", POOLER, "6543", "postgres"], &[], &masked);
    let reading = read_text(&setting);
    assert!(reading.intended.is_none() && reading.repaired.is_none());

    check(
        "postgres://u:p@host/db?application_name=a@b.com",
        ["u", "p", "host", "", "db"],
        &[],
        "postgres://u:****@host/db?application_name=a@b.com",
    );
    check(
        "host=h port=5432 user=u password='a b' dbname=d",
        ["u", "a b", "h", "5432", "d"],
        &[],
        "host=h port=5432 user=u password='****' dbname=d",
    );
    check("postgresql://localhost:5432/db", ["", "", "localhost", "5432", "db"], &[], "postgresql://localhost:5432/db");
    check("postgresql:///db?host=/tmp", ["", "", "/tmp", "", "db"], &[], "postgresql:///db?host=/tmp");
}

#[test]
fn keys_of_other_drivers_make_libpq_refuse_and_are_no_anomaly() {
    let setting =
        format!("postgresql://postgres.{REF}:secret@{POOLER}:6543/postgres?pgbouncer=true&connection_limit=1");
    let reading = read_text(&setting);
    let error = reading.literal.as_ref().unwrap_err();
    assert_eq!(error.message, "invalid URI query parameter: \"pgbouncer\"");
    assert_eq!(&setting[error.span.clone().unwrap()], "pgbouncer");
    assert!(reading.anomalies.is_empty());
    let intended = reading.intended.unwrap();
    assert_eq!(intended.parameter("pgbouncer").unwrap().value, "true");
    assert_eq!(intended.parameter("connection_limit").unwrap().value, "1");
}

#[test]
fn a_driver_suffix_is_read_by_sqlalchemy() {
    let reading = read_text("postgresql+asyncpg://u:a/b@db.example.com/d?ssl=require&prepared_statement_cache_size=0");
    let conninfo = reading.literal.as_ref().unwrap();
    assert_eq!(conninfo.scheme.as_ref().unwrap().driver.as_deref(), Some("asyncpg"));
    assert_eq!(conninfo.password.value.as_ref().unwrap().reveal(), "a/b");
    assert_eq!(conninfo.parameters.len(), 2);
    assert_eq!(
        reading.text.masked(),
        "postgresql+asyncpg://u:****@db.example.com/d?ssl=require&prepared_statement_cache_size=0"
    );
}

#[test]
fn raw_delimiters_in_a_password_are_found_and_encoded() {
    for password in
        ["p@ss", "p/ss", "p#ss", "p?ss", "p%ss", "a@b/c#d?e", "@@@@", "x:y@z", "12/34", "a@localhost/b", "p ss", "%zz@"]
    {
        let setting = format!("postgresql://postgres.{REF}:{password}@{POOLER}:6543/postgres");
        let masked = format!("postgresql://postgres.{REF}:****@{POOLER}:6543/postgres");
        check(
            &setting,
            [&format!("postgres.{REF}"), password, POOLER, "6543", "postgres"],
            &[A::UnencodedPassword],
            &masked,
        );
        assert!(read_text(&setting).repaired.is_some(), "{password}");
    }
}

#[test]
fn brackets_are_a_placeholder_or_left_over() {
    let host = format!("db.{REF}.supabase.co");
    let setting = format!("postgresql://postgres:[Tr0ub4dor]@{host}:5432/postgres");
    check(
        &setting,
        ["postgres", "Tr0ub4dor", &host, "5432", "postgres"],
        &[A::BracketsAroundPassword],
        &format!("postgresql://postgres:****@{host}:5432/postgres"),
    );
    let reading = read_text(&format!("postgresql://postgres:[YOUR-PASSWORD]@{host}:5432/postgres"));
    assert_eq!(reading.conninfo().unwrap().password.state, PasswordState::Placeholder);
    assert!(reading.anomalies.is_empty() && reading.repaired.is_none());
}

#[test]
fn wrong_separators_do_not_show_the_password() {
    for separator in ["@", "/", ";", "|", " ", "%3A", "?", "#"] {
        let setting = format!("postgresql://postgres.{REF}{separator}secret@{POOLER}:5432/postgres");
        let expected = [&format!("postgres.{REF}"), "secret", POOLER, "5432", "postgres"];
        check(
            &setting,
            expected,
            &[A::UserPasswordSeparator],
            &format!("postgresql://postgres.{REF}{separator}****@{POOLER}:5432/postgres"),
        );
    }
}

#[test]
fn wrapping_is_peeled_off() {
    let core = "postgresql://u:secret@localhost:5432/db";
    let shown = "postgresql://u:****@localhost:5432/db";
    let expected = ["u", "secret", "localhost", "5432", "db"];
    let cases: [(&str, &str, &[AnomalyKind]); 9] = [
        ("\"", "\"", &[A::QuotesInValue]),
        ("'", "'", &[A::QuotesInValue]),
        ("DATABASE_URL=", "", &[A::KeyInValue]),
        ("export DATABASE_URL=\"", "\"", &[A::KeyInValue, A::QuotesInValue]),
        ("\u{feff}", "", &[A::ByteOrderMark]),
        ("", "\r", &[A::Crlf]),
        ("", " ", &[A::TrailingWhitespace]),
        (" ", "\n", &[A::EmbeddedWhitespace, A::TrailingWhitespace]),
        ("\"", "", &[A::UnclosedQuote]),
    ];
    for (before, after, anomalies) in cases {
        check(&format!("{before}{core}{after}"), expected, anomalies, &format!("{before}{shown}{after}"));
    }
}

#[test]
fn slips_in_the_tail_are_found() {
    let cases: [(&str, &[AnomalyKind]); 6] = [
        (":5432/postgres??sslmode=require", &[A::DoubleQuestionMark]),
        (":5432/postgres&sslmode=require", &[A::QueryWithoutQuestionMark]),
        (":6543:5432/postgres?sslmode=require", &[A::DoublePort]),
        (":5432/postgres?pgbouncer=true?sslmode=require", &[A::DoubleQuestionMark]),
        (" :5432/postgres?sslmode=require", &[A::EmbeddedWhitespace]),
        (":5432/postgres?sslmode=require#pool", &[A::UrlFragment]),
    ];
    for (tail, anomalies) in cases {
        let shown = tail.replace("#pool", "#****");
        let setting = format!("postgresql://u:secret@{POOLER}{tail}");
        check(
            &setting,
            ["u", "secret", POOLER, "5432", "postgres"],
            anomalies,
            &format!("postgresql://u:****@{POOLER}{shown}"),
        );
        assert_eq!(read_text(&setting).conninfo().unwrap().parameter("sslmode").unwrap().value, "require", "{tail}");
        assert!(read_text(&setting).repaired.is_some(), "{tail}");
    }
}

#[test]
fn a_missing_at_sign_does_not_show_the_password() {
    let setting = format!("postgresql://postgres.{REF}:secret{POOLER}:6543/postgres");
    let reading = read_text(&setting);
    assert_eq!(parts(&reading).2, POOLER);
    assert_eq!(reading.text.masked(), format!("postgresql://postgres.{REF}:****{POOLER}:6543/postgres"));
    assert_eq!(
        read_text("postgresql://postgres:secret%40localhost:5432/x").text.masked(),
        "postgresql://postgres:****%40localhost:5432/x"
    );
    assert_eq!(read_text("postgresql://postgres:secretword").text.masked(), "postgresql://postgres****");
}

#[test]
fn cut_off_settings_are_called_so() {
    for setting in [
        "postgresql://postgres:secret",
        "postgresql://u:secret@aws-0-us-east-1.pooler.supa",
        "postgresql://u:secret@localhost:5432/db?sslmo",
    ] {
        assert_eq!(kinds(&read_text(setting)), [A::Truncated], "{setting}");
        assert!(read_text(setting).repaired.is_none());
    }
}

#[test]
fn broken_keyword_strings_hide_the_password_up_to_the_next_key() {
    check(
        "host=h password=ab cd ef user=u",
        ["u", "ab cd ef", "h", "", ""],
        &[A::EmbeddedWhitespace],
        "host=h password=****user=u",
    );
    check(
        "host=h password='ab cd user=u",
        ["u", "ab cd", "h", "", ""],
        &[A::UnclosedQuote],
        "host=h password='****user=u".replace("'****", "****").as_str(),
    );
    check("host=h pasword=abcdef user=u", ["u", "", "h", "", ""], &[], "host=h pasword=****user=u");
    let reading = read_text("host=h user=u foo=bar password=abc");
    assert_eq!(reading.literal.unwrap_err().message, "invalid connection option \"foo\"");
    assert_eq!(reading.intended.unwrap().parameter("foo").unwrap().value, "bar");
}

#[test]
fn jdbc_takes_credentials_as_parameters_only() {
    let reading = read_text("jdbc:postgresql://db.example.com:5432/d?user=u&password=se+cret&sslmode=require");
    assert_eq!(reading.syntax, Some(Syntax::Jdbc));
    assert_eq!(parts(&reading), ("u".into(), "se cret".into(), "db.example.com".into(), "5432".into(), "d".into()));
    assert_eq!(reading.text.masked(), "jdbc:postgresql://db.example.com:5432/d?user=u&password=****&sslmode=require");
    let reading = read_text("jdbc:postgresql://u:secret@db.example.com:5432/d");
    assert!(reading.literal.is_err());
    assert_eq!(parts(&reading).0, "u");
    assert_eq!(reading.text.masked(), "jdbc:postgresql://u:****@db.example.com:5432/d");
}

#[test]
fn other_urls_are_recognised_and_hide_their_secrets() {
    let reading = read_text(&format!("https://{REF}.supabase.co/rest/v1/?apikey=eyJhbGciOi"));
    assert_eq!(reading.conninfo().unwrap().scheme.as_ref().unwrap().text, "https");
    assert_eq!(reading.text.masked(), format!("https://{REF}.supabase.co/rest/v1/?apikey=****"));
    assert!(read_text("sb_secret_abcdefghijklmnop").text.masked() == "****");
    assert!(read_text("").literal.is_err());
    assert!(read_text(&"a".repeat(1_000_000)).literal.is_err());
}
