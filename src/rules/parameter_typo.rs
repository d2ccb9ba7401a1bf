//! `parameter-typo`: a key is nearly the name of a known one.

use super::prelude::*;
use crate::conninfo::{is_keyword, keywords};
use crate::knowledge;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "parameter-typo",
    severity: Severity::Error,
    group: Group::Setting,
    what: "A key is nearly the name of a known one.",
    why: "Under the wrong name it is refused, or dropped without a word; `pgboucer=true` leaves prepared statements on.",
    fix: "Write the key as the driver spells it.",
    sources: &[
        "PostgreSQL 15 documentation, section 34.1.2 (parameter key words)",
        "Reports in public issues (prisma/prisma #14942)",
    ],
    check: Check::Many(check),
};

fn check(rule: &Rule, subject: &Subject<'_>) -> Vec<Finding> {
    if !matches!(subject.syntax(), Some(Syntax::Uri | Syntax::Keyword)) {
        return Vec::new();
    }
    subject
        .parameters()
        .iter()
        .filter_map(|parameter| {
            let meant = meant(&parameter.key)?;
            let repaired = subject.replaced(parameter.key_span.as_ref(), meant);
            Some(
                rule.finding(format!("`{}` is no parameter; `{meant}` was probably meant.", parameter.key))
                    .with_fix(format!("Write `{meant}`."))
                    .at(parameter.key_span.clone())
                    .with_repaired(repaired),
            )
        })
        .collect()
}

/// Keys of drivers that have no profile, so that they are not taken for slips.
const OTHERS: &[&str] = &[
    "host",
    "port",
    "user",
    "password",
    "dbname",
    "database",
    "max",
    "min",
    "pool",
    "pool_size",
    "prepare",
    "ssl",
    "schema",
    "idle_timeout",
    "max_lifetime",
    "fetch_types",
    "debug",
    "transform",
    "default_query_exec_mode",
    "statement_cache_capacity",
    "statement-cache-capacity",
    "description_cache_capacity",
    "pool_max_conns",
    "pool_min_conns",
    "pool_max_conn_lifetime",
    "pool_max_conn_idle_time",
    "pool_health_check_period",
    "binary_parameters",
    "prepared_statements",
    "statement_limit",
    "checkout_timeout",
    "reaping_frequency",
    "variables",
    "encoding",
    "timeout",
    "statement_timeout",
    "lock_timeout",
    "query_timeout",
    "search_path",
    "timezone",
    "supa",
    "workaround",
    "conn_max_age",
    "prepare_threshold",
    "serverversion",
    "charset",
    "currentschema",
    "socket_timeout",
    "sslidentity",
    "sslnegotiation",
    "keepalive",
    "uselibpqcompat",
];

/// The key that was probably meant; `None` for a known key, and for one that is far from all of them.
fn meant(key: &str) -> Option<&'static str> {
    let stacks = || knowledge::stack_ids().filter_map(knowledge::stack).filter(|stack| stack.reads_libpq_uris());
    let listed = || stacks().flat_map(|stack| &stack.url.keys).flat_map(|listed| &listed.names).map(String::as_str);
    let lower = key.to_ascii_lowercase();
    if is_keyword(key) || OTHERS.contains(&lower.as_str()) || listed().any(|known| known == key) || key.len() < 5 {
        return None;
    }
    let line = if key.len() < 8 { 1 } else { 2 };
    // Of two that are as near, libpq's own is meant.
    let near = listed()
        .chain(keywords().iter().copied())
        .map(|known| (knowledge::distance(&lower, known), !is_keyword(known), known));
    near.filter(|(distance, _, _)| *distance <= line).min().map(|(_, _, known)| known)
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn it_fires() {
        assert_eq!(scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres?pgboucer=true").repaired(RULE.id), "postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres?pgbouncer=true");
        assert_eq!(scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres?ssl_mode=require").repaired(RULE.id), "postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres?sslmode=require");
        assert_eq!(scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres?SSLMODE=require").repaired(RULE.id), "postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres?sslmode=require");
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres?conection_limit=1").fires(RULE.id);
    }

    #[test]
    fn it_is_silent() {
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres?pgbouncer=true&connection_limit=1&sslmode=require&application_name=app").silent(RULE.id);
        scene("postgresql://postgres.abcdefghijklmnopqrst:pw@aws-0-us-east-1.pooler.supabase.com:6543/postgres?my_own_key=1&pool_max_conns=4&default_query_exec_mode=exec").silent(RULE.id);
    }
}
