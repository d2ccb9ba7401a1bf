//! `trailing-dot-host`: the host ends in a dot.

use super::prelude::*;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "trailing-dot-host",
    severity: Severity::Note,
    group: Group::Setting,
    what: "The host ends in a dot.",
    why: "DNS allows it; certificates are compared without it by some clients and with it by others, and some resolvers skip the search list.",
    fix: "Remove the dot.",
    sources: &["RFC 1034, section 3.1", "RFC 6125, section 6.4"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let host = subject.host_field()?;
    let trimmed = host.value.strip_suffix('.')?;
    (!trimmed.is_empty()).then(|| {
        rule.finding(format!("`{}` ends in a dot.", host.value))
            .at(host.span.clone())
            .with_repaired(subject.replaced(host.span.as_ref(), trimmed))
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn it_fires() {
        assert_eq!(
            scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com.:5432/postgres")
                .repaired(RULE.id),
            "postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres"
        );
    }

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .silent(RULE.id);
    }
}
