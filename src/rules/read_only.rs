//! `read-only`: the database takes no writes.

use super::prelude::*;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "read-only",
    severity: Severity::Warning,
    group: Group::Probe,
    what: "The database takes no writes.",
    why: "This is a read replica, or the project went read-only because its disk is full.",
    fix: "Write to the primary; for a full disk see Dashboard, Database settings, Disk.",
    sources: &["Supabase documentation, Read replicas and Database size, 2026"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let server = subject.probe?.server.value.as_ref()?;
    match (server.in_recovery, server.read_only) {
        (Some(true), _) => Some(rule.finding("This is a standby (a read replica): it takes no writes.").with_fix("Send writes to the primary's host.")),
        (_, Some(true)) => Some(rule.finding(message(server.read_only_source.as_deref())).with_fix("Either the role or the database is set to default_transaction_read_only, or the project is in read-only mode because its disk is full: Dashboard, Database settings, Disk.")),
        _ => None,
    }
}

/// Where the setting comes from decides who can change it (`pg_settings.source`).
fn message(source: Option<&str>) -> String {
    match source {
        Some("default") | None => "Transactions are read-only here.".to_owned(),
        Some(source) => {
            format!("Transactions are read-only here: default_transaction_read_only is set (source: {source}).")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::probe::Part;

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .silent(RULE.id);
    }

    #[test]
    fn replicas_and_read_only_projects_are_told() {
        let with = |recovery, read_only| {
            scene("postgresql://postgres:pw@db.abcdefghijklmnopqrst.supabase.co:5432/postgres")
                .probed(|probe| probe.server = Part::measured(server(recovery, read_only), None))
        };
        with(true, false).fires(RULE.id);
        with(false, true).fires(RULE.id);
        with(false, false).silent(RULE.id);
    }
}
