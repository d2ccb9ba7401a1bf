//! `public-env-prefix`: the variable's prefix sends its value to every visitor's browser.

use super::prelude::*;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "public-env-prefix",
    severity: Severity::Error,
    group: Group::Setting,
    what: "The variable's prefix sends its value to every visitor's browser.",
    why: "Bundlers build `NEXT_PUBLIC_`, `VITE_` and the like into the public JavaScript: the database password is then public.",
    fix: "Rename the variable without the prefix, and change the password if a build with it was ever deployed.",
    sources: &["Next.js, Vite and Create React App documentation on environment variables, 2026"],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    let variable = subject.target.source.variable.as_deref()?;
    let prefix = PREFIXES.iter().find(|prefix| variable.starts_with(**prefix))?;
    subject.conninfo?;
    Some(rule.finding(format!("`{variable}` starts with `{prefix}`, so its value goes into the browser.")))
}

const PREFIXES: &[&str] =
    &["NEXT_PUBLIC_", "VITE_", "REACT_APP_", "EXPO_PUBLIC_", "NUXT_PUBLIC_", "GATSBY_", "PUBLIC_", "VUE_APP_"];

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn it_fires() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .named("NEXT_PUBLIC_DATABASE_URL", ".env")
            .fires(RULE.id);
    }

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:5432/postgres")
            .named("DATABASE_URL", ".env")
            .silent(RULE.id);
    }
}
