//! `lookalike-host`: the host imitates one of Supabase's and is under another domain.

use super::prelude::*;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "lookalike-host",
    severity: Severity::Error,
    group: Group::Setting,
    what: "The host imitates one of Supabase's and is under another domain.",
    why: "Whoever owns that domain would receive the login. It may be a slip of the pen; it may be a trap.",
    fix: "Copy the host from the dashboard's Connect dialog, and change the password if it was ever sent there.",
    sources: &["Supabase CLI source, internal/utils/profile.go (Supabase's domains), June 2026"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let host = subject.host_field()?;
    // The end of a name that was cut off is missing, not wrong.
    if subject.reading.anomalies.iter().any(|anomaly| anomaly.kind == AnomalyKind::Truncated) {
        return None;
    }
    let Shape::LookAlike { meant } = shape(&host.value) else { return None };
    let finding = rule
        .finding(format!("`{}` looks like a host of Supabase and is not under its domain.", host.value))
        .at(host.span.clone());
    let Some(meant) = meant else { return Some(finding) };
    let repaired = subject.replaced(host.span.as_ref(), &meant);
    Some(
        finding
            .with_fix(format!(
                "`{meant}` was probably meant. If a password was ever sent to the other host, change it."
            ))
            .with_repaired(repaired),
    )
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn it_fires() {
        assert_eq!(scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com.evil.example:5432/postgres").repaired(RULE.id), "postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres");
        scene("postgresql://postgres:pw@db.abcdefghijklmnopqrst.supabase.dev:5432/postgres").fires(RULE.id);
    }

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .silent(RULE.id);
        scene("postgresql://postgres:pw@supabase.mycorp.example:5432/postgres").silent(RULE.id);
    }
}
