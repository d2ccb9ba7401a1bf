//! The catalogue against real texts, and the engine against what loggers do to them.

use std::fmt::Write as _;

use super::*;
use crate::knowledge::EndpointKind;
use crate::knowledge::errors;

fn ids(text: &str) -> Vec<&'static str> {
    let mut ids: Vec<_> = explain(text).matches.iter().map(|found| found.known.id.as_str()).collect();
    ids.sort_unstable();
    ids
}

fn causes(text: &str) -> Vec<&'static str> {
    explain(text).matches.iter().map(|found| found.cause.id.as_str()).collect()
}

/// Every example of the catalogue leads to its own entry, and to no other.
#[test]
fn every_example_is_explained_by_its_entry() {
    let mut wrong = Vec::new();
    for known in errors::families().flat_map(|family| &family.error) {
        for example in &known.examples {
            let found = ids(example);
            if found != [known.id.as_str()] {
                wrong.push(format!("{}: {found:?} for {example}", known.id));
            }
        }
    }
    assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong.join("\n"));
}

fn only(text: &str) -> Match {
    let mut matches = explain(text).matches;
    assert_eq!(matches.len(), 1, "{text}: {:?}", matches.iter().map(|found| &found.known.id).collect::<Vec<_>>());
    matches.remove(0)
}

#[test]
fn an_inner_cause_beats_its_wrapper() {
    for text in [
        "Error: P1001: Can't reach database server at `aws-0-us-east-1.pooler.supabase.com:5432`\n\nError querying the database: FATAL: Tenant or user not found",
        "PrismaClientInitializationError: \nInvalid `prisma.user.findMany()` invocation:\n\n\nError querying the database: FATAL: Tenant or user not found",
        "{\"code\":\"P1001\",\"message\":\"Can't reach database server\",\"cause\":\"FATAL: (ENOTFOUND) tenant/user postgres.x not found\"}",
    ] {
        let found = only(text);
        assert_eq!(found.cause.id, "tenant-not-found", "{text}");
        assert!(!found.reported_as.is_empty(), "{text}");
    }
    let hikari = "java.sql.SQLTransientConnectionException: HikariPool-1 - Connection is not available, request timed out after 30000ms.\n\tat com.zaxxer.hikari.pool.HikariPool.createTimeoutException(HikariPool.java:696)\nCaused by: org.postgresql.util.PSQLException: FATAL: sorry, too many clients already\n\tat org.postgresql.core.v3.ConnectionFactoryImpl.doAuthentication(ConnectionFactoryImpl.java:698)";
    assert_eq!(only(hikari).cause.id, "server-slots-exhausted");
    assert_eq!(only(hikari).reported_as, ["hikari-timeout"]);
}

#[test]
fn the_poolers_enotfound_is_not_that_of_dns() {
    assert_eq!(only("FATAL: (ENOTFOUND) tenant/user postgres.abc not found").cause.id, "tenant-not-found");
    assert_eq!(
        only("Error: getaddrinfo ENOTFOUND db.abcdefghijklmnopqrst.supabase.co").cause.id,
        "direct-ipv6-unreachable"
    );
    assert_eq!(only("Error: getaddrinfo ENOTFOUND aws-0-x.pooler.supabase.com").cause.id, "dns-failure");
}

#[test]
fn a_missing_signature_is_a_wrong_password() {
    let text = "Error: SASL: SCRAM-SERVER-FINAL-MESSAGE: server signature is missing";
    assert_eq!(only(text).cause.id, "wrong-password");
}

/// What loggers, terminals and shippers do to a text.
#[test]
fn a_text_is_known_in_every_dress() {
    for text in [
        "\x1b[31mFATAL:\x1b[0m  prepared statement \x1b[1m\"s0\"\x1b[0m already exists",
        r#"{"msg":"ERROR: prepared statement \"s0\" already exists","level":50}"#,
        r#"{"log":"{\"msg\":\"ERROR: prepared statement \\\"s0\\\" already exists\"}"}"#,
        "2026-11-21T10:00:00.000Z app[1]: ERROR: PREPARED STATEMENT \"s0\" already exists",
        "ERROR: prepared statement \"s0\" already\n       exists",
        "ERROR:\\n  prepared   statement \"s0\" already\\texists",
        "ERROR: prepared statement \"s0\" already exi...",
        "ERROR: prepared statement \"s0\" already exi",
    ] {
        assert_eq!(causes(text), ["prepared-statement-on-transaction-pooler"], "{text}");
    }
    let cut = only("ERROR: prepared statement \"s0\" already exi...");
    assert_eq!(cut.confidence, errors::Confidence::Likely, "a cut text is less sure");
}

#[test]
fn a_stack_trace_counts_once_and_lines_count_each() {
    let trace = "Traceback (most recent call last):\n  File \"a.py\", line 1, in <module>\npsycopg2.OperationalError: connection to server at \"h\", port 5432 failed: FATAL:  Max client connections reached\n\n\nThe above exception was the direct cause of the following exception:\n\nTraceback (most recent call last):\n  File \"b.py\", line 2, in f\nsqlalchemy.exc.OperationalError: (psycopg2.OperationalError) connection to server at \"h\", port 5432 failed: FATAL:  Max client connections reached\n";
    assert_eq!(only(trace).count, 1);
    let lines = "FATAL: Max client connections reached\nFATAL: Max client connections reached\nok\nFATAL: Max client connections reached\n";
    let found = only(lines);
    assert_eq!((found.count, found.first_line, found.last_line), (3, 1, 4));
}

#[test]
fn what_is_no_connection_error_is_not_claimed() {
    let text = include_str!("../../tests/data/explain-negative.txt");
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with("#!")).collect();
    assert!(lines.iter().filter(|line| !line.is_empty()).count() >= 60);
    for line in &lines {
        assert_eq!(ids(line), [""; 0], "{line}");
    }
    let whole = explain(&lines.join("\n"));
    assert_eq!(
        whole.matches.iter().map(|found| found.known.id.as_str()).collect::<Vec<_>>(),
        [""; 0],
        "all lines together"
    );
}

#[test]
fn an_error_that_is_not_known_is_counted_as_such() {
    let found = explain("psycopg2.OperationalError: a new kind of trouble\nok\nFATAL:  never seen before\n");
    assert_eq!((found.matches.len(), found.unmatched_errors), (0, 2));
    assert_eq!(explain("FATAL: Max client connections reached").unmatched_errors, 0);
}

/// A reader that gives a few bytes at a time, as a slow pipe does.
struct Trickle<'a>(&'a [u8], usize);

impl std::io::Read for Trickle<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.1.min(self.0.len()).min(buffer.len());
        buffer[..count].copy_from_slice(&self.0[..count]);
        self.0 = &self.0[count..];
        Ok(count)
    }
}

/// Several blocks: nothing is lost or counted twice at their borders, whatever the reads are like.
#[test]
fn a_long_log_is_counted_exactly() {
    let mut log = String::new();
    let mut expected = 0;
    for number in 0..30_000_u32 {
        if number % 7 == 0 {
            log.push_str("2026-11-21T10:00:00Z FATAL: (EMAXCONNSESSION) max clients reached in session mode - max clients are limited to pool_size: 15\n");
            expected += 1;
        } else {
            let (minute, ms) = (number % 60, number % 97);
            let _ =
                writeln!(log, "2026-11-21T10:{minute:02}:00Z info request {number} took {ms} ms, connection reused");
        }
    }
    assert!(log.len() > 2 * BLOCK_BYTES);
    for step in [65_536, 1_000_003] {
        let mut scanner = Scanner::new();
        let mut reader = Trickle(log.as_bytes(), step);
        while scanner.read(&mut reader).unwrap() > 0 {}
        scanner.flush();
        let found = scanner.explanation();
        assert_eq!(found.lines, 30_000);
        assert_eq!(found.matches.len(), 1);
        assert_eq!((found.matches[0].count, found.matches[0].first_line), (expected, 1));
        assert!(scanner.memory_bytes() <= 4 * BLOCK_BYTES, "{}", scanner.memory_bytes());
    }
}

/// One line without an end, with errors in it and bytes that are no text.
#[test]
fn a_line_without_end_stays_in_bounds() {
    let mut log = vec![b'x'; 5 * BLOCK_BYTES];
    for at in [0, 2 * BLOCK_BYTES - 20, 4 * BLOCK_BYTES + 7] {
        log[at..at + 28].copy_from_slice(b" \xff\0Tenant or user not found ");
    }
    let mut scanner = Scanner::new();
    let mut reader = log.as_slice();
    while scanner.read(&mut reader).unwrap() > 0 {}
    scanner.flush();
    let found = scanner.explanation();
    assert_eq!((found.lines, found.matches.len(), found.matches[0].count), (1, 1, 3));
    assert!(found.matches[0].excerpt.len() < 1000 && scanner.memory_bytes() <= 4 * BLOCK_BYTES);
}

#[test]
fn no_excerpt_holds_a_password() {
    for text in [
        "failed for postgresql://postgres.abc:hunter2secret@h:5432/d: FATAL: Tenant or user not found",
        "{\"url\":\"postgres://u:hunter2secret@h/d\",\"err\":\"FATAL: Tenant or user not found\"}",
        "could not translate host name \"hunter2secret@db.abc.supabase.co\" to address: Name or service not known",
        "psql: error: invalid integer value \"hunter2secret\" for connection option \"port\"",
        "host=h password=hunter2secret FATAL: Tenant or user not found",
    ] {
        let found = only(text);
        assert!(!found.excerpt.contains("hunter2"), "{}", found.excerpt);
    }
}

#[test]
fn a_text_of_a_pooler_is_doubted_where_that_pooler_is_not() {
    let at = |kind| {
        let mut explanation = explain("FATAL: (ENOTFOUND) tenant/user postgres.x not found");
        explanation.set_target(AboutTarget { setting: String::new(), kind });
        explanation.matches.remove(0).remark
    };
    assert!(at(EndpointKind::Direct).unwrap().contains("comes from Supavisor"));
    assert_eq!(at(EndpointKind::SharedTransaction), None);
}
