//! What is written by the rules of a syntax is read back as it was, in every syntax, whatever the password holds.

use proptest::prelude::*;

use super::percent::encode;
use super::{Conninfo, Host, print_keyword, print_uri, read_text};

const USER: &str = "postgres.abcdefghijklmnopqrst";
const HOST: &str = "aws-0-us-east-1.pooler.supabase.com";

/// A syntax's name, and how a setting with this password is written in it.
type Syntax = (&'static str, fn(&str) -> String);

const SYNTAXES: &[Syntax] = &[
    ("uri", |password| uri("postgresql", password)),
    ("SQLAlchemy", |password| uri("postgresql+asyncpg", password)),
    ("ecto", |password| uri("ecto", password)),
    ("r2dbc", |password| uri("r2dbc:postgresql", password)),
    ("postgis", |password| uri("postgis", password)),
    ("jdbc", |password| format!("jdbc:postgresql://{HOST}:6543/postgres?user={USER}&password={}", encode(password))),
    ("keyword", |password| {
        let password = password.replace('\\', "\\\\").replace('\'', "\\'");
        format!("host={HOST} port=6543 user={USER} password='{password}' dbname=postgres")
    }),
    ("npgsql", |password| {
        let password = password.replace('"', "\"\"");
        format!("Host={HOST};Port=6543;Username={USER};Password=\"{password}\";Database=postgres")
    }),
    ("pgpass", |password| {
        let password = password.replace('\\', "\\\\").replace(':', "\\:");
        format!("{HOST}:6543:postgres:{USER}:{password}")
    }),
    ("psql", |password| {
        let password = password.replace('\'', "'\\''");
        format!("PGPASSWORD='{password}' psql -h {HOST} -p 6543 -U {USER} -d postgres")
    }),
    ("psql with a URI", |password| format!("psql '{}'", uri("postgresql", password))),
];

fn uri(scheme: &str, password: &str) -> String {
    format!("{scheme}://{USER}:{}@{HOST}:6543/postgres", encode(password))
}

fn parts(conninfo: &Conninfo) -> [String; 5] {
    let field = |field: Option<&super::Field>| field.map(|field| field.value.clone()).unwrap_or_default();
    let host = conninfo.first_host();
    [
        field(conninfo.user.as_ref()),
        conninfo.password.value.as_ref().map(|secret| secret.reveal().to_owned()).unwrap_or_default(),
        host.and_then(Host::name).unwrap_or_default().to_owned(),
        host.and_then(Host::port_number).map(|port| port.to_string()).unwrap_or_default(),
        field(conninfo.database.as_ref()),
    ]
}

fn expected(password: &str) -> [String; 5] {
    [USER, password, HOST, "6543", "postgres"].map(str::to_owned)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_syntax_is_read_back_as_it_was_written(password in "[!-~]([ -~\u{e9}\u{20ac}]{0,22}[!-~])?") {
        for (name, write) in SYNTAXES {
            let setting = write(&password);
            let reading = read_text(&setting);
            let Ok(literal) = &reading.literal else { panic!("{name}: {setting}") };
            prop_assert_eq!(parts(literal), expected(&password), "{}: {}", name, setting);
            // What is printed from any syntax is read as the same, too.
            for printed in [print_uri(literal), print_keyword(literal)] {
                let again = read_text(printed.reveal());
                let again = again.literal.as_ref().map(parts).map_err(|error| error.message.clone());
                let written = printed.reveal();
                prop_assert_eq!(again, Ok(expected(&password)), "{}: {}", name, written);
            }
        }
    }

    #[test]
    fn a_repaired_uri_says_what_was_meant(password in "[a-z0-9]{2,6}[@/#? ][a-z0-9]{2,6}") {
        for scheme in ["postgresql", "postgresql+psycopg2", "ecto", "r2dbc:postgresql", "postgis"] {
            let setting = format!("{scheme}://{USER}:{password}@{HOST}:6543/postgres");
            let Some(repaired) = read_text(&setting).repaired else { panic!("{setting}") };
            let again = read_text(repaired.reveal());
            prop_assert_eq!(again.literal.as_ref().ok().map(parts), Some(expected(&password)), "{}", setting);
            prop_assert!(again.anomalies.is_empty() && again.repaired.is_none());
        }
    }
}
