//! The laboratory tests itself: every verdict that other tests draw from it rests on what is asserted here.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test that cannot go on says where and stops")]

mod lab;

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use lab::{Lab, text};

/// Protects every later test: each endpoint is what its row says, for each role, over TLS with the name verified.
#[test]
fn every_endpoint_is_what_its_name_says() {
    let lab = Lab::start_all();
    for endpoint in lab.endpoints() {
        let output = lab.psql(&endpoint.uri("application_name=check"), "select current_user, 40 + 2");
        let complaint = String::from_utf8_lossy(&output.stderr);
        match endpoint.name.as_str() {
            "expired" | "foreign" => assert!(complaint.contains("certificate verify failed"), "{complaint}"),
            "wrong-name" => assert!(complaint.contains("does not match host name"), "{complaint}"),
            _ => assert_eq!(text(&output), "postgres|42", "{}: {complaint}", endpoint.name),
        }
    }
    let foreign = lab.endpoint("foreign").uri(&format!("sslrootcert={}", lab.foreign_ca().display()));
    assert_eq!(text(&lab.psql(&foreign, "select 1")), "1", "its own CA makes the foreign certificate good");

    plaintext(&lab);
    roles(&lab);
    settings(&lab);
    supabase_roles(&lab);

    let pids = lab.pids();
    assert_eq!(pids.len(), lab.endpoints().len() + 1, "one process a server, and the watchdog");
    drop(lab);
    assert_all_gone(&pids);
}

/// Who accepts a connection without TLS: everyone but `tls-required`, as on Supabase when SSL is not enforced.
fn plaintext(lab: &Lab) {
    for (name, accepts) in
        [("direct", true), ("transaction", true), ("tracked", true), ("no-tls", true), ("tls-required", false)]
    {
        let output = lab.psql(&lab.endpoint(name).uri("sslmode=disable"), "select 1");
        assert_eq!(output.status.success(), accepts, "{name}: {}", String::from_utf8_lossy(&output.stderr));
    }
    let no_tls = lab.psql(&lab.endpoint("no-tls").uri("sslmode=require"), "select 1");
    assert!(!no_tls.status.success(), "`no-tls` answers N to SSLRequest");
}

/// The shared pooler wants `role.ref` and logs in as `role`; the dedicated one wants the role alone; wrong names and passwords fail.
fn roles(lab: &Lab) {
    for endpoint in ["direct", "dedicated", "session", "transaction", "tracked"] {
        for role in ["app_user", "odd_user", "authenticator"] {
            let output = lab.psql(&lab.uri_of(role, endpoint, ""), "select current_user");
            assert_eq!(text(&output), role, "{endpoint}: {}", String::from_utf8_lossy(&output.stderr));
        }
    }
    let shared = lab.endpoint("transaction");
    let other_ref = "postgres.zyxwvutsrqponmlkjihg";
    for (user, password) in [("postgres", &*shared.password), (other_ref, &*shared.password), (&*shared.user, "wrong")]
    {
        let output = lab.psql(&shared.uri_as(user, password, ""), "select 1");
        assert!(!output.status.success(), "{user} must not get in");
    }
    let dedicated = lab.endpoint("dedicated");
    assert!(!lab.psql(&dedicated.uri_as(&shared.user, &shared.password, ""), "select 1").status.success());
}

/// Tracking, pool sizes and the rest as PgBouncer itself reports them.
fn settings(lab: &Lab) {
    for endpoint in
        lab.endpoints().iter().filter(|endpoint| endpoint.product == "pgbouncer" && endpoint.name != "no-tls")
    {
        if ["expired", "foreign", "wrong-name"].contains(&&*endpoint.name) {
            continue; // verify-full cannot pass there; the rows differ in the certificate alone
        }
        let config = lab.console(&endpoint.name, "SHOW CONFIG");
        let value = |key: &str| {
            let line = config.lines().find(|line| line.split('|').next() == Some(key));
            line.and_then(|line| line.split('|').nth(1)).map(str::to_owned)
        };
        assert_eq!(value("pool_mode").as_deref(), Some(&*endpoint.pool_mode), "{}", endpoint.name);
        assert_eq!(value("default_pool_size"), Some(endpoint.pool_size.to_string()), "{}", endpoint.name);
        let max_prepared = value("max_prepared_statements");
        if endpoint.version.starts_with("1.18.") {
            assert_eq!(max_prepared, None, "1.18 knows no statement tracking");
        }
        assert_eq!(
            endpoint.tracks_statements,
            endpoint.pool_mode == "transaction" && max_prepared.is_some_and(|max| max != "0"),
            "{}",
            endpoint.name
        );
    }
}

/// What Supabase's `postgres` may and an application's role may not.
fn supabase_roles(lab: &Lab) {
    let postgres = "select rolsuper, rolcreaterole, rolreplication, rolbypassrls, pg_has_role('postgres', 'pg_monitor', 'member') from pg_roles where rolname = 'postgres'";
    assert_eq!(lab.sql(postgres), "f|t|t|t|t");
    assert_eq!(lab.sql("show max_connections"), "60");
    assert_eq!(lab.sql("show superuser_reserved_connections"), "3");
    let hidden = "select count(*) > 0 from pg_stat_activity where usename <> current_user and state is null and backend_type is null";
    assert_eq!(
        text(&lab.psql(&lab.uri_of("app_user", "direct", ""), hidden)),
        "t",
        "app_user cannot see others' sessions"
    );
    assert!(lab.log("direct").contains("connection authorized: user=app_user"), "PostgreSQL logs connections");
}

/// A `psql` that stays connected between its statements.
struct Client {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Client {
    fn connect(lab: &Lab, endpoint: &str) -> Self {
        let mut command = lab.psql_command(&lab.endpoint(endpoint).uri(""));
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("psql runs");
        let input = child.stdin.take().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        Self { child, input, output }
    }

    fn ask(&mut self, sql: &str) -> String {
        writeln!(self.input, "{sql};").unwrap();
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Two clients that are both connected meet one backend in transaction mode and never in session mode.
#[test]
fn session_and_transaction_pools_differ() {
    let lab = Lab::start(&["session", "transaction", "tracked-session", "tracked", "pool-of-one"]);
    for endpoint in lab.endpoints() {
        let (mut first, mut second) = (Client::connect(&lab, &endpoint.name), Client::connect(&lab, &endpoint.name));
        let pid = "select pg_backend_pid()";
        let shared = first.ask(pid) == second.ask(pid);
        assert_eq!(shared, endpoint.pool_mode == "transaction", "{}", endpoint.name);
    }
    let limited = lab.uri_of("limited", "session", "");
    let held = lab.psql_command(&limited).args(["-c", "select pg_sleep(30)"]).stderr(Stdio::null()).spawn();
    let mut held = held.expect("psql runs");
    while lab.sql("select count(*) from pg_stat_activity where usename = 'limited'") != "1" {}
    let second = lab.psql(&lab.uri_of("limited", "direct", ""), "select 1");
    held.kill().expect("kill");
    held.wait().expect("wait");
    assert!(String::from_utf8_lossy(&second.stderr).contains("too many connections for role"), "{second:?}");
}

/// A killed test leaves nothing behind: the watchdog sees that the owner is gone, stops the servers and removes the directory.
#[test]
fn a_lab_ends_with_its_owner() {
    let home = tempfile::tempdir().expect("a temporary directory");
    let dir = home.path().join("lab");
    let mut owner = Command::new("sleep").arg("600").spawn().expect("sleep runs");
    let output = Command::new(lab::script())
        .arg("up")
        .arg(&dir)
        .args(["--only", "transaction", "--owner", &owner.id().to_string()])
        .output()
        .expect("lab.sh runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let pids = std::fs::read_to_string(dir.join("pids")).unwrap();
    let pids: Vec<(String, u32)> = pids
        .lines()
        .map(|line| {
            let mut columns = line.split(' ');
            (columns.next().unwrap().to_owned(), columns.next().unwrap().parse().unwrap())
        })
        .collect();
    assert_eq!(pids.len(), 3, "watchdog, PostgreSQL and one pooler");
    owner.kill().unwrap();
    owner.wait().unwrap();
    assert_all_gone(&pids);
    assert!(!dir.exists(), "nobody is left to read the directory");
}

/// Waits (bounded) until no such process runs.
fn assert_all_gone(pids: &[(String, u32)]) {
    let running = || {
        let state = |pid: u32| std::fs::read_to_string(format!("/proc/{pid}/stat")).ok();
        let alive = |pid: u32| state(pid).is_some_and(|stat| !stat.contains(") Z "));
        pids.iter().filter(|(_, pid)| alive(*pid)).map(|(name, _)| name.clone()).collect::<Vec<_>>()
    };
    for _ in 0..200 {
        if running().is_empty() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    panic!("still running: {:?}", running());
}
