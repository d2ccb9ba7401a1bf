//! Groups of component variables: `DB_HOST`, `DB_PORT` and so on, under any prefix and with any separator.

use super::env_file::Entry;
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
    ("HOST", ComponentRole::Host),
    ("PORT", ComponentRole::Port),
    ("USERNAME", ComponentRole::User),
    ("USER", ComponentRole::User),
    ("PASSWORD", ComponentRole::Password),
    ("PASSWD", ComponentRole::Password),
    ("PASS", ComponentRole::Password),
    ("PWD", ComponentRole::Password),
    ("DATABASE", ComponentRole::Database),
    ("DBNAME", ComponentRole::Database),
    ("NAME", ComponentRole::Database),
    ("DB", ComponentRole::Database),
];

/// Words in a prefix that speak of Postgres.
const DATABASE_WORDS: &[&str] = &["DB", "DATABASE", "POSTGRES", "PG", "SQL", "SUPABASE", "SUPAVISOR", "DATASOURCE"];

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

/// One group.
pub(super) struct Group {
    /// What the names have in common, as written, with its separator.
    pub(super) prefix: String,
    pub(super) components: Vec<Component>,
    /// Where the host's value stands.
    pub(super) line: usize,
    pub(super) column: usize,
}

struct Draft<'a> {
    prefix: &'a str,
    parts: Vec<(ComponentRole, &'a Entry)>,
}

impl<'a> Draft<'a> {
    fn get(&self, role: ComponentRole) -> Option<&'a Entry> {
        let found = self.parts.iter().rev().find(|(other, entry)| *other == role && !entry.value.trim().is_empty());
        found.map(|(_, entry)| *entry)
    }
}

/// The groups among the variables of one file, in the order of their first lines.
pub(super) fn find(entries: &[Entry]) -> Vec<Group> {
    let mut drafts: Vec<Draft<'_>> = Vec::new();
    for entry in entries {
        let Some((prefix, role)) = split(&entry.name) else { continue };
        match drafts.iter_mut().find(|draft| draft.prefix == prefix) {
            Some(draft) => draft.parts.push((role, entry)),
            None => drafts.push(Draft { prefix, parts: vec![(role, entry)] }),
        }
    }
    lend(&mut drafts);
    drafts.iter().filter(|draft| is_group(draft)).filter_map(group).collect()
}

/// The prefix with its separator, and the role that the end of the name gives.
fn split(name: &str) -> Option<(&str, ComponentRole)> {
    SUFFIXES.iter().find_map(|(suffix, role)| {
        let cut = name.len().checked_sub(suffix.len())?;
        let (prefix, end) = (name.get(..cut)?, name.get(cut..)?);
        let separated = prefix.ends_with(['_', '.', '-']) || prefix.eq_ignore_ascii_case("PG") || prefix.is_empty();
        // `PWD` and `NAME` by themselves belong to the shell.
        let own = !prefix.is_empty() || !matches!(*suffix, "PWD" | "NAME" | "SSL" | "DB" | "PASS");
        (end.eq_ignore_ascii_case(suffix) && separated && own).then_some((prefix, *role))
    })
}

/// The words of a prefix.
fn words(prefix: &str) -> Vec<String> {
    prefix.to_ascii_uppercase().split(['_', '.', '-']).filter(|word| !word.is_empty()).map(str::to_owned).collect()
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
    for taker in 0..drafts.len() {
        if drafts[taker].get(ComponentRole::Host).is_some() || drafts[taker].get(ComponentRole::Password).is_none() {
            continue;
        }
        let wanted = stem(drafts[taker].prefix);
        let giver = (0..drafts.len()).find(|giver| {
            let host = drafts[*giver].get(ComponentRole::Host);
            let known =
                speaks_of_databases(drafts[*giver].prefix) || host.is_some_and(|host| host.value.contains("supabase"));
            *giver != taker && host.is_some() && known && stem(drafts[*giver].prefix) == wanted
        });
        if let Some(giver) = giver {
            let lent = std::mem::take(&mut drafts[giver].parts);
            let own: Vec<_> = drafts[taker].parts.clone();
            let missing = lent.into_iter().filter(|(role, _)| own.iter().all(|(mine, _)| mine != role));
            drafts[taker].parts.extend(missing);
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

/// A host and one more part, and something that speaks of Postgres.
fn is_group(draft: &Draft<'_>) -> bool {
    let Some(host) = draft.get(ComponentRole::Host) else { return false };
    let port = draft.get(ComponentRole::Port).is_some_and(|port| PORTS.contains(&port.value.trim()));
    let more = [ComponentRole::Port, ComponentRole::User, ComponentRole::Password, ComponentRole::Database];
    let whole = more.iter().any(|role| draft.get(*role).is_some());
    let supabase = host.value.contains("supabase");
    let other = words(draft.prefix).iter().any(|word| OTHER_WORDS.iter().any(|part| word.contains(part)));
    whole && !host.value.contains("://") && (supabase || (!other && (port || speaks_of_databases(draft.prefix))))
}

fn group(draft: &Draft<'_>) -> Option<Group> {
    let host = draft.get(ComponentRole::Host)?;
    let components = draft.parts.iter().map(|(role, entry)| Component {
        role: *role,
        variable: entry.name.clone(),
        // The end of a line and white space before it are no part of any component.
        value: Secret::new(entry.value.trim_end()),
        line: Some(entry.line).filter(|line| *line > 0),
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
