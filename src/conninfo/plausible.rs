//! How likely a text is to be the host of a setting, told from its shape. The recovery of broken settings uses this
//! to find the `@` that its writer meant.

use std::net::{Ipv4Addr, Ipv6Addr};

/// How sure one can be that a text is a host and holds no piece of a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Plausibility {
    /// It is no host name, or may as well be a piece of a password.
    No,
    /// A bare word in a place where a host belongs.
    Word,
    /// A dotted name with a usual ending, or a template's placeholder for a host.
    Name,
    /// Supabase's, an IP address, or a well-known local name.
    Certain,
}

/// Endings of Supabase's own database hosts, production and staging (host patterns: Supabase documentation, "Connect
/// to your database", September 2026).
const SUPABASE_SUFFIXES: &[&str] = &[
    ".pooler.supabase.com",
    ".pooler.supabase.green",
    ".pooler.supabase.red",
    ".supabase.co",
    ".supabase.com",
    ".supabase.red",
    ".supabase.green",
    ".supabase.net",
];

/// Names of hosts in local and container set-ups, the Supabase CLI's and its docker stack's among them.
const LOCAL_NAMES: &[&str] = &[
    "localhost",
    "db",
    "postgres",
    "postgresql",
    "database",
    "pgbouncer",
    "supavisor",
    "pooler",
    "supabase-db",
    "supabase-pooler",
    "supabase_db",
    "supabase_pooler",
    "host.docker.internal",
    "host.containers.internal",
    "gateway.docker.internal",
    "kubernetes.docker.internal",
];

/// Words that make a bare name read like a host's.
const HOST_WORDS: &[&str] =
    &["postgres", "host", "server", "pool", "proxy", "database", "replica", "primary", "supabase"];

/// The same, as whole words only.
const SHORT_HOST_WORDS: &[&str] = &["db", "pg", "sql", "mydb"];

/// Endings of dotted names beside the two-letter ones of countries.
const TOP_LEVELS: &[&str] = &[
    "com",
    "net",
    "org",
    "info",
    "dev",
    "app",
    "cloud",
    "tech",
    "site",
    "online",
    "store",
    "xyz",
    "biz",
    "internal",
    "local",
    "localdomain",
    "lan",
    "home",
    "corp",
    "private",
    "intranet",
    "svc",
    "cluster",
    "docker",
    "test",
    "example",
    "invalid",
    "localhost",
    "edu",
    "gov",
    "host",
    "run",
    "green",
    "red",
];

/// Judges one host name without brackets.
pub(crate) fn host(name: &str) -> Plausibility {
    let lower = name.trim_end_matches('.').to_lowercase();
    let local = LOCAL_NAMES.contains(&lower.as_str()) || lower.starts_with("supabase_db_");
    if local || lower.parse::<Ipv4Addr>().is_ok() || (lower.contains(':') && lower.parse::<Ipv6Addr>().is_ok()) {
        return Plausibility::Certain;
    }
    if let Some(prefix) = SUPABASE_SUFFIXES.iter().find_map(|suffix| lower.strip_suffix(suffix)) {
        return supabase(prefix);
    }
    // A pooler's user in the place of a host: what follows is its password.
    let tenant = lower.strip_prefix("postgres.").is_some_and(|rest| rest.len() >= 20 && !rest.contains('.'));
    if tenant {
        return Plausibility::No;
    }
    if is_template(name) {
        return Plausibility::Name;
    }
    if !is_host_name(&lower) {
        return Plausibility::No;
    }
    match lower.rsplit_once('.') {
        Some((_, top))
            if TOP_LEVELS.contains(&top) || (top.len() == 2 && top.bytes().all(|b| b.is_ascii_lowercase())) =>
        {
            Plausibility::Name
        }
        _ => Plausibility::Word,
    }
}

/// Whether a bare word reads like a host's name by itself.
pub(crate) fn reads_like_a_host(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let mut parts = lower.split(|c: char| !c.is_ascii_lowercase());
    let spoken =
        HOST_WORDS.iter().any(|word| lower.contains(word)) || parts.any(|part| SHORT_HOST_WORDS.contains(&part));
    spoken && !lower.contains("pass") && lower.len() <= 24
}

/// The part of a Supabase host before its ending. The end of a password glued to it (`@` missing) is no part of it.
fn supabase(prefix: &str) -> Plausibility {
    let sound =
        |label: &str| !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || "-_[]<>{}$()*?".contains(c));
    if !prefix.split('.').all(sound) {
        return Plausibility::No;
    }
    if glued(prefix).is_some() { Plausibility::No } else { Plausibility::Certain }
}

/// Where the true host starts in the part of a Supabase host before its ending, when something is glued before it.
fn glued(prefix: &str) -> Option<usize> {
    // `db.aws-0-us-east-1` is a pooler's label in the place of the ref, and whole.
    if let Some(at) = prefix.rfind("aws-").filter(|at| *at > 0 && &prefix[..*at] != "db.") {
        return Some(at);
    }
    let label = prefix.rsplit('.').next()?;
    match prefix.strip_suffix(label)?.strip_suffix('.') {
        Some("db") => None,
        Some(before) if before.ends_with("db") => Some(before.len() - 2),
        Some(_) => None,
        None => (label.len() > 25 && label.is_char_boundary(label.len() - 20)).then(|| label.len() - 20),
    }
}

/// Where a host starts in a text in which no `@` stands before it: `postgres:passwordaws-0-...supabase.com`.
pub(crate) fn glued_host(text: &str) -> Option<usize> {
    let lower = text.to_ascii_lowercase();
    for suffix in SUPABASE_SUFFIXES {
        let Some(end) = lower.rfind(suffix) else { continue };
        let stretch = lower[..end]
            .char_indices()
            .rev()
            .take_while(|(_, c)| c.is_ascii_alphanumeric() || "-._[]<>{}$()*".contains(*c))
            .last()
            .map_or(end, |(at, _)| at);
        let prefix = &lower[stretch..end];
        if let Some(at) = glued(prefix) {
            return Some(stretch + at);
        }
        if supabase(prefix) == Plausibility::Certain {
            return Some(stretch);
        }
    }
    ["localhost", "127.0.0.1"].iter().find_map(|name| lower.rfind(name))
}

/// What dashboards and terminals put where they cut a text off.
pub(crate) const ELLIPSIS: [char; 2] = ['.', '…'];

/// Whether the text ends in the middle of one of Supabase's host names.
pub(crate) fn is_cut_off(name: &str) -> bool {
    let lower = name.trim_end_matches(ELLIPSIS).to_ascii_lowercase();
    let suffixes = [".pooler.supabase.com", ".supabase.co"];
    if SUPABASE_SUFFIXES.iter().any(|suffix| lower.ends_with(suffix)) {
        return false;
    }
    let cut = |suffix: &str| (3..suffix.len()).any(|len| lower.ends_with(&suffix[..len]));
    let starts = lower.starts_with("aws-") || lower.starts_with("db.");
    let label = lower.strip_prefix("aws-").or_else(|| lower.strip_prefix("db."));
    starts && (suffixes.iter().any(|suffix| cut(suffix)) || label.is_some_and(|label| !label.contains('.')))
}

/// A template's placeholder or a reference: `[HOST]`, `<host>`, `${DB_HOST}`, `YOUR_HOST`.
pub(crate) fn is_template(name: &str) -> bool {
    let inner = name
        .trim_start_matches(['$', '%', '#', '[', '<', '{', '(', '_'])
        .trim_end_matches([']', '>', '}', ')', 's', '_', '%']);
    let marked = inner.len() + 1 < name.len() && !name.starts_with(|c: char| c.is_ascii_alphanumeric());
    let word = inner.chars().all(|c| c.is_alphanumeric() || "-_. :".contains(c));
    let upper = inner.to_ascii_uppercase();
    let speaks = ["HOST", "SERVER", "DB", "POOLER", "ADDRESS", "URL", "DOMAIN", "IP", "REGION", "ENDPOINT"]
        .iter()
        .any(|part| upper.contains(part));
    word && speaks && (marked || matches!(upper.as_str(), "HOST" | "YOUR_HOST" | "YOUR-HOST" | "YOURHOST"))
}

fn is_host_name(name: &str) -> bool {
    name.len() <= 253
        && name.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && label.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_')
                && !label.starts_with('-')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn supabase_hosts_are_certain_and_glued_passwords_are_not() {
        for name in [
            "aws-0-us-east-1.pooler.supabase.com",
            "db.abcdefghijklmnopqrst.supabase.co",
            "aws-0-[REGION].pooler.supabase.com",
            "localhost",
            "10.0.0.1",
            "::1",
            "abcdefghijklmnopqrst.supabase.co",
        ] {
            assert_eq!(host(name), Plausibility::Certain, "{name}");
        }
        for name in [
            "secretaws-0-us-east-1.pooler.supabase.com",
            "wdb.abcdefghijklmnopqrst.supabase.co",
            "x@aws-0-us-east-1.pooler.supabase.com",
            "pa ss",
            "",
        ] {
            assert_eq!(host(name), Plausibility::No, "{name}");
        }
        assert_eq!(host("db.example.com"), Plausibility::Name);
        assert_eq!(host("${DB_HOST}"), Plausibility::Name);
        assert_eq!(host("[HOST]"), Plausibility::Name);
        assert_eq!(host("word"), Plausibility::Word);
    }

    #[test]
    fn a_glued_host_is_found_where_it_starts() {
        let text = "postgres.abcdefghijklmnopqrst:pa.ss-aws-0-us-east-1.pooler.supabase.com:6543/postgres";
        assert_eq!(&text[glued_host(text).unwrap()..][..6], "aws-0-");
        let text = "postgres:secretdb.abcdefghijklmnopqrst.supabase.co:5432/postgres";
        assert_eq!(&text[glued_host(text).unwrap()..][..4], "db.a");
    }

    #[test]
    fn cut_off_hosts_are_told_from_whole_ones() {
        for name in [
            "aws-0-us-east-1.pooler.supa",
            "aws-0-us-ea",
            "db.abcdefghijklmnopqrst.supabase.",
            "aws-0-us-east-1.pooler.supabase",
        ] {
            assert!(is_cut_off(name), "{name}");
        }
        for name in [
            "aws-0-us-east-1.pooler.supabase.com",
            "db.example.com",
            "localhost",
            "db.abcdefghijklmnopqrst.supabase.co",
        ] {
            assert!(!is_cut_off(name), "{name}");
        }
    }
}
