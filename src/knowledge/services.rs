//! Whose connection is it: roles and application names, each with the service behind them.

use serde::Deserialize;

use super::Sources;

/// The whole of `services.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Services {
    /// The documents behind the entries.
    pub sources: Sources,
    /// The services, in the order in which they are tried.
    #[serde(rename = "service")]
    pub services: Vec<Service>,
}

/// Who answers for a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Owner {
    /// Supabase runs it; the user cannot make it smaller.
    Supabase,
    /// The user's own clients.
    User,
    /// supascope.
    #[serde(rename = "self")]
    Own,
}

/// One service.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// Stable id.
    pub id: String,
    /// The name in reports.
    pub name: String,
    /// Roles; `*` at the end stands for anything. None listed: any role.
    pub roles: Vec<String>,
    /// Application names; `*` at the end stands for anything. None listed: any name.
    pub application_names: Vec<String>,
    /// Who answers for it.
    pub owner: Owner,
    /// The pooler whose server connections these are.
    pub pooler: Option<String>,
    /// Key into the sources.
    pub source: String,
    /// When it was read.
    pub as_of: String,
    /// What to know about it.
    pub note: Option<String>,
}

impl Service {
    /// Whether a session of this role and application name belongs to the service.
    pub fn matches(&self, role: &str, application_name: &str) -> bool {
        listed(&self.roles, role) && listed(&self.application_names, application_name)
    }
}

/// Whether a value is among the patterns; an empty list takes anything.
fn listed(patterns: &[String], value: &str) -> bool {
    patterns.is_empty()
        || patterns.iter().any(|pattern| match pattern.strip_suffix('*') {
            Some(prefix) => value.starts_with(prefix),
            None => value == pattern,
        })
}

impl Services {
    /// The service behind a row of `pg_stat_activity`; `None` is what reports call `other`. Names that the observer may
    /// not see are passed as empty strings.
    pub fn classify(&self, role: &str, application_name: &str) -> Option<&Service> {
        self.services.iter().find(|service| service.matches(role, application_name))
    }
}

#[cfg(test)]
mod tests {
    use crate::knowledge::services;

    fn service(role: &str, application_name: &str) -> Option<&'static str> {
        services().classify(role, application_name).map(|service| service.id.as_str())
    }

    #[test]
    fn sessions_are_ascribed_to_the_service_that_holds_them() {
        assert_eq!(service("authenticator", "postgrest"), Some("postgrest"));
        assert_eq!(service("supabase_admin", "postgres_exporter"), Some("monitoring"));
        assert_eq!(service("supabase_admin", "realtime_rls"), Some("supabase-admin"));
        assert_eq!(service("pgbouncer", "Supavisor (auth_query)"), Some("pooler-auth-query"));
        assert_eq!(service("pgbouncer", ""), Some("pgbouncer-auth-query"));
        assert_eq!(service("postgres", "Supavisor"), Some("pooled"));
        assert_eq!(service("postgres", "Supavisor - billing"), Some("pooled"));
        assert_eq!(service("cli_login_abc", "psql"), Some("cli"));
        assert_eq!(service("postgres", "psql"), None);
    }

    /// Storage connects through Supavisor: counted as a pooled client of the user it would be blamed on the application.
    #[test]
    fn a_service_behind_the_pooler_stays_that_service() {
        assert_eq!(service("supabase_storage_admin", "Supavisor"), Some("storage"));
    }

    #[test]
    fn our_own_connections_come_first() {
        assert_eq!(service("authenticator", "supascope/0.1.0"), Some("supascope"));
    }
}
