//! `public-env-prefix`: the variable's prefix sends its value to every visitor's browser.

use super::prelude::*;
use crate::target::{ComponentRole, Setting};

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "public-env-prefix",
    severity: Severity::Error,
    group: Group::Setting,
    what: "The variable's prefix sends its value to every visitor's browser.",
    why: "Bundlers build `NEXT_PUBLIC_`, `VITE_` and the like into the public JavaScript: the database password is then public.",
    fix: "Rename the variable without the prefix, and change the password if a build with it was ever deployed.",
    sources: &[
        "Next.js, Vite and Create React App documentation on environment variables, 2026",
        "Documentation of Expo, Nuxt, Gatsby, SvelteKit, Astro, Vue CLI, Bun, Storybook, RedwoodJS, Plasmo and @ngx-env/builder, 2026",
    ],
    check: Check::One(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Option<Finding> {
    subject.conninfo?;
    let own = subject.target.source.variable.as_deref();
    // A group may take its password from a variable with another prefix.
    let parts = match &subject.target.setting {
        Setting::Components(parts) => parts.as_slice(),
        Setting::Text(_) => &[],
    };
    let passwords = parts.iter().filter(|part| part.role == ComponentRole::Password).map(|part| part.variable.as_str());
    let public = |name: &str| PREFIXES.iter().find(|prefix| name.starts_with(**prefix));
    let (variable, prefix) = own.into_iter().chain(passwords).find_map(|name| Some((name, public(name)?)))?;
    Some(rule.finding(format!("`{variable}` starts with `{prefix}`, so its value goes into the browser.")))
}

const PREFIXES: &[&str] = &[
    "NEXT_PUBLIC_",
    "VITE_",
    "REACT_APP_",
    "EXPO_PUBLIC_",
    "NUXT_PUBLIC_",
    "GATSBY_",
    "PUBLIC_",
    "VUE_APP_",
    "BUN_PUBLIC_",
    "STORYBOOK_",
    "REDWOOD_ENV_",
    "PLASMO_PUBLIC_",
    "NG_APP_",
];

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
