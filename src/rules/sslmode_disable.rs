//! `sslmode-disable`: tLS is switched off.

use super::prelude::*;
use super::subject::span_of;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "sslmode-disable",
    severity: Severity::Error,
    group: Group::Setting,
    what: "TLS is switched off.",
    why: "Password exchange, queries and results cross the network in clear; a project that enforces TLS refuses the login.",
    fix: "Use `sslmode=verify-full` with Supabase's CA (`sslrootcert=prod-ca-2021.crt`), or at least `sslmode=require`.",
    sources: &["Supabase documentation, SSL enforcement, 2026"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    if !(subject.kind().is_hosted() || matches!(subject.kind(), Kind::Local | Kind::SelfHosted)) {
        return None;
    }
    let parameter =
        subject.parameters().iter().rev().find(|parameter| matches!(parameter.key.as_str(), "sslmode" | "sslMode" | "ssl"))?;
    if !matches!(parameter.value.to_ascii_lowercase().as_str(), "disable" | "false" | "0" | "off" | "no") {
        return None;
    }
    let finding =
        rule.finding(format!("`{}={}` switches TLS off.", parameter.key, parameter.value)).at(span_of(parameter));
    Some(if subject.kind().is_hosted() {
        let verified =
            subject.replaced(parameter.value_span.as_ref(), "verify-full").filter(|_| parameter.value == "disable");
        finding.with_repaired(verified)
    } else {
        finding.with_severity(Severity::Warning).with_fix(
            "Fine while the server is on this machine and has no TLS; never take this setting to another one.",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn it_fires() {
        assert_eq!(scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres?sslmode=disable").repaired(RULE.id), "postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres?sslmode=verify-full");
    }

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres?sslmode=verify-full").silent(RULE.id);
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .silent(RULE.id);
        scene("postgresql://me:pw@localhost/x?sslmode=disable").silent(RULE.id);
    }

    #[test]
    fn on_a_local_stack_it_is_a_warning() {
        assert_eq!(
            scene("postgresql://postgres:postgres@127.0.0.1:54322/postgres?sslmode=disable").fires(RULE.id).severity,
            Severity::Warning
        );
    }
}
