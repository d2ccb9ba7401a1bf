//! The profiles as they are compiled in.

use std::sync::OnceLock;

use super::{KnowledgeError, Stack, Templates, UrlProfile, error, extra, parse_stack, parse_templates};

pub(super) const TIERS: &str = include_str!("../../profiles/tiers.toml");
pub(super) const ENDPOINTS: &str = include_str!("../../profiles/endpoints.toml");
pub(super) const SERVICES: &str = include_str!("../../profiles/services.toml");
pub(super) const TLS_CLIENTS: &str = include_str!("../../profiles/tls-clients.toml");
pub(super) const DETECTION: &str = include_str!("../../profiles/detection.toml");

/// One stack: its text, and its parsed form once somebody has asked for it.
struct Embedded {
    id: &'static str,
    text: &'static str,
    templates: &'static str,
    parsed: OnceLock<Stack>,
    parsed_templates: OnceLock<Templates>,
    url: OnceLock<UrlProfile>,
}

/// The part of a stack's profile about URLs.
#[derive(serde::Deserialize)]
struct Heading {
    url: UrlProfile,
}

/// Where the part about URLs ends: the tests hold every profile to this order.
pub(super) const AFTER_URL: &str = "\n[statements]\n";

macro_rules! stacks {
    ($($id:literal),* $(,)?) => {
        static STACKS: [Embedded; [$($id),*].len()] = [$(Embedded {
            id: $id,
            text: include_str!(concat!("../../profiles/stacks/", $id, ".toml")),
            templates: include_str!(concat!("../../profiles/templates/", $id, ".toml")),
            parsed: OnceLock::new(),
            parsed_templates: OnceLock::new(),
            url: OnceLock::new(),
        }),*];
    };
}

stacks! {
    "alembic",
    "asyncpg",
    "bun-sql",
    "cloudflare-hyperdrive",
    "deadpool-postgres",
    "deno-postgres",
    "diesel",
    "diesel-async",
    "django",
    "drizzle-node-postgres",
    "drizzle-postgres-js",
    "ecto",
    "efcore",
    "golang-migrate",
    "gorm",
    "hikaricp",
    "jdbc",
    "knex",
    "kysely",
    "laravel",
    "lib-pq",
    "node-postgres",
    "npgsql",
    "pdo-pgsql",
    "pg-dump",
    "pgx",
    "postgres-js",
    "postgrex",
    "prisma-6",
    "prisma-7",
    "psql",
    "psycopg",
    "psycopg2",
    "r2dbc",
    "rails",
    "seaorm",
    "sequelize",
    "spring-boot",
    "sqlalchemy-asyncpg",
    "sqlalchemy-psycopg",
    "sqlalchemy-psycopg2",
    "sqlx",
    "supabase-edge-functions",
    "tokio-postgres",
    "typeorm",
    "vercel",
}

/// The stack with exactly this id.
pub(super) fn stack(id: &str) -> Option<&'static Stack> {
    if let Some(own) = extra::get().and_then(|extra| extra.stacks.get(id)) {
        return Some(own);
    }
    let embedded = STACKS.iter().find(|embedded| embedded.id == id)?;
    Some(embedded.parsed.get_or_init(|| must(parse_stack(&format!("stacks/{id}.toml"), embedded.text))))
}

/// The templates of the stack with exactly this id.
pub(super) fn templates(id: &str) -> Option<&'static Templates> {
    if let Some(own) = extra::get().and_then(|extra| extra.templates.get(id)) {
        return Some(own);
    }
    let embedded = STACKS.iter().find(|embedded| embedded.id == id)?;
    let name = format!("templates/{id}.toml");
    Some(embedded.parsed_templates.get_or_init(|| must(parse_templates(&name, embedded.templates))))
}

/// What each stack says of URLs; reads only that part of the profiles.
pub(super) fn url_profiles() -> impl Iterator<Item = &'static UrlProfile> {
    let own = extra::get().map(|extra| &extra.stacks);
    let is_own = move |id: &str| own.is_some_and(|own| own.contains_key(id));
    let built_in = STACKS.iter().filter(move |embedded| !is_own(embedded.id)).map(|embedded| {
        embedded.url.get_or_init(|| {
            let name = format!("stacks/{}.toml", embedded.id);
            let head = embedded.text.split(AFTER_URL).next().unwrap_or_default();
            must(error::parse::<Heading>(&name, head)).url
        })
    });
    built_in.chain(own.into_iter().flat_map(|own| own.values().map(|stack| &stack.url)))
}

/// The ids of all stacks.
pub(super) fn stack_ids() -> impl Iterator<Item = &'static str> {
    let mut ids: Vec<&'static str> = STACKS.iter().map(|embedded| embedded.id).collect();
    if let Some(extra) = extra::get() {
        ids.extend(extra.stacks.keys().map(String::as_str));
        ids.sort_unstable();
        ids.dedup();
    }
    ids.into_iter()
}

/// Takes an embedded profile out of its result.
#[expect(clippy::panic, reason = "the text is compiled in, and the tests of this room parse every embedded profile")]
pub(super) fn must<T>(parsed: Result<T, KnowledgeError>) -> T {
    match parsed {
        Ok(profile) => profile,
        Err(error) => panic!("failed to {error}"),
    }
}

/// Every embedded profile: its path under `profiles/`, and its text.
#[cfg(test)]
pub(super) fn all() -> impl Iterator<Item = (String, &'static str)> {
    let rooms = [
        ("tiers.toml", TIERS),
        ("endpoints.toml", ENDPOINTS),
        ("services.toml", SERVICES),
        ("tls-clients.toml", TLS_CLIENTS),
        ("detection.toml", DETECTION),
    ];
    let stacks = STACKS.iter().map(|embedded| (format!("stacks/{}.toml", embedded.id), embedded.text));
    let templates = STACKS.iter().map(|embedded| (format!("templates/{}.toml", embedded.id), embedded.templates));
    rooms.into_iter().map(|(name, text)| (name.to_owned(), text)).chain(stacks).chain(templates)
}
