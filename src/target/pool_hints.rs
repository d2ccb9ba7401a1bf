//! What variables say of how the application pools and uses its connections.

use super::env_file::Entry;

/// What stands beside a setting about the application's pool. A rule that lacks its evidence here stays silent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PoolHints {
    /// The variable that asks for a pool which keeps nothing: `DB_POOL_CLASS=NullPool`, `DB_USE_NULLPOOL=true`.
    pub null_pool: Option<String>,
    /// `*_PRE_PING`: connections are tested before they are used.
    pub pre_ping: Option<bool>,
    /// `*_POOL_RECYCLE`: seconds after which a connection is replaced; 0 and less for never.
    pub recycle_s: Option<i64>,
    /// The variable that names something which only a session has: a channel of LISTEN.
    pub session_state: Option<String>,
}

impl PoolHints {
    /// Collects from the variables of one file or of the environment.
    pub(super) fn collect(entries: &[Entry]) -> Self {
        let last = |wanted: &dyn Fn(&str, &str) -> bool| {
            entries.iter().rev().find(|entry| wanted(&entry.name.to_ascii_uppercase(), entry.value.trim()))
        };
        let value = |end: &str| last(&|name, _| name.ends_with(end)).map(|entry| entry.value.trim());
        let name = |entry: &Entry| entry.name.clone();
        Self {
            null_pool: last(&asks_for_null_pool).map(name),
            pre_ping: value("PRE_PING").and_then(truth),
            recycle_s: value("POOL_RECYCLE").and_then(|seconds| seconds.parse().ok()),
            session_state: last(&names_a_channel).map(name),
        }
    }
}

fn asks_for_null_pool(name: &str, value: &str) -> bool {
    let class = name.ends_with("POOL_CLASS") || name.ends_with("POOLCLASS");
    let switch = name.ends_with("NULL_POOL") || name.ends_with("NULLPOOL");
    (class && value.ends_with("NullPool")) || (switch && truth(value) == Some(true))
}

/// `PG_LISTEN_CHANNEL`, `DB_NOTIFY_CHANNEL`; the channel of a chat is none.
fn names_a_channel(name: &str, value: &str) -> bool {
    let has = |wanted: &[&str]| name.split(['_', '.', '-']).any(|word| wanted.contains(&word));
    let of_database = has(&["PG", "POSTGRES", "POSTGRESQL", "DB", "DATABASE"]);
    !value.is_empty()
        && has(&["CHANNEL", "CHANNELS"])
        && (has(&["LISTEN", "PGNOTIFY"]) || (of_database && has(&["NOTIFY", "NOTIFICATION", "NOTIFICATIONS"])))
}

fn truth(value: &str) -> Option<bool> {
    match value.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Some(true),
        "false" | "0" | "no" | "off" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::env_file::parse;
    use super::*;

    #[test]
    fn what_is_said_of_the_pool_is_collected() {
        let text = "DB_POOL_CLASS=sqlalchemy.pool.NullPool\nDB_POOL_PRE_PING=False\nDB_POOL_RECYCLE=-1\nPG_LISTEN_CHANNEL=jobs\n";
        let hints = PoolHints::collect(&parse(text));
        assert_eq!(hints.null_pool.as_deref(), Some("DB_POOL_CLASS"));
        assert_eq!((hints.pre_ping, hints.recycle_s), (Some(false), Some(-1)));
        assert_eq!(hints.session_state.as_deref(), Some("PG_LISTEN_CHANNEL"));
    }

    #[test]
    fn other_variables_say_nothing() {
        let text = "DB_POOL_CLASS=QueuePool\nDB_NULLPOOL=false\nSLACK_NOTIFY_CHANNEL=ops\nLISTEN_PORT=80\nDB_POOL_RECYCLE=often\n";
        assert_eq!(PoolHints::collect(&parse(text)), PoolHints::default());
    }
}
