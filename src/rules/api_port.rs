//! `api-port`: the port belongs to an HTTP service, not to Postgres.

use super::prelude::*;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "api-port",
    severity: Severity::Error,
    group: Group::Setting,
    what: "The port belongs to an HTTP service, not to Postgres.",
    why: "An HTTP server answers there; a Postgres client gets nonsense or silence.",
    fix: "Use 5432 or 6543 on Supabase's hosts, 54322 for the CLI's local database.",
    sources: &[
        "Supabase CLI source, pkg/config/templates/config.toml, June 2026",
        "Supabase documentation, Connect to your database, September 2026",
    ],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    // In a web address that port is right, and the address is told as such.
    let port = subject.host().filter(|_| !subject.is_http())?.port.as_ref()?;
    let number = subject.host()?.port_number()?;
    let right = match shape(subject.host_name()) {
        Shape::Pooler { .. } | Shape::Db { .. } if is_api_port(number) => "5432",
        Shape::Loopback if matches!(number, 54321 | 54323) => "54322",
        _ => return None,
    };
    Some(
        rule.finding(format!("Port {number} is an HTTP port."))
            .at(port.span.clone())
            .with_fix(format!("Use port {right}."))
            .with_repaired(subject.replaced(port.span.as_ref(), right)),
    )
}

/// Ports of web servers, and of the HTTP services of Supabase's stacks.
pub(super) fn is_api_port(port: u16) -> bool {
    matches!(port, 80 | 443 | 3000 | 8000 | 8443 | 54321 | 54323)
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn it_fires() {
        assert_eq!(
            scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:443/postgres")
                .repaired(RULE.id),
            "postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres"
        );
        scene("postgresql://postgres:postgres@localhost:54321/postgres").fires(RULE.id);
    }

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .silent(RULE.id);
        scene("postgresql://me:pw@db.example.com:443/x").silent(RULE.id);
    }
}
