//! `missing-port`: no port is given at a shared pooler.

use super::{edit, prelude::*};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "missing-port",
    severity: Severity::Warning,
    group: Group::Setting,
    what: "No port is given at a shared pooler.",
    why: "The port chooses the mode there. Without one it is 5432, session mode; whoever expected transaction mode finds out at the session cap.",
    fix: "Write the port: 5432 for session mode, 6543 for transaction mode.",
    sources: &["Supabase documentation, Connect to your database, September 2026"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    if let Some(finding) = behind_database(rule, subject) {
        return Some(finding);
    }
    let host = subject.host()?;
    let name = host.host.as_ref()?;
    (subject.kind().is_shared()
        && host.port.is_none()
        && !name.value.contains(':')
        && !matches!(subject.syntax()?, Syntax::Components | Syntax::Pgpass))
        .then(|| {
            let end = name.span.as_ref().map(|span| span.end..span.end);
            let repaired = subject.replaced(end.as_ref(), ":5432").filter(|_| subject.syntax() == Some(Syntax::Uri));
            rule.finding("No port is given, so this is session mode on 5432.")
                .at(name.span.clone())
                .with_repaired(repaired)
        })
}

/// `host/postgres:6543`: the port stands where it is a part of the database's name.
fn behind_database(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let database = subject.conninfo?.database.as_ref()?;
    let (name, port) = database.value.rsplit_once(':')?;
    let span = database.span.clone()?;
    let host = subject.host()?;
    let at = host.host.as_ref()?.span.as_ref()?.end;
    let sound = !name.is_empty() && port.len() >= 2 && port.parse::<u16>().is_ok();
    if !sound || host.port.is_some() || subject.syntax() != Some(Syntax::Uri) {
        return None;
    }
    let moved = edit::replace(&subject.reading.text, span.clone(), name);
    let finding = rule
        .finding(format!("The port stands behind the database, as a part of its name; the connection goes to 5432, and to a database `{name}:{port}`."))
        .with_fix(format!("Write `:{port}` behind the host."))
        .at(Some(span));
    Some(finding.with_repaired(Some(edit::replace(&moved, at..at, &format!(":{port}")))))
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn a_port_behind_the_database_is_moved() {
        assert_eq!(
            scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com/postgres:6543")
                .repaired(RULE.id),
            "postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres"
        );
        scene("postgresql://u:pw@h.example.com/app:6543").fires(RULE.id);
    }

    #[test]
    fn it_fires() {
        assert_eq!(
            scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com/postgres")
                .repaired(RULE.id),
            "postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres"
        );
    }

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .silent(RULE.id);
        scene("postgresql://postgres:pw@db.abcdefghijklmnopqrst.supabase.co/postgres").silent(RULE.id);
    }
}
