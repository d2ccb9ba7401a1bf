//! The door to knock on: what a setting says about where and as whom to connect.

use std::time::Duration;

use super::tls::Sslmode;
use crate::conninfo::{Conninfo, PasswordState};
use crate::endpoint::{Endpoint, EndpointKind, Mode};
use crate::knowledge::tls_clients;
use crate::secret::Secret;

/// How long the probe may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// For a TCP connection, and for each answer before the login.
    pub connect_timeout: Duration,
    /// For the whole target.
    pub deadline: Duration,
    /// How often to begin again when no connection could be made. A login is never tried twice.
    pub retries: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connect_timeout: Duration::from_secs(10), deadline: Duration::from_secs(30), retries: 0 }
    }
}

/// Where and as whom to connect.
pub struct Door {
    /// The host name: for the resolver, for SNI, and to verify the certificate against.
    pub host: String,
    /// Where to connect in place of resolving the name.
    pub hostaddr: Option<String>,
    /// The port.
    pub port: u16,
    /// The user; without one nothing beyond TLS is tried.
    pub user: Option<String>,
    /// The database; like libpq, the user's name when none is given.
    pub database: String,
    /// The password, when the setting has a usable one.
    pub password: Option<Secret>,
    /// Why there is no usable password.
    pub no_password: &'static str,
    /// The sslmode of the setting.
    pub sslmode: Sslmode,
    /// The `sslrootcert` of the setting.
    pub ssl_root_cert: Option<String>,
    /// The parameters that drivers read about TLS (those of `tls-clients.toml`), as written.
    pub tls_parameters: Vec<(String, String)>,
    /// Whether a login without TLS is in order: the stacks that run on one's own machine have none. The password
    /// itself is never sent in clear even there.
    pub plaintext_login: bool,
    /// The kind of endpoint: a direct one is spared the fingerprint that its log would show.
    pub kind: EndpointKind,
    /// The mode that is documented for it. It shortens the search for proof and never replaces it.
    pub mode: Mode,
}

impl Door {
    /// What the setting says; an error in words when it names nowhere to go.
    pub fn new(conninfo: &Conninfo, endpoint: &Endpoint) -> Result<Self, &'static str> {
        let first = conninfo.first_host().ok_or("the setting names no host")?;
        let hostaddr = first.hostaddr.as_ref().map(|field| field.value.clone());
        let host = match (first.name(), &hostaddr) {
            (Some(name), _) => name.to_owned(),
            (None, Some(address)) => address.clone(),
            (None, None) => return Err("the setting names no host"),
        };
        if host.starts_with('/') || host.starts_with('@') {
            return Err("the host is a Unix socket; supascope measures network endpoints");
        }
        if host.bytes().any(|byte| byte.is_ascii_control() || byte == b' ' || byte == b'@') {
            return Err("the host is not a host name");
        }
        let port = match &first.port {
            None => 5432,
            Some(_) => first.port_number().ok_or("the port is not a number from 1 to 65535")?,
        };
        let user = conninfo.user.as_ref().map(|user| user.value.clone());
        let database = conninfo.database.as_ref().map(|database| database.value.clone()).or_else(|| user.clone());
        let (password, no_password) = match conninfo.password.state {
            PasswordState::Set => (conninfo.password.value.clone(), "the setting has no password"),
            PasswordState::Missing => (None, "the setting has no password"),
            PasswordState::Placeholder => (None, "the password is still a placeholder"),
            PasswordState::Masked => (None, "the password is masked"),
            PasswordState::Unresolved => (None, "the password is a reference that nobody has replaced"),
        };
        let parameter = |key| conninfo.parameter(key).map(|parameter| parameter.value.clone());
        // asyncpg's and SQLAlchemy's `ssl=` takes libpq's words (asyncpg documentation, `connect()`).
        let sslmode = parameter("sslmode").or_else(|| parameter("ssl")).and_then(|mode| Sslmode::parse(&mode));
        let ssl_root_cert = parameter("sslrootcert").filter(|path| !path.is_empty());
        // "When sslrootcert=system, the default sslmode is changed to verify-full" (PostgreSQL 16 documentation, 34.1.2).
        let unset = if ssl_root_cert.as_deref() == Some("system") { Sslmode::VerifyFull } else { Sslmode::Prefer };
        let tls_parameters = conninfo.parameters.iter().filter(|parameter| tls_clients().reads(&parameter.key));
        Ok(Self {
            host: host.trim_end_matches('.').to_owned(),
            hostaddr,
            port,
            user,
            database: database.unwrap_or_default(),
            password,
            no_password,
            sslmode: sslmode.unwrap_or(unset),
            ssl_root_cert,
            tls_parameters: tls_parameters.map(|it| (it.key.clone(), it.value.clone())).collect(),
            plaintext_login: matches!(endpoint.kind, EndpointKind::Local | EndpointKind::SelfHosted),
            kind: endpoint.kind,
            mode: endpoint.mode,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conninfo::read_text;
    use crate::endpoint::classify;

    fn door(query: &str) -> Door {
        let setting = format!("postgresql://postgres:pw@db.abcdefghijklmnopqrst.supabase.co/postgres?{query}");
        let reading = read_text(&setting);
        let conninfo = reading.conninfo().unwrap();
        Door::new(conninfo, &classify(conninfo)).unwrap()
    }

    /// libpq's default is `prefer`, and `verify-full` beside the word `system`: weaker would be an unverified login.
    #[test]
    fn the_word_system_changes_the_default_sslmode() {
        assert_eq!(door("").sslmode, Sslmode::Prefer);
        assert_eq!(door("sslrootcert=system").sslmode, Sslmode::VerifyFull);
        assert_eq!(door("sslrootcert=ca.crt").sslmode, Sslmode::Prefer);
    }

    #[test]
    fn what_drivers_read_about_tls_is_kept_as_written() {
        let parameters = door("sslmode=no-verify&uselibpqcompat=true&application_name=x").tls_parameters;
        let expected = [("sslmode", "no-verify"), ("uselibpqcompat", "true")];
        assert_eq!(parameters, expected.map(|(key, value)| (key.to_owned(), value.to_owned())));
    }
}
