//! `tls-not-verified`: TLS is asked for, and nobody checks who answers.

use super::prelude::*;
use super::stack::{self, same_key};
use super::subject::span_of;
use crate::knowledge::KeyFate;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "tls-not-verified",
    severity: Severity::Warning,
    group: Group::Setting,
    what: "TLS is asked for, and nobody checks who answers.",
    why: "`require` encrypts and accepts any certificate; `prefer` and `allow` even go on without TLS. Someone in between can read the password.",
    fix: "Use `sslmode=verify-full` with Supabase's CA: `sslrootcert=prod-ca-2021.crt` (Dashboard, Database settings, SSL Configuration).",
    sources: &[
        "PostgreSQL 15 documentation, section 34.19.3 (sslmode)",
        "Supabase documentation, SSL enforcement, 2026",
    ],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    if !subject.kind().is_hosted() {
        return None;
    }
    if let Some(said) = &subject.target.neighbours.code.tls_unverified {
        let finding = rule.finding(format!("`{said}` in the code accepts whatever certificate is shown."));
        return Some(stack::with_tls_advice(finding, subject));
    }
    let weak = subject.parameters().iter().rev().find_map(|parameter| {
        let level = match (parameter.key.as_str(), parameter.value.as_str()) {
            ("sslmode" | "sslMode" | "ssl", "require") => Severity::Note,
            ("sslmode" | "sslMode" | "ssl", "prefer" | "allow" | "no-verify") | ("sslaccept", "accept_invalid_certs") => {
                Severity::Warning
            }
            // Npgsql's keys know neither case nor white space. Beside `Require` it says nothing new since 8.0, and it stands
            // in the dashboard's own template.
            (key, value) if same_key(key, "Trust Server Certificate") && value.eq_ignore_ascii_case("true") => {
                Severity::Note
            }
            _ => return None,
        };
        Some((parameter, level))
    });
    let (parameter, level) = weak?;
    // A key that the stack refuses never gets to do anything.
    if stack::unusable(subject, parameter).is_some_and(|(_, fate)| fate == KeyFate::Refused) {
        return None;
    }
    // libpq verifies the chain under `require` too as soon as a root certificate is given.
    if level == Severity::Note && subject.parameter("sslrootcert").is_some() {
        return None;
    }
    // Prisma's own word for it: `sslmode` knows no more than `require` there.
    if subject.parameter("sslaccept").is_some_and(|parameter| parameter.value == "strict") {
        return None;
    }
    let verifies = stack::profiles(subject).any(|stack| stack.require_verifies);
    if verifies && matches!(parameter.value.as_str(), "require" | "prefer") {
        return None;
    }
    let ready = subject.root_certificate();
    let message = match ready {
        Some(_) => format!(
            "`{}={}` does not check the server, although a CA file stands ready.",
            parameter.key, parameter.value
        ),
        None => {
            format!("`{}={}` does not check who answers, in libpq and most drivers.", parameter.key, parameter.value)
        }
    };
    let level = if ready.is_some() { Severity::Warning } else { level };
    let finding = rule.finding(message).with_severity(level).at(span_of(parameter));
    Some(stack::with_tls_advice(finding, subject))
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn code_that_accepts_every_certificate_is_told() {
        let code = crate::target::CodeHints { tls_unverified: Some("ssl.rejectUnauthorized=false".into()), ..Default::default() };
        let beside = crate::target::Neighbours { code, ..Default::default() };
        let url = "postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres";
        let finding = scene(url).beside(beside).fires(RULE.id);
        assert!(finding.message.contains("rejectUnauthorized"), "{}", finding.message);
    }

    #[test]
    fn it_fires() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres?sslmode=prefer").fires(RULE.id);
    }

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres?sslmode=verify-full&sslrootcert=ca.crt").silent(RULE.id);
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .silent(RULE.id);
        scene("postgresql://me:pw@db.example.com/x?sslmode=require").silent(RULE.id);
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres?sslmode=require&sslaccept=strict&sslcert=ca.crt").silent(RULE.id);
    }

    #[test]
    fn a_stack_that_verifies_under_require_is_left_alone() {
        let url =
            "postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres?sslmode";
        scene(&format!("{url}=require")).stack("node-postgres").silent(RULE.id);
        scene(&format!("{url}=no-verify")).stack("node-postgres").fires(RULE.id);
        scene(&format!("{url}=require")).stack("psycopg2").fires(RULE.id);
    }

    #[test]
    fn require_is_a_note_until_a_ca_file_stands_ready() {
        assert_eq!(scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres?sslmode=require").fires(RULE.id).severity, Severity::Note);
        let beside = crate::target::Neighbours { ssl_root_cert: Some("ca.crt".into()), ..Default::default() };
        assert_eq!(scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres?sslmode=require").beside(beside).fires(RULE.id).severity, Severity::Warning);
    }
}
