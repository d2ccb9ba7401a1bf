//! Which syntax a text is written in.

use super::keyword::is_space;
use super::r2dbc;
use super::read::{Owner, Uri};
use super::{Scheme, Span, Syntax};

/// A syntax that was recognised.
pub(crate) enum Kind {
    Uri(Uri),
    Keyword,
    Npgsql,
}

/// Schemes that are not libpq's: of other readers of Postgres settings, and of what gets pasted in the place of one.
const FOREIGN_SCHEMES: &[&str] = &[
    "pgsql",
    "psql",
    "postgis",
    "ecto",
    "prisma",
    "prisma+postgres",
    "pg",
    "timescale",
    "timescalegis",
    "cockroach",
    "cockroachdb",
    "http",
    "https",
    "wss",
    "ws",
    "mysql",
    "mysql2",
    "mariadb",
    "mongodb",
    "mongodb+srv",
    "redis",
    "rediss",
    "sqlite",
    "file",
];

/// Whether a scheme belongs to a reader of Postgres settings.
pub(crate) fn is_postgres(scheme: &str) -> bool {
    let lower = scheme.to_ascii_lowercase();
    // `jdbc:postgresql`, `r2dbc:pool:postgresql`, `postgresql+asyncpg`.
    let base = lower.rsplit(':').next().unwrap_or_default().split('+').next().unwrap_or_default();
    matches!(base, "postgres" | "postgresql" | "pgsql" | "psql" | "postgis" | "timescale" | "ecto" | "pg")
}

/// Recognises the syntax of the setting at `core`.
pub(crate) fn recognise(text: &str, core: &Span) -> Option<Kind> {
    let raw = &text[core.clone()];
    let headless = |skipped: usize| {
        let rest = core.start + skipped..core.end;
        Some(Kind::Uri(Uri { syntax: Syntax::Uri, scheme: None, rest, owner: Owner::Nobody }))
    };
    if let Some(len) = spoilt_scheme(raw) {
        return headless(len);
    }
    if let Some(uri) = uri(text, core) {
        return Some(Kind::Uri(uri));
    }
    if without_scheme(raw) {
        return headless(0);
    }
    if super::npgsql::recognise(raw) {
        return Some(Kind::Npgsql);
    }
    is_keyword_string(raw).then_some(Kind::Keyword)
}

/// The length of what stands in the place of a scheme and is none: a slip of the pen (`postgress://`), no slashes
/// (`postgresql:user...`), no colon (`postgresql//`), a scheme twice.
fn spoilt_scheme(raw: &str) -> Option<usize> {
    let len = raw.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || b"+-._".contains(byte)).count();
    let name = raw[..len].to_ascii_lowercase();
    let base = name.split('+').next().unwrap_or_default();
    let after = &raw[len..];
    let known = is_postgres(&name);
    if let Some(rest) = after.strip_prefix("://") {
        if known || base == "http" || base == "https" {
            // `postgresql://postgresql://...`. The shorter `postgres` may as well be the user of that name, before a
            // password that begins with slashes: that must not be taken for anything that is shown.
            let inner = rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || b"+".contains(byte)).count();
            let again = rest.starts_with("postgresql") && rest[inner..].starts_with("://");
            if again {
                return Some(len + 3 + inner + 3);
            }
            // `postgresql:///postgres.ref:password@host`: one slash too many.
            let user = rest.strip_prefix('/').filter(|user| known && user.contains('@'))?;
            let certain = user.starts_with("postgres.") || user.starts_with("postgres:");
            return certain.then_some(len + 4);
        }
        let near = |word: &str| super::password::edit_distance(base, word) <= 2;
        let slip = name.starts_with('p') && !FOREIGN_SCHEMES.contains(&name.as_str()) && base.len() <= 14;
        return (slip && (near("postgresql") || near("postgres"))).then_some(len + 3);
    }
    if !known || !matches!(base, "postgres" | "postgresql") {
        return None;
    }
    if after.starts_with("//") {
        return after.contains('@').then_some(len + 2);
    }
    // `postgres:...` is a user before a password, unless another user follows.
    let rest = after.strip_prefix(':')?;
    let skipped = rest.bytes().take_while(|byte| matches!(byte, b'/' | b'\\')).count();
    let (user, password) = rest[skipped..].split_once([':', '@'])?;
    let user_like =
        !user.is_empty() && user.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-[]".contains(&byte));
    let certain = user == "postgres" || user.starts_with("postgres.") || (base == "postgresql" && skipped == 0);
    let misspelt = !(skipped == 1 && base == "postgresql") && user_like && certain && password.contains('@');
    misspelt.then_some(len + 1 + skipped)
}

/// Whether two settings stand in one text: a second URI begins behind a separator.
pub(crate) fn is_several(raw: &str) -> bool {
    raw.match_indices("postgres").any(|(at, word)| {
        let behind = raw[..at].ends_with(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '|' | '=' | '('));
        let rest = raw[at + word.len()..].trim_start_matches("ql");
        behind && rest.starts_with("://") && raw[..at].contains("://") && raw[..at].contains('@')
    })
}

/// Whether a text begins with a scheme that is recognised.
pub(crate) fn has_scheme(text: &str) -> bool {
    uri(text, &(0..text.len())).is_some()
}

fn uri(text: &str, core: &Span) -> Option<Uri> {
    let raw = &text[core.clone()];
    let lower: String = raw.chars().take(64).collect::<String>().to_ascii_lowercase();
    if let Some(len) = r2dbc::scheme_len(&lower) {
        let exact = raw.starts_with("r2dbc");
        let owner = if exact { Owner::R2dbc } else { Owner::Nobody };
        return Some(found(text, core, len, 2, Found { syntax: Syntax::R2dbc, owner, driver: false }));
    }
    let jdbc = lower.starts_with("jdbc:");
    let skipped = if jdbc { "jdbc:".len() } else { 0 };
    let len =
        lower[skipped..].bytes().take_while(|byte| byte.is_ascii_alphanumeric() || b"+-._".contains(byte)).count();
    let name = &lower[skipped..skipped + len];
    let after = raw[skipped + len..].strip_prefix(':')?;
    let slashes = after.bytes().take_while(|byte| *byte == b'/').count();
    let base = name.split('+').next().unwrap_or_default();
    let postgres = matches!(base, "postgres" | "postgresql");
    if jdbc && slashes == 0 && raw.starts_with("jdbc:postgresql:") && is_local_database(after) {
        let found_as = Found { syntax: Syntax::Jdbc, owner: Owner::LocalJdbc, driver: false };
        return Some(found(text, core, skipped + len, 0, found_as));
    }
    // `postgresql:/host` is misspelt; with three slashes the host is left out on purpose. `postgres:/` and
    // `postgresql:` may as well be a user before a password, in a setting without a scheme.
    let separator = slashes.min(2);
    let misspelt = separator == 1 && base == "postgresql" && !jdbc;
    if !(postgres || FOREIGN_SCHEMES.contains(&name)) || !(separator == 2 || misspelt) {
        return None;
    }
    let written = &raw[..skipped + len];
    let exact = separator == 2;
    let owner = match written {
        "postgres" | "postgresql" if exact => Owner::Libpq,
        "ecto" if exact => Owner::Ecto,
        // dj-database-url's and django-environ's names for Postgres.
        "postgis" | "pgsql" | "psql" | "timescale" | "timescalegis" if exact => Owner::Urlsplit,
        _ if jdbc && exact && written.starts_with("jdbc:postgresql") => Owner::Jdbc,
        _ if postgres && name.contains('+') && exact => Owner::SqlAlchemy,
        _ => Owner::Nobody,
    };
    let syntax = if jdbc { Syntax::Jdbc } else { Syntax::Uri };
    Some(found(text, core, skipped + len, separator, Found { syntax, owner, driver: postgres }))
}

/// `database?user=...` after `jdbc:postgresql:`, with nothing that may be a credential before a host.
fn is_local_database(after: &str) -> bool {
    let name = after.split('?').next().unwrap_or_default();
    name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.%".contains(&byte))
}

#[derive(Clone, Copy)]
struct Found {
    syntax: Syntax,
    owner: Owner,
    /// Whether a `+` in the scheme begins a driver's name.
    driver: bool,
}

fn found(text: &str, core: &Span, scheme_len: usize, separator: usize, found: Found) -> Uri {
    let written = &text[core.start..core.start + scheme_len];
    let driver = written.split_once('+').filter(|_| found.driver).map(|(_, driver)| driver.to_owned());
    let scheme = Scheme { text: written.to_owned(), driver, span: core.start..core.start + scheme_len };
    let rest = core.start + scheme_len + 1 + separator..core.end;
    Uri { syntax: found.syntax, scheme: Some(scheme), rest, owner: found.owner }
}

/// `user:password@host...` without a scheme before it.
fn without_scheme(raw: &str) -> bool {
    let Some((user, rest)) = raw.split_once(':') else { return false };
    let user_like = !user.is_empty() && user.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
    user_like && !rest.starts_with("//") && rest.contains('@')
}

/// Whether libpq would take the text for keywords and values, and its writer too: somewhere a known key, or one that
/// reads like a secret's, stands before `=`.
fn is_keyword_string(raw: &str) -> bool {
    let mut pieces = raw.split('=');
    let last = pieces.next_back();
    last.is_some()
        && pieces.any(|before| {
            let before = before.trim_end_matches(|c: char| u8::try_from(c).is_ok_and(is_space));
            let key = before.rsplit(|c: char| c.is_whitespace() || matches!(c, '\'' | '"')).next().unwrap_or_default();
            super::vendor::is_known_key(key) || super::password::is_secret_key(key)
        })
}
