//! Groups of component variables: `DB_HOST`, `DB_PORT` and so on, under any prefix and with any separator.

use std::collections::HashMap;

use super::env_file::Entry;
use super::names::{split_end, words};
use super::{Component, ComponentRole};
use crate::secret::Secret;

/// The ends of names, the longer before the shorter.
const SUFFIXES: &[(&str, ComponentRole)] = &[
    ("SSL_ROOT_CERT", ComponentRole::SslRootCert),
    ("SSL_CERT_PATH", ComponentRole::SslRootCert),
    ("SSL_CA_PATH", ComponentRole::SslRootCert),
    ("SSLROOTCERT", ComponentRole::SslRootCert),
    ("SSL_MODE", ComponentRole::SslMode),
    ("SSLMODE", ComponentRole::SslMode),
    ("SSL", ComponentRole::SslMode),
    ("HOSTNAME", ComponentRole::Host),
    ("HOST_NAME", ComponentRole::Host),
    ("HOST", ComponentRole::Host),
    ("SERVER", ComponentRole::Host),
    ("ENDPOINT", ComponentRole::Host),
    ("PORT", ComponentRole::Port),
    ("USERNAME", ComponentRole::User),
    ("USER_NAME", ComponentRole::User),
    ("USER_ID", ComponentRole::User),
    ("USER", ComponentRole::User),
    ("LOGIN", ComponentRole::User),
    ("PASSWORD", ComponentRole::Password),
    ("PASSWD", ComponentRole::Password),
    ("PASS", ComponentRole::Password),
    ("PWD", ComponentRole::Password),
    ("DATABASE", ComponentRole::Database),
    ("DBNAME", ComponentRole::Database),
    ("NAME", ComponentRole::Database),
    ("DB", ComponentRole::Database),
];

/// Ends of names whose value says which database it is: Laravel's `DB_CONNECTION`, Django's `DB_ENGINE`, Strapi's
/// `DATABASE_CLIENT`, TypeORM's `TYPEORM_CONNECTION`, Sequelize's `DB_DIALECT`, Quarkus's `QUARKUS_DATASOURCE_DB_KIND`,
/// Rails's `DATABASE_ADAPTER`.
const ENGINE_SUFFIXES: &[&str] =
    &["CONNECTION", "ENGINE", "TYPE", "DIALECT", "CLIENT", "DRIVER", "ADAPTER", "VENDOR", "KIND", "PROVIDER"];

/// What such a value holds when it means Postgres.
const POSTGRES_ENGINES: &[&str] = &["postgres", "pgsql", "psycopg", "asyncpg", "postgis"];

/// And when it means another.
const OTHER_ENGINES: &[&str] =
    &["mysql", "maria", "sqlite", "mssql", "sqlserver", "sqlsrv", "oracle", "mongo", "redis"];

/// Words in a prefix that speak of Postgres.
const DATABASE_WORDS: &[&str] = &[
    "DB",
    "DATABASE",
    "DATABASES",
    "POSTGRES",
    "PG",
    "SQL",
    "SUPABASE",
    "SUPAVISOR",
    "DATASOURCE",
    "TYPEORM",
    "R2DBC",
    "JDBC",
    "PSQL",
    "PGSQL",
    "RDS",
];

/// Words in a prefix that speak of another service.
const OTHER_WORDS: &[&str] = &[
    "REDIS",
    "SMTP",
    "MAIL",
    "EMAIL",
    "MYSQL",
    "MARIADB",
    "MONGO",
    "KAFKA",
    "RABBIT",
    "AMQP",
    "ELASTIC",
    "CLICKHOUSE",
    "MEMCACHE",
    "MQTT",
    "LDAP",
    "SSH",
    "FTP",
    "MSSQL",
    "MINIO",
    "CASSANDRA",
    "NEO4J",
    "COUCH",
    "DYNAMO",
    "INFLUX",
    "PROXY",
    "IMAP",
];

/// Ports on which only Postgres or its poolers listen: theirs, the Supabase CLI's, PgBouncer's.
const PORTS: &[&str] = &["5432", "6543", "54322", "54329", "6432"];

/// Ports of other services: `MySQL` (two), SQL Server, Oracle, `MongoDB`, Redis, Cassandra, Elasticsearch, `RabbitMQ`, SMTP
/// (IANA service name and port number registry).
const OTHER_PORTS: &[&str] =
    &["3306", "33060", "1433", "1521", "27017", "6379", "9042", "9200", "5672", "25", "465", "587", "2525"];

/// One group.
pub(super) struct Group {
    /// What the names have in common, as written, with its separator.
    pub(super) prefix: String,
    pub(super) components: Vec<Component>,
    /// Where the host's value stands.
    pub(super) line: usize,
    pub(super) column: usize,
}

impl Group {
    pub(super) fn host(&self) -> Option<&Component> {
        self.components.iter().find(|part| part.role == ComponentRole::Host)
    }
}

/// The variables of one prefix.
struct Draft<'a> {
    prefix: &'a str,
    parts: Vec<(ComponentRole, &'a Entry)>,
    /// Whether a variable beside them says that it is Postgres, or another database.
    engine: Option<bool>,
}

impl<'a> Draft<'a> {
    fn get(&self, role: ComponentRole) -> Option<&'a Entry> {
        let found = self.parts.iter().rev().find(|(other, entry)| *other == role && !entry.value.trim().is_empty());
        found.map(|(_, entry)| *entry)
    }
}

/// The component variables of one file or of the environment.
pub(super) struct Drafts<'a> {
    drafts: Vec<Draft<'a>>,
    by_prefix: HashMap<&'a str, usize>,
}

impl<'a> Drafts<'a> {
    pub(super) fn of(entries: &'a [Entry]) -> Self {
        let mut all = Self { drafts: Vec::new(), by_prefix: HashMap::new() };
        for entry in entries {
            if let Some((prefix, role)) = split(&entry.name) {
                all.draft(prefix).parts.push((role, entry));
            } else if let Some(engine) = engine(&entry.value)
                && let Some(prefix) = ENGINE_SUFFIXES.iter().find_map(|end| split_end(&entry.name, end))
            {
                all.draft(prefix).engine = Some(engine);
                // `QUARKUS_DATASOURCE_DB_KIND` is about `QUARKUS_DATASOURCE_`.
                if let Some(wider) = split_end(prefix.trim_end_matches(SEPARATORS), "DB").filter(|p| !p.is_empty()) {
                    all.draft(wider).engine = Some(engine);
                }
            }
        }
        all
    }

    fn draft(&mut self, prefix: &'a str) -> &mut Draft<'a> {
        let at = *self.by_prefix.entry(prefix).or_insert_with(|| {
            self.drafts.push(Draft { prefix, parts: Vec::new(), engine: None });
            self.drafts.len() - 1
        });
        &mut self.drafts[at]
    }

    /// A part that stands under exactly this prefix.
    pub(super) fn part(&self, prefix: &str, role: ComponentRole) -> Option<&'a Entry> {
        self.by_prefix.get(prefix).and_then(|at| self.drafts[*at].get(role))
    }

    /// The groups, in the order of their first lines.
    pub(super) fn groups(mut self) -> Vec<Group> {
        lend(&mut self.drafts);
        self.drafts.iter().filter(|draft| is_group(draft)).filter_map(group).collect()
    }
}

/// Separators between the words of a name.
const SEPARATORS: [char; 4] = ['_', '.', '-', ':'];

/// The groups among the variables of one file.
#[cfg(test)]
fn find(entries: &[Entry]) -> Vec<Group> {
    Drafts::of(entries).groups()
}

/// The prefix with its separator, and the role that the end of the name gives.
fn split(name: &str) -> Option<(&str, ComponentRole)> {
    SUFFIXES.iter().find_map(|(suffix, role)| {
        let prefix = split_end(name, suffix)?;
        // `PWD` and `NAME` by themselves belong to the shell.
        let own = !prefix.is_empty() || matches!(*suffix, "HOST" | "PORT" | "USER" | "PASSWORD" | "DATABASE");
        own.then_some((prefix, *role))
    })
}

/// Whether a value names Postgres (`true`) or another database (`false`).
fn engine(value: &str) -> Option<bool> {
    if value.len() > 64 || value.contains("://") {
        return None;
    }
    let value = value.trim().to_ascii_lowercase();
    let has = |list: &[&str]| list.iter().any(|word| value.contains(word));
    if value == "pg" || has(POSTGRES_ENGINES) {
        return Some(true);
    }
    has(OTHER_ENGINES).then_some(false)
}

/// `SUPABASE_HOST` beside `SUPABASE_DB_USER` and `SUPABASE_DB_PASSWORD` (or the other way round) is one group: the one
/// that lacks a host takes it, and the port, from the other.
fn lend(drafts: &mut [Draft<'_>]) {
    let stem = |prefix: &str| {
        let mut words = words(prefix);
        if words.len() > 1
            && words.last().is_some_and(|last| matches!(last.as_str(), "DB" | "DATABASE" | "POSTGRES" | "PG"))
        {
            words.pop();
        }
        words
    };
    let mut givers: HashMap<Vec<String>, Vec<usize>> = HashMap::new();
    for (at, draft) in drafts.iter().enumerate() {
        let host = draft.get(ComponentRole::Host);
        let known = speaks_of_databases(draft.prefix) || host.is_some_and(|host| host.value.contains(".supabase."));
        if host.is_some() && known {
            givers.entry(stem(draft.prefix)).or_default().push(at);
        }
    }
    for taker in 0..drafts.len() {
        if drafts[taker].get(ComponentRole::Host).is_some() || drafts[taker].get(ComponentRole::Password).is_none() {
            continue;
        }
        let kindred = givers.get(&stem(drafts[taker].prefix)).map_or(&[][..], Vec::as_slice);
        // Who has a password of its own is complete, and keeps its host.
        let giver = kindred.iter().copied().find(|giver| {
            let giver = &drafts[*giver];
            giver.get(ComponentRole::Host).is_some() && giver.get(ComponentRole::Password).is_none()
        });
        if let Some(giver) = giver {
            let lent = std::mem::take(&mut drafts[giver].parts);
            let own: Vec<_> = drafts[taker].parts.clone();
            let missing = lent.into_iter().filter(|(role, _)| own.iter().all(|(mine, _)| mine != role));
            drafts[taker].parts.extend(missing);
            drafts[taker].engine = drafts[taker].engine.or(drafts[giver].engine);
        }
    }
}

fn speaks_of_databases(prefix: &str) -> bool {
    let words = words(prefix);
    let hit = |list: &[&str]| {
        words.iter().any(|word| list.iter().any(|part| word == part || (part.len() > 3 && word.contains(part))))
    };
    hit(DATABASE_WORDS) && !hit(OTHER_WORDS)
}

/// A host and one more part, and something that speaks of Postgres; nothing that speaks of another database.
fn is_group(draft: &Draft<'_>) -> bool {
    let Some(host) = draft.get(ComponentRole::Host) else { return false };
    let port = |list: &[&str]| draft.get(ComponentRole::Port).is_some_and(|port| list.contains(&port.value.trim()));
    let more = [ComponentRole::Port, ComponentRole::User, ComponentRole::Password, ComponentRole::Database];
    let whole = more.iter().any(|role| draft.get(*role).is_some());
    let supabase = host.value.contains(".supabase.");
    let other = words(draft.prefix).iter().any(|word| OTHER_WORDS.iter().any(|part| word.contains(part)));
    let elsewhere = draft.engine == Some(false) || port(OTHER_PORTS);
    let spoken = host.value.contains("supabase")
        || draft.engine == Some(true)
        || port(PORTS)
        || speaks_of_databases(draft.prefix);
    whole && !host.value.contains("://") && (supabase || (!other && !elsewhere && spoken))
}

fn group(draft: &Draft<'_>) -> Option<Group> {
    let host = draft.get(ComponentRole::Host)?;
    let components = draft.parts.iter().map(|(role, entry)| Component {
        role: *role,
        variable: entry.name.clone(),
        // The end of a line and white space before it are no part of any component.
        value: Secret::new(entry.value.trim_end()),
        line: Some(entry.line).filter(|line| *line > 0),
        column: Some(entry.column).filter(|column| *column > 0),
    });
    Some(Group {
        prefix: draft.prefix.to_owned(),
        components: components.collect(),
        line: host.line,
        column: host.column,
    })
}

#[cfg(test)]
mod tests {
    use super::super::env_file::parse;
    use super::*;

    fn found(text: &str) -> Vec<(String, Vec<ComponentRole>)> {
        let groups = find(&parse(text));
        groups.into_iter().map(|group| (group.prefix, group.components.iter().map(|c| c.role).collect())).collect()
    }

    #[test]
    fn any_prefix_and_separator_makes_a_group() {
        use ComponentRole::{Database, Host, Password, Port, User};
        let nested = "ERYAO_DATABASE__HOST=h\nERYAO_DATABASE__PORT=5432\nERYAO_DATABASE__NAME=n\nERYAO_DATABASE__USER=u\nERYAO_DATABASE__PASSWORD=p\n";
        assert_eq!(found(nested), [("ERYAO_DATABASE__".to_owned(), vec![Host, Port, Database, User, Password])]);
        assert_eq!(found("PGHOST=h\nPGPORT=1\n"), [("PG".to_owned(), vec![Host, Port])]);
        assert_eq!(found("db.host=h\ndb.user=u\n"), [("db.".to_owned(), vec![Host, User])]);
        assert_eq!(found("ACME_HOST=x.pooler.supabase.com\nACME_USER=u\n").len(), 1);
    }

    #[test]
    fn a_host_is_lent_between_kindred_prefixes() {
        let groups = found("SUPABASE_HOST=db.x.supabase.co\nSUPABASE_DB_PASSWORD=p\nSUPABASE_DB_USER=u\n");
        assert_eq!(groups.len(), 1);
        assert_eq!(groups[0].0, "SUPABASE_DB_");
        assert_eq!(groups[0].1.len(), 3);
    }

    #[test]
    fn a_line_end_is_no_part_of_a_value() {
        let groups = find(&parse("DB_HOST=h\r\nDB_PASSWORD=p \r\n"));
        assert!(groups[0].components.iter().all(|part| part.value.reveal().len() == 1));
    }

    #[test]
    fn frameworks_that_name_the_database_beside_are_understood() {
        for text in [
            "APP_ENGINE=django.db.backends.postgresql\nAPP_HOST=h\nAPP_USER=u\n",
            "TYPEORM_CONNECTION=postgres\nTYPEORM_HOST=h\nTYPEORM_USERNAME=u\n",
            "QUARKUS_DATASOURCE_DB_KIND=postgresql\nQUARKUS_DATASOURCE_HOST=h\nQUARKUS_DATASOURCE_PORT=1\n",
            "DATABASES__default__HOST=h\nDATABASES__default__PASSWORD=p\n",
            "dbHost=h\ndbPassword=p\n",
            "DBHOST=h\nDBUSER=u\n",
            "APP_PGHOST=h\nAPP_PGUSER=u\n",
            "spring.datasource.host=h\nspring.datasource.username=u\n",
            "PROD-DB-HOST=h\nPROD-DB-USER=u\n",
            "DB_SERVER=h\nDB_LOGIN=u\n",
        ] {
            assert_eq!(found(text).len(), 1, "{text}");
        }
        for text in [
            "DB_CONNECTION=mysql\nDB_HOST=127.0.0.1\nDB_PORT=3306\nDB_DATABASE=laravel\nDB_USERNAME=root\n",
            "DB_ENGINE=django.db.backends.mysql\nDB_HOST=h\nDB_USER=u\n",
            "DB_DIALECT=mariadb\nDB_HOST=h\nDB_USER=u\n",
            "DB_HOST=h\nDB_PORT=3306\nDB_USER=u\n",
            "POSTGRES_HOST_AUTH_METHOD=trust\nPOSTGRES_USER=u\nPOSTGRES_PASSWORD=p\n",
            "localhost=h\nairport=1\n",
            "SMTP_HOST=supabase-mail\nSMTP_PORT=2500\nSMTP_USER=u\n",
        ] {
            assert!(found(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn a_complete_group_keeps_its_own_password() {
        let text = "DB_HOST=h\nDB_USER=u\nDB_PASSWORD=p\nPOSTGRES_PASSWORD=q\nAPP_DB_PASSWORD=r\n";
        let groups = found(text);
        assert_eq!((groups.len(), groups[0].0.as_str()), (1, "DB_"));
    }

    #[test]
    fn other_services_and_the_shell_are_no_groups() {
        for text in [
            "SMTP_HOST=h\nSMTP_PORT=25\nSMTP_USER=u\nSMTP_PASSWORD=p\n",
            "REDIS_HOST=h\nREDIS_PORT=6379\n",
            "APP_HOST=0.0.0.0\nAPP_PORT=8000\nAPP_NAME=x\n",
            "HOST=0.0.0.0\nPORT=3000\nUSER=me\nPWD=/tmp\n",
            "DB_HOST=\nDB_USER=u\n",
            "DB_USER=u\nDB_PASSWORD=p\n",
        ] {
            assert!(found(text).is_empty(), "{text}");
        }
    }
}
