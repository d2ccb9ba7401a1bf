//! libpq's own URI tests, `src/interfaces/libpq/t/001_uri.pl` of PostgreSQL 15 (PostgreSQL licence), with its expected
//! output and error texts.

use super::options::RawOption;
use super::{keyword, uri};

/// The setting, and what libpq's test program prints: the options in the order it prints them, or the error.
const CASES: &str = include_str!("../../tests/data/libpq_uri.tsv");

/// The order in which `libpq_uri_regress` prints.
const ORDER: &[&str] = &["user", "password", "dbname", "host", "hostaddr", "port", "sslmode"];

fn render(options: &[RawOption]) -> String {
    let value = |keyword: &str| options.iter().rev().find(|option| option.keyword == keyword);
    let mut parts: Vec<String> = ORDER
        .iter()
        .filter_map(|keyword| value(keyword))
        .filter(|option| !option.value.is_empty())
        .map(|option| format!("{}='{}'", option.keyword, String::from_utf8_lossy(&option.value)))
        .collect();
    let host = value("host").is_some_and(|host| !host.value.is_empty() && host.value[0] != b'/');
    let local = value("hostaddr").is_none() && !host;
    parts.push(if local { "(local)" } else { "(inet)" }.to_owned());
    parts.join(" ")
}

#[test]
fn every_case_of_libpq_reads_as_libpq_reads_it() {
    let mut count = 0;
    for line in CASES.lines().filter(|line| !line.starts_with('#')) {
        let mut columns = line.split('\t');
        let (Some(setting), Some(stdout), Some(stderr)) = (columns.next(), columns.next(), columns.next()) else {
            panic!("three columns: {line}");
        };
        let read = match uri::prefix_len(setting) {
            Some(len) => uri::parse(setting, len..setting.len()),
            None => keyword::parse(setting, 0..setting.len()),
        };
        match read {
            Ok(options) => assert_eq!((render(&options).as_str(), ""), (stdout, stderr), "{setting}"),
            Err(refusal) => assert_eq!(("", refusal.libpq_message(setting).as_str()), (stdout, stderr), "{setting}"),
        }
        count += 1;
    }
    assert_eq!(count, 60, "no case was lost");
}
