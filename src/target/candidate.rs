//! Which variables hold a setting.

use crate::conninfo::looks_like_setting;

/// Names that people give to a whole setting, whatever it looks like.
const NAMES: &[&str] = &[
    "DATABASE_URL",
    "DATABASE_URI",
    "DIRECT_URL",
    "DB_URL",
    "DB_URI",
    "POSTGRES_URL",
    "POSTGRES_URI",
    "POSTGRESQL_URL",
    "PG_URL",
    "PGURL",
    "DATABASE_DSN",
    "DB_DSN",
    "PG_DSN",
    "DB_CONNECTION_STRING",
    "DATABASE_CONNECTION_STRING",
    "POSTGRES_PRISMA_URL",
    "SHADOW_DATABASE_URL",
    "SUPABASE_CONNECTION_STRING",
];

/// Schemes of other databases: a variable with one of them is not about Postgres, whatever its name.
const OTHER_DATABASES: &[&str] = &[
    "mysql",
    "mysql2",
    "mariadb",
    "sqlite",
    "sqlite3",
    "file",
    "libsql",
    "mongodb",
    "redis",
    "rediss",
    "amqp",
    "amqps",
    "mssql",
    "sqlserver",
    "oracle",
    "clickhouse",
    "s3",
];

/// Whether a variable holds a setting: by its value, or by its name with a value that could be meant as one.
pub(super) fn is_setting(name: &str, value: &str) -> bool {
    let value = value.trim();
    if value.is_empty() || is_pure_reference(value) {
        return false;
    }
    if looks_like_setting(value) {
        return true;
    }
    let upper = name.to_ascii_uppercase();
    let named = NAMES.iter().any(|known| {
        upper == *known
            || upper.strip_suffix(known).is_some_and(|before| before.ends_with('_'))
            || upper.strip_prefix(known).is_some_and(|after| after.starts_with('_'))
    });
    let scheme =
        value.split_once(':').map(|(scheme, _)| scheme.split('+').next().unwrap_or_default().to_ascii_lowercase());
    let foreign = scheme.is_some_and(|scheme| OTHER_DATABASES.contains(&scheme.as_str()));
    named && !foreign && (value.contains("://") || value.contains('@') || value.contains("supabase."))
}

/// `$OTHER` and `${OTHER}`: the other variable is looked at by itself.
fn is_pure_reference(value: &str) -> bool {
    let value = value.trim_matches(['"', '\'']);
    let Some(name) = value.strip_prefix('$') else { return false };
    let name = name.strip_prefix('{').and_then(|name| name.strip_suffix('}')).unwrap_or(name);
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_decide_and_names_help() {
        for (name, value) in [
            ("X", "postgresql://u:p@h/d"),
            ("SPRING_DATASOURCE_URL", "jdbc:postgresql://h/d"),
            ("DSN", "host=h dbname=d"),
            ("DATABASE_URL", "https://abcdefghijklmnopqrst.supabase.co"),
            ("MAIN_DB_URL", "postgres.ref:p@h:6543/postgres"),
            ("X", "\"postgresql://u:p@h/d\""),
        ] {
            assert!(is_setting(name, value), "{name}");
        }
        for (name, value) in [
            ("SUPABASE_URL", "https://abcdefghijklmnopqrst.supabase.co"),
            ("DATABASE_URL", "mysql://u:p@h/d"),
            ("DATABASE_URL", "${POSTGRES_URL}"),
            ("DATABASE_URL", ""),
            ("DATABASE_URL", "todo"),
            ("REDIS_URL", "redis://h"),
            ("OPTIONS", "a=b c=d"),
        ] {
            assert!(!is_setting(name, value), "{name}");
        }
    }
}
