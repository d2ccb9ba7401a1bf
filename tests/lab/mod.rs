//! The laboratory for tests: real PostgreSQL and PgBouncer servers on loopback, dressed as Supabase's endpoints.
//!
//! [`Lab::start`] runs `tests/lab/lab.sh up` in a directory of its own (well under a second once the tools are there) and
//! dropping the [`Lab`] takes it down; a test process that is killed is noticed by the lab's watchdog. Every test process
//! starts the endpoints that it needs, so tests never share a pool by accident. `tests/lab/lab.sh names` lists them.
//! What the endpoints are is written in one table, in `lab.sh`.

#![allow(dead_code, reason = "every test binary compiles this file and uses a part of it")]
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test that cannot go on says where and stops")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde::Deserialize;

/// What `lab.json` says, plus the directory that holds everything.
#[derive(Debug)]
pub struct Lab {
    home: tempfile::TempDir,
    facts: Facts,
}

#[derive(Debug, Deserialize)]
struct Facts {
    block: String,
    project_ref: String,
    ca: PathBuf,
    foreign_ca: PathBuf,
    psql: PathBuf,
    admin_console: Console,
    roles: Vec<Role>,
    endpoints: Vec<Endpoint>,
}

#[derive(Debug, Deserialize)]
struct Console {
    user: String,
    password: String,
}

#[derive(Debug, Deserialize)]
struct Role {
    name: String,
    password: String,
}

/// One server of the laboratory and how to reach it as the role `postgres`.
#[derive(Debug, Clone, Deserialize)]
pub struct Endpoint {
    /// Its name in the table of `lab.sh`, such as `transaction`.
    pub name: String,
    /// `postgresql` or `pgbouncer`.
    pub product: String,
    /// The product's version, such as `1.18.0`.
    pub version: String,
    /// `session`, `transaction` or `statement`; `session` for PostgreSQL itself.
    pub pool_mode: String,
    /// `default_pool_size`; `max_connections` for PostgreSQL itself.
    pub pool_size: u32,
    /// Whether named prepared statements survive a change of backend.
    pub tracks_statements: bool,
    /// The host name as Supabase would write it; the certificate is for this name.
    pub host: String,
    /// The loopback address that really listens.
    pub hostaddr: String,
    /// The TCP port, 5432 or 6543.
    pub port: u16,
    /// `postgres`, with the project ref where the shared pooler wants it.
    pub user: String,
    /// Always `postgres`.
    pub database: String,
    /// The password of `user`, without percent-encoding.
    pub password: String,
    /// PgBouncer's `client_tls_sslmode`: `allow`, `require` or `disable`.
    pub tls: String,
    /// The certificate of the lab CA (also where the endpoint's own certificate is not from it).
    pub sslrootcert: PathBuf,
    /// The server's log.
    pub log: PathBuf,
}

impl Endpoint {
    /// The setting as a URI: real host name, `hostaddr`, `verify-full` with the lab CA, or `sslmode=disable` where there is
    /// no TLS. `extra` is more query parameters, already encoded, such as `application_name=x`; a later key wins in libpq.
    pub fn uri(&self, extra: &str) -> String {
        self.uri_as(&self.user, &self.password, extra)
    }

    /// [`Self::uri`] for another user name and password; the password is percent-encoded here.
    pub fn uri_as(&self, user: &str, password: &str, extra: &str) -> String {
        let sslmode = if self.tls == "disable" { "disable" } else { "verify-full" };
        let separator = if extra.is_empty() { "" } else { "&" };
        format!(
            "postgresql://{user}:{}@{}:{}/{}?hostaddr={}&sslmode={sslmode}&sslrootcert={}{separator}{extra}",
            percent_encode(password),
            self.host,
            self.port,
            self.database,
            self.hostaddr,
            self.sslrootcert.display(),
        )
    }

    /// Whether the user names of this endpoint carry the project ref, as the shared pooler wants it.
    pub fn is_shared(&self) -> bool {
        self.user.contains('.')
    }
}

impl Lab {
    /// Starts PostgreSQL (`direct`) and the named poolers.
    pub fn start(names: &[&str]) -> Self {
        let names = if names.is_empty() { "direct".to_owned() } else { names.join(",") };
        Self::up(&["--only", &names])
    }

    /// Starts every endpoint.
    pub fn start_all() -> Self {
        Self::up(&[])
    }

    fn up(options: &[&str]) -> Self {
        let home = tempfile::Builder::new().prefix("supascope-lab-").tempdir().expect("a temporary directory");
        let owner = std::process::id().to_string();
        let output = Command::new(script())
            .arg("up")
            .arg(home.path())
            .args(["--owner", &owner])
            .args(options)
            .output()
            .expect("tests/lab/lab.sh runs");
        assert!(
            output.status.success(),
            "the laboratory did not come up:\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let json = std::fs::read(home.path().join("lab.json")).expect("lab.json");
        let facts = serde_json::from_slice(&json).expect("lab.json has the documented form");
        Self { home, facts }
    }

    /// The endpoint of that name; panics when the lab was started without it.
    pub fn endpoint(&self, name: &str) -> &Endpoint {
        let found = self.facts.endpoints.iter().find(|endpoint| endpoint.name == name);
        found.unwrap_or_else(|| panic!("the lab was started without the endpoint '{name}'"))
    }

    /// Every endpoint of this lab, `direct` first.
    pub fn endpoints(&self) -> &[Endpoint] {
        &self.facts.endpoints
    }

    /// The invented project's ref.
    pub fn project_ref(&self) -> &str {
        &self.facts.project_ref
    }

    /// The first three bytes of this lab's addresses, such as `127.8.9`; `.200` and up are free for a test's own listeners.
    pub fn block(&self) -> &str {
        &self.facts.block
    }

    /// The lab CA's certificate, which signed every endpoint's but `foreign`'s.
    pub fn ca(&self) -> &Path {
        &self.facts.ca
    }

    /// The certificate of the CA that signed `foreign`'s.
    pub fn foreign_ca(&self) -> &Path {
        &self.facts.foreign_ca
    }

    /// The directory of this lab: `logs/`, `certs/`, `conf/`, `pids`.
    pub fn dir(&self) -> &Path {
        self.home.path()
    }

    /// The password of a role, without percent-encoding.
    pub fn password(&self, role: &str) -> &str {
        let found = self.facts.roles.iter().find(|known| known.name == role);
        &found.unwrap_or_else(|| panic!("the lab has no role '{role}' with a password")).password
    }

    /// The setting of a role at an endpoint, with the project ref added where the shared pooler wants it.
    pub fn uri_of(&self, role: &str, endpoint: &str, extra: &str) -> String {
        let endpoint = self.endpoint(endpoint);
        let user = if endpoint.is_shared() { format!("{role}.{}", self.project_ref()) } else { role.to_owned() };
        endpoint.uri_as(&user, self.password(role), extra)
    }

    /// Asks PostgreSQL itself as `supabase_admin`: what a test asserts on. Rows are lines, columns are separated by `|`.
    pub fn sql(&self, sql: &str) -> String {
        let output = self.psql(&self.uri_of("supabase_admin", "direct", "application_name=lab"), sql);
        assert!(output.status.success(), "{sql}: {}", String::from_utf8_lossy(&output.stderr));
        text(&output)
    }

    /// Runs one command string through `psql` at any setting; see [`text`] for its answer.
    pub fn psql(&self, uri: &str, sql: &str) -> Output {
        self.psql_command(uri).args(["-c", sql]).output().expect("psql runs")
    }

    /// A `psql` at that setting, unaligned and without the caller's settings, to be completed and run.
    pub fn psql_command(&self, uri: &str) -> Command {
        let mut command = Command::new(&self.facts.psql);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("PG") {
                command.env_remove(name);
            }
        }
        command.args(["-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", uri]);
        command
    }

    /// Asks a PgBouncer's admin console, such as `SHOW CONFIG`.
    pub fn console(&self, endpoint: &str, command: &str) -> String {
        let endpoint = self.endpoint(endpoint);
        let console = &self.facts.admin_console;
        let uri = endpoint.uri_as(&console.user, &console.password, "dbname=pgbouncer");
        let output = self.psql(&uri, command);
        assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
        text(&output)
    }

    /// Stops PostgreSQL and starts it again; as a standby that follows nobody, if so wished.
    pub fn restart(&self, as_standby: bool) {
        if as_standby {
            std::fs::write(self.dir().join("data/standby.signal"), "").expect("the data directory");
        }
        let output = Command::new(script()).arg("restart").arg(self.dir()).output().expect("tests/lab/lab.sh runs");
        assert!(output.status.success(), "no restart:\n{}", String::from_utf8_lossy(&output.stderr));
    }

    /// What a server has logged so far. PostgreSQL (`direct`) logs every statement and connection.
    pub fn log(&self, endpoint: &str) -> String {
        let path = &self.endpoint(endpoint).log;
        String::from_utf8_lossy(&std::fs::read(path).expect("a server's log")).into_owned()
    }

    /// The servers' process ids, by name.
    pub fn pids(&self) -> Vec<(String, u32)> {
        let table = std::fs::read_to_string(self.dir().join("pids")).expect("pids");
        let row = |line: &str| {
            let mut columns = line.split(' ');
            Some((columns.next()?.to_owned(), columns.next()?.parse().ok()?))
        };
        table.lines().filter_map(row).collect()
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        // The directory itself goes with `home`. A failure is left to the watchdog: a second panic would hide the first.
        let _ = Command::new(script()).arg("down").arg(self.home.path()).output();
    }
}

/// What a command wrote to stdout, without the last line's end.
pub fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
}

/// `tests/lab/lab.sh`.
pub fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lab/lab.sh")
}

fn percent_encode(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let encode = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(encode).collect()
}
