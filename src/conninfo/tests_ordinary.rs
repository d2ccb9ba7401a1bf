//! What the short way takes is read as the long way reads it.

use super::read::{read_doubtful, read_text};
use super::{Reading, ordinary};

/// Parts of which URIs are made, good and bad ones.
const SCHEMES: &[&str] =
    &["postgresql://", "postgres://", "postgresql+asyncpg://", "postgres+psycopg://", "Postgres://"];
const USERS: &[&str] = &[
    "postgres",
    "postgres.abcdefghijklmnopqrst",
    "postgres.abcdefghijklmnopqrstHunter2",
    "postgres.abcdefghijklmnopqrst-rr-us-west-1-abcde",
    "postgresHunter2",
    "app_user",
    "prisma.abcdefghijklmnopqrst",
    "db.abcdefghijklmnopqrst.supabase.co",
    "localhost",
    "10.0.0.1",
    "db",
    "user.name",
    "a%40b",
    "",
];
const PASSWORDS: &[&str] = &[
    "S3cret",
    "p%40ss",
    "p%2540ss",
    "100%",
    "a!b$c&d(e)f*g+h,i;j=k",
    "****",
    "xxxxx",
    "YOUR_PASSWORD",
    "$DB_PASSWORD",
    "p%C3%A9",
    "[x]",
    "'x'",
    "p@ss",
    "p/ss",
    "p:ss",
    "%24%7Bx%7D",
    "...",
    "a%20b",
    "%5Bx%5D",
    "",
    "localhost",
    "p%7Fq",
    "%00",
    "--",
    "(x)",
    "$(x)",
    "postgresql",
    "a%3Ab%2F",
];
const HOSTS: &[&str] = &[
    "aws-0-us-east-1.pooler.supabase.com",
    "db.abcdefghijklmnopqrst.supabase.co",
    "aws-0-us-east-1.pooler.supabase",
    "aws-0-us-east-1.pooler.sup",
    "db.example.com",
    "db.example.po",
    "db.example.su",
    "secretaws-0-us-east-1.pooler.supabase.com",
    "localhost",
    "127.0.0.1",
    "example.com",
    "postgres",
    "postgres.abcdefghijklmnopqrst",
    "word",
    "aws-0-eu-west-1.pooler.supabase.com.",
    "Example.COM",
    "db",
    "abcdefghijklmnopqrst.supabase.co",
    "a.b,c.d",
    "example.com...",
    "",
];
const PORTS: &[&str] = &["", ":5432", ":6543", ":", ":543265", ":0", ":54320", ":x", ":5432:6543"];
const PATHS: &[&str] =
    &["", "/", "/postgres", "/my-db_1", "/a.b", "/postgres...", "/a%20b", "/postgres?", "/x/y", "/postgres;"];
const QUERIES: &[&str] = &[
    "",
    "?sslmode=require",
    "?pgbouncer=true",
    "?sslmode=require&pgbouncer=true&connection_limit=1",
    "?sslmode",
    "?sslmode=",
    "?sslm",
    "?options=reference%3Dabcdefghijklmnopqrst",
    "?ssl=true",
    "?requiressl=1",
    "?sslpassword=geheim",
    "?password=other",
    "?host=other.example.com",
    "?application_name=a+b",
    "?sslrootcert=/etc/ca.crt",
    "?sslmode=require&",
    "?sslmode=require#x",
    "&sslmode=require",
    "??sslmode=require",
    "?application_name=a...",
    "?application_name=a%2520b",
    "?dbname=postgresql%3A//u:p@h",
    "?prepare_threshold=0",
];

/// Every combination of some parts with the usual others, and a walk through the rest.
fn settings() -> Vec<String> {
    let lists = [SCHEMES, USERS, PASSWORDS, HOSTS, PORTS, PATHS, QUERIES];
    let mut settings = Vec::new();
    let mut number: usize = 1;
    for round in 0..40_000_usize {
        let pick = |list: &[&'static str], n: usize| list[n % list.len()];
        // Every second setting is usual but for two of its parts, so that each bad part is met alone.
        let odd = [number % 7, (number / 7) % 7];
        let parts: Vec<&str> = lists
            .iter()
            .enumerate()
            .map(|(at, list)| {
                let usual = round % 2 == 0 && !odd.contains(&at);
                number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                pick(list, if usual { 0 } else { number >> 33 })
            })
            .collect();
        let [scheme, user, password, host, port, path, query] = parts[..] else { unreachable!() };
        settings.push(format!("{scheme}{user}:{password}@{host}{port}{path}{query}"));
    }
    settings
}

fn assert_same(text: &str, short: &Reading, long: &Reading) {
    assert!(short.text.secrets() == long.text.secrets(), "secrets of {text}");
    assert!(short.syntax == long.syntax, "syntax of {text}");
    assert!(short.literal == long.literal, "literal reading of {text}");
    assert!(short.intended == long.intended, "intended reading of {text}");
    assert!(short.anomalies == long.anomalies, "anomalies of {text}");
    assert!(short.is_doubtful == long.is_doubtful, "doubt about {text}");
    assert!(short.repaired == long.repaired, "repair of {text}");
}

#[test]
fn the_short_way_reads_what_the_long_way_reads() {
    let mut taken = 0;
    for text in settings() {
        if ordinary::recognise(&text).is_some() {
            taken += 1;
        }
        assert_same(&text, &read_text(&text), &read_doubtful(&text));
    }
    assert!(taken > 1000, "only {taken} settings went the short way");
}
