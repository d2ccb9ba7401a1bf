//! `jdbc-userinfo`: a JDBC URL carries user and password before the host.

use super::prelude::*;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "jdbc-userinfo",
    severity: Severity::Error,
    group: Group::Setting,
    what: "A JDBC URL carries user and password before the host.",
    why: "pgjdbc reads the whole of it as the host's name; user and password are parameters there.",
    fix: "Write `jdbc:postgresql://host:5432/postgres?user=...&password=...`, or give both to the data source.",
    sources: &["pgjdbc documentation, Connecting to the Database, 2026"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let text = subject.reading.text.reveal();
    let rest = text.trim_start().strip_prefix("jdbc:postgresql://")?;
    let authority = &rest[..rest.find(['/', '?']).unwrap_or(rest.len())];
    authority.contains('@').then(|| rule.finding("JDBC takes user and password as parameters, not before the host."))
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .silent(RULE.id);
    }

    #[test]
    fn userinfo_in_jdbc_is_told() {
        let mut jdbc = scene("postgresql://x/y");
        jdbc.reading.text = crate::secret::SecretText::with_secrets(
            "jdbc:postgresql://postgres:pw@h:5432/postgres",
            std::iter::once(27..29),
        );
        jdbc.fires(RULE.id);
    }
}
