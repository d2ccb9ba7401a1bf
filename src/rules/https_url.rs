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
    if is_prisma(subject.reading.text.reveal().trim_start()) {
        return Some(
            rule.finding("This is the address of Prisma Accelerate (or of `prisma dev`), which Prisma Client asks over HTTP; Postgres is not reached by it.")
                .with_fix("Give the database's own `postgresql://` URL, which Prisma has as `directUrl` or `DIRECT_URL`."),
        );
    }
    let inside = "The address of a web page stands where the host belongs: `https://` and the like are no part of a host's name.";
    if let Some(finding) = super::anomaly::finding(rule, subject, AnomalyKind::UrlAsHost, inside) {
        return Some(finding.with_fix("Write the host's name alone behind the `@`."));
    }
    subject.is_http().then(|| rule.finding("This is an http(s) address; Postgres is not reached over it."))
}

/// Prisma's own schemes (Prisma documentation, "Connection URLs", 2026): they carry an API key, and no database.
fn is_prisma(text: &str) -> bool {
    ["prisma://", "prisma+postgres://"].iter().any(|scheme| text.starts_with(scheme))
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
    fn prismas_own_addresses_are_told_without_their_key() {
        for text in ["prisma://accelerate.prisma-data.net/?api_key=abcdef", "prisma+postgres://localhost:51213/?api_key=abcdef"] {
            let scene = scene(text);
            assert!(scene.fires(RULE.id).message.contains("Prisma"));
            assert!(!scene.reading.text.masked().contains("abcdef"));
        }
    }

    #[test]
    fn a_web_address_is_told() {
        let mut web = scene("postgresql://x/y");
        web.reading.text = crate::secret::SecretText::with_secrets("https://abcdefghijklmnopqrst.supabase.co", []);
        web.fires(RULE.id);
    }
}
