//! `sslmode-invalid`: the sslmode is not one that exists.

use super::prelude::*;
use crate::endpoint::placeholder::is_reference;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "sslmode-invalid",
    severity: Severity::Error,
    group: Group::Setting,
    what: "The sslmode is not one that exists.",
    why: "libpq refuses the connection: `invalid sslmode value`.",
    fix: "Use disable, allow, prefer, require, verify-ca or verify-full.",
    sources: &["PostgreSQL 15 documentation, section 34.1.2 (parameter `sslmode`)"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let parameter = subject.parameter("sslmode")?;
    // `no-verify` is node-postgres's own word for "encrypt, check nothing".
    let known = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full", "no-verify"];
    if known.contains(&parameter.value.as_str()) || is_reference(&parameter.value) {
        return None;
    }
    let plain = parameter.value.to_ascii_lowercase().replace(['_', ' '], "-");
    let meant = match plain.as_str() {
        "verifyfull" => Some("verify-full"),
        "verifyca" => Some("verify-ca"),
        "required" | "true" | "1" | "on" | "yes" => Some("require"),
        "disabled" | "false" | "0" | "off" | "no" => Some("disable"),
        other => known.into_iter().find(|known| *known == other),
    };
    let repaired = meant.and_then(|meant| subject.replaced(parameter.value_span.as_ref(), meant));
    Some(
        rule.finding(format!("`{}` is not an sslmode.", parameter.value))
            .at(parameter.value_span.clone())
            .with_repaired(repaired),
    )
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn it_fires() {
        assert_eq!(scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres?sslmode=Verify_Full").repaired(RULE.id), "postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres?sslmode=verify-full");
        assert_eq!(scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres?sslmode=true").repaired(RULE.id), "postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres?sslmode=require");
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres?sslmode=banana").fires(RULE.id);
    }

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres?sslmode=verify-full").silent(RULE.id);
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres?sslmode=no-verify").silent(RULE.id);
    }
}
