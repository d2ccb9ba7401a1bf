//! `https-url`: this is a web address, not a connection setting.

use super::prelude::*;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "https-url",
    severity: Severity::Error,
    group: Group::Setting,
    what: "This is a web address, not a connection setting.",
    why: "The project's HTTPS API is not Postgres; a driver refuses the scheme or the port.",
    fix: "Take the connection string from the dashboard's Connect dialog. `SUPABASE_URL` is for supabase-js and the HTTP APIs.",
    sources: &["Supabase documentation, Connect to your database, September 2026"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    subject.is_http().then(|| rule.finding("This is an http(s) address; Postgres is not reached over it."))
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
    fn a_web_address_is_told() {
        let mut web = scene("postgresql://x/y");
        web.reading.text = crate::secret::SecretText::with_secrets("https://abcdefghijklmnopqrst.supabase.co", []);
        web.fires(RULE.id);
    }
}
