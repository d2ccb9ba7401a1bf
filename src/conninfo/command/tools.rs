//! The options of PostgreSQL's own client programs, as far as it matters where their values stand (PostgreSQL 17
//! documentation, "PostgreSQL Client Applications", and the `getopt_long` calls of each program).

/// What the words without an option mean.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Words {
    /// `[DBNAME [USERNAME]]`
    DatabaseAndUser,
    /// `[DBNAME]`
    Database,
    /// Nothing that says where to connect.
    Other,
}

/// One program.
pub(super) struct Tool {
    pub(super) name: &'static str,
    /// Short options that take a value.
    pub(super) valued: &'static str,
    pub(super) words: Words,
}

/// The programs. `pgbench -d` names the database since PostgreSQL 17.
const TOOLS: &[Tool] = &[
    Tool { name: "psql", valued: "cdfFhLopPRTUv", words: Words::DatabaseAndUser },
    Tool { name: "pg_dump", valued: "deEfFhjnNpStTUZ", words: Words::Database },
    Tool { name: "pg_dumpall", valued: "dEfhlpSU", words: Words::Other },
    Tool { name: "pg_restore", valued: "dfFhIjLnNpPStTU", words: Words::Other },
    Tool { name: "pgbench", valued: "bcdDfFhIjLMpPRstTU", words: Words::Database },
    Tool { name: "pg_isready", valued: "dhptU", words: Words::Other },
];

/// Long options that take a value, beside those that say where to connect.
const VALUED: &[&str] = &[
    "aggregate-interval",
    "builtin",
    "client",
    "command",
    "compress",
    "data-directory",
    "database",
    "define",
    "encoding",
    "exclude-database",
    "exclude-extension",
    "exclude-schema",
    "exclude-table",
    "exclude-table-and-children",
    "exclude-table-data",
    "extension",
    "extra-float-digits",
    "field-separator",
    "file",
    "fillfactor",
    "filter",
    "format",
    "function",
    "include-foreign-data",
    "index",
    "init-steps",
    "jobs",
    "latency-limit",
    "lock-wait-timeout",
    "log-file",
    "output",
    "partitions",
    "progress",
    "protocol",
    "pset",
    "random-seed",
    "rate",
    "record-separator",
    "restrict-key",
    "role",
    "rows-per-insert",
    "sampling-rate",
    "scale",
    "schema",
    "section",
    "set",
    "single-file",
    "snapshot",
    "superuser",
    "sync-method",
    "table",
    "table-and-children",
    "table-attr",
    "tablespace",
    "time",
    "timeout",
    "transactions",
    "trigger",
    "use-list",
    "variable",
];

/// The program with this name, whatever folder stands before it.
pub(super) fn tool(word: &str) -> Option<&'static Tool> {
    let name = word.rsplit(['/', '\\']).next().unwrap_or_default();
    let name = name.strip_suffix(".exe").unwrap_or(name);
    TOOLS.iter().find(|tool| tool.name == name)
}

/// What an option means for the connection.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// This libpq keyword; `dbname` may be a whole connection string.
    Keyword(&'static str),
    /// A file, a format, a name: shown, and no matter here.
    Plain,
    /// Free text that may hold a secret.
    Text,
    /// `-W`: ask for the password. It takes no value.
    Prompt,
    /// A switch.
    Flag,
}

impl Meaning {
    pub(super) fn takes_value(self) -> bool {
        !matches!(self, Self::Prompt | Self::Flag)
    }
}

/// A short option of this program.
pub(super) fn short(tool: &Tool, option: char) -> Meaning {
    match option {
        'h' => Meaning::Keyword("host"),
        'p' => Meaning::Keyword("port"),
        'U' => Meaning::Keyword("user"),
        'd' => Meaning::Keyword("dbname"),
        'l' if tool.name == "pg_dumpall" => Meaning::Plain,
        'W' => Meaning::Prompt,
        'f' | 'F' | 'j' | 'o' | 'Z' | 'n' | 't' if tool.valued.contains(option) => Meaning::Plain,
        _ if tool.valued.contains(option) => Meaning::Text,
        _ => Meaning::Flag,
    }
}

/// A long option. `getopt_long` takes unambiguous beginnings as well.
pub(super) fn long(name: &str) -> Meaning {
    let connection = [("host", "host"), ("port", "port"), ("username", "user"), ("dbname", "dbname")];
    if let Some((_, keyword)) = connection.iter().find(|(whole, _)| name.len() > 2 && whole.starts_with(name)) {
        return Meaning::Keyword(keyword);
    }
    match name {
        "password" => Meaning::Prompt,
        "file" | "format" | "jobs" | "output" | "schema" | "table" | "compress" | "timeout" => Meaning::Plain,
        _ if VALUED.contains(&name) => Meaning::Text,
        _ => Meaning::Flag,
    }
}

/// libpq's environment variables and the keyword that each stands for (PostgreSQL 17 documentation, section 32.15).
const VARIABLES: &[(&str, &str)] = &[
    ("PGHOST", "host"),
    ("PGHOSTADDR", "hostaddr"),
    ("PGPORT", "port"),
    ("PGDATABASE", "dbname"),
    ("PGUSER", "user"),
    ("PGPASSWORD", "password"),
    ("PGPASSFILE", "passfile"),
    ("PGREQUIREAUTH", "require_auth"),
    ("PGCHANNELBINDING", "channel_binding"),
    ("PGSERVICE", "service"),
    ("PGOPTIONS", "options"),
    ("PGAPPNAME", "application_name"),
    ("PGSSLMODE", "sslmode"),
    ("PGSSLNEGOTIATION", "sslnegotiation"),
    ("PGSSLCERT", "sslcert"),
    ("PGSSLKEY", "sslkey"),
    ("PGSSLROOTCERT", "sslrootcert"),
    ("PGSSLCRL", "sslcrl"),
    ("PGSSLSNI", "sslsni"),
    ("PGGSSENCMODE", "gssencmode"),
    ("PGCONNECT_TIMEOUT", "connect_timeout"),
    ("PGCLIENTENCODING", "client_encoding"),
    ("PGTARGETSESSIONATTRS", "target_session_attrs"),
    ("PGLOADBALANCEHOSTS", "load_balance_hosts"),
];

/// The keyword that a variable of the environment stands for.
pub(super) fn variable(name: &str) -> Option<&'static str> {
    VARIABLES.iter().find(|(variable, _)| *variable == name).map(|(_, keyword)| *keyword)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_known_by_their_names_alone() {
        assert!(tool("/usr/lib/postgresql/15/bin/psql").is_some_and(|tool| tool.name == "psql"));
        assert!(tool("pg_dump.exe").is_some());
        assert!(tool("psqlx").is_none());
    }

    #[test]
    fn options_are_told_by_their_beginning() {
        assert!(long("user") == Meaning::Keyword("user"));
        assert!(long("ho") == Meaning::Flag);
        assert!(long("password") == Meaning::Prompt);
        assert!(long("command") == Meaning::Text);
    }
}
