//! What may be shown of a setting that nobody can be sure to have read as it was meant: a list of what is known to be no
//! secret. All else is hidden.
//!
//! A part is known by its shape: a host of Supabase or of this machine, a port, the users and the database that every
//! project has, a keyword that some driver knows, a value that such a keyword takes.

use super::compose::overlaps;
use super::password::is_secret_key;
use super::plausible::{self, Plausibility};
use super::vendor::is_known_key;
use super::{Conninfo, Field, Span};

/// Roles of every project (Supabase documentation, "Postgres Roles").
const COMMON_USERS: &[&str] =
    &["postgres", "supabase_admin", "authenticator", "service_role", "anon", "prisma", "root"];

/// Whether a text is a user that is known to be no secret: a role of every project, one at a tenant, a template's word.
pub(crate) fn is_common_user(user: &str) -> bool {
    let (role, tenant) = user.split_once('.').unwrap_or((user, ""));
    let sound = |tenant: &str| {
        (tenant.len() == 20 && tenant.bytes().all(|byte| byte.is_ascii_lowercase())) || is_template(tenant)
    };
    COMMON_USERS.contains(&role) && (tenant.is_empty() || sound(tenant)) || is_template(user)
}

/// `[YOUR-USER]`, `${DB_USER}`, `<ref>`.
fn is_template(word: &str) -> bool {
    let speaks = |word: &str| {
        let upper = word.to_ascii_uppercase();
        ["YOUR", "PROJECT", "REF", "USER", "HOST", "NAME", "DB", "ID"].iter().any(|part| upper.contains(part))
    };
    let marked = word.starts_with(['[', '<', '{', '$']) && word.ends_with([']', '>', '}']);
    marked
        && word.len() <= 40
        && speaks(word)
        && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"[]<>{}$-_ ".contains(&byte))
}

fn is_port(port: &str) -> bool {
    (1..=5).contains(&port.len()) && port.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a value is one that many keywords take: a number, a switch, a mode of TLS.
fn is_common_value(value: &str) -> bool {
    const WORDS: &[&str] = &[
        "true",
        "false",
        "yes",
        "no",
        "on",
        "off",
        "disable",
        "allow",
        "prefer",
        "require",
        "verify-ca",
        "verify-full",
        "no-verify",
        "any",
        "primary",
        "standby",
        "read-write",
        "read-only",
        "transaction",
        "session",
        "public",
        "postgres",
        "system",
    ];
    (value.len() <= 5 && value.bytes().all(|byte| byte.is_ascii_digit()))
        || WORDS.contains(&value.to_ascii_lowercase().as_str())
}

/// Whether `user:password@host` without a scheme may as well be a line of code: a name before a value.
pub(crate) fn is_odd_login(text: &str, conninfo: &Conninfo) -> bool {
    let raw = conninfo.password.span.as_ref().and_then(|span| text.get(span.clone())).unwrap_or_default();
    raw.starts_with([' ', '\t']) || raw.contains(['=', '"', '\''])
}

/// Hides all that is not known to be no secret.
pub(crate) fn veil(text: &str, conninfo: &Conninfo, secrets: &[Span]) -> Vec<Span> {
    let mut shown: Vec<Span> = Vec::new();
    let mut show = |span: Option<&Span>, known: &dyn Fn(&str) -> bool| {
        if let Some(span) = span.filter(|span| !span.is_empty() && !overlaps(span, secrets))
            && text.get((*span).clone()).is_some_and(known)
        {
            shown.push(span.clone());
        }
    };
    let place = |field: &Option<Field>| field.as_ref().and_then(|field| field.span.clone());
    show(conninfo.scheme.as_ref().map(|scheme| &scheme.span), &|_| true);
    for host in &conninfo.hosts {
        for name in [&host.host, &host.hostaddr] {
            show(place(name).as_ref(), &|name| {
                plausible::host(name) == Plausibility::Certain || plausible::is_template(name)
            });
        }
        show(place(&host.port).as_ref(), &is_port);
    }
    show(place(&conninfo.user).as_ref(), &is_common_user);
    show(place(&conninfo.database).as_ref(), &|name| name == "postgres" || is_template(name));
    for parameter in &conninfo.parameters {
        let secret = is_secret_key(&parameter.key);
        show(parameter.key_span.as_ref(), &is_known_key);
        show(parameter.value_span.as_ref(), &|value| !secret && is_common_value(value));
    }
    complement(text, shown)
}

/// Everything between these places; a delimiter alone between two of them is shown as well.
fn complement(text: &str, mut shown: Vec<Span>) -> Vec<Span> {
    shown.sort_by_key(|span| span.start);
    let mut hidden = Vec::new();
    let mut at = 0;
    for span in shown {
        let between = text.get(at..span.start).unwrap_or_default();
        let delimiter = matches!(between, "://" | ":" | "@" | "/" | "?" | "&" | "=" | ";" | "," | " ");
        if !between.is_empty() && (at == 0 || !delimiter) {
            // `user:****@host`, where the password stands in its place.
            let placed = at > 0 && between.len() > 2 && between.starts_with(':') && between.ends_with('@');
            hidden.push(if placed { at + 1..span.start - 1 } else { at..span.start });
        }
        at = at.max(span.end);
    }
    hidden.push(at..text.len());
    hidden
}
