//! The promise to do no harm, with the whole program run against real servers: killed or interrupted anywhere it leaves
//! nothing behind that another client could notice, a wrong password is tried once, the last slot of a pool is left to
//! others, and nobody waits for a lock of a probe.
//!
//! A relay between program and server stops the world after a random number of bytes, so that the points lie all over a
//! probe however fast the machine is. The seed is printed; `SUPASCOPE_SEED` repeats a run.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says where and stops")]

mod lab;
mod relaying;

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Output, Stdio};
use std::time::Duration;

use lab::{Endpoint, Lab};
use relaying::relayed;

/// How long a server is given to notice an end. The dead-man's switch of a probe is 1.5 s; this is far more.
const PATIENCE: u32 = 200;
const NAP: Duration = Duration::from_millis(50);

/// A probe of an endpoint by the built program, at another address of the same host.
fn probe(uri: &str, options: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_supascope"))
        .args(["probe", "env:DATABASE_URL", "--format", "json", "--fail-on", "never"])
        .args(options)
        .env_clear()
        .env("DATABASE_URL", uri)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Numbers that look random (`SplitMix64`).
struct Random(u64);

impl Random {
    #[allow(clippy::print_stderr, reason = "a seed that is not seen cannot be repeated")]
    fn seeded() -> Self {
        let given = std::env::var("SUPASCOPE_SEED").ok().and_then(|seed| seed.parse().ok());
        let seed = given.unwrap_or_else(|| {
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().subsec_nanos().into()
        });
        eprintln!("SUPASCOPE_SEED={seed}");
        Self(seed)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }
}

/// A client that stays connected and answers one line at a time.
struct Client {
    child: Child,
    stdin: ChildStdin,
    lines: BufReader<ChildStdout>,
}

impl Client {
    fn connect(lab: &Lab, uri: &str) -> Self {
        let mut child = lab.psql_command(uri).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let stdin = child.stdin.take().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        Self { child, stdin, lines }
    }

    fn ask(&mut self, sql: &str) -> String {
        self.stdin.write_all(format!("{sql};\n").as_bytes()).unwrap();
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until the database itself answers so.
fn wait_until(patience: u32, lab: &Lab, sql: &str, expected: &str, what: &str) {
    let mut answer = String::new();
    for _ in 0..patience {
        lab.sql(sql).trim().clone_into(&mut answer);
        if answer == expected {
            return;
        }
        std::thread::sleep(NAP);
    }
    panic!("{what}: {answer} and not {expected}");
}

/// The random names of all probes so far.
fn nonces(lab: &Lab) -> Vec<String> {
    let log = lab.log("direct");
    let mut found: Vec<String> = log
        .match_indices("supascope.n_")
        .map(|(at, prefix)| log[at + prefix.len()..].chars().take(16).collect())
        .collect();
    found.sort();
    found.dedup();
    found
}

/// How a probe was ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Killed,
    Interrupted,
}

/// What another client can see on each backend of the endpoint's pool: every one is asked, by as many clients as there
/// are backends, each in a transaction of its own.
fn assert_clean(lab: &Lab, endpoint: &Endpoint, end: End, what: &str) {
    assert_clean_within(PATIENCE, lab, endpoint, end, what);
}

fn assert_clean_within(patience: u32, lab: &Lab, endpoint: &Endpoint, end: End, what: &str) {
    let ours = "application_name like 'supascope/%'";
    wait_until(
        patience,
        lab,
        &format!("select count(*) from pg_stat_activity where {ours} and xact_start is not null"),
        "0",
        &format!("{what}: open transactions"),
    );
    wait_until(
        patience,
        lab,
        "select count(*) from pg_locks where locktype='advisory'",
        "0",
        &format!("{what}: locks"),
    );
    wait_until(
        patience,
        lab,
        "select count(*) from pg_class where relpersistence='t'",
        "0",
        &format!("{what}: temporary tables"),
    );
    if endpoint.product == "postgresql" {
        let sessions = format!("select count(*) from pg_stat_activity where {ours}");
        wait_until(patience, lab, &sessions, "0", &format!("{what}: sessions"));
        return;
    }
    // Where an end could not be tidy, what a tracking pooler copied stays under the pooler's own name until the pooler
    // evicts it, as every statement of every client does; and a parameter of a random name is listed nowhere.
    let (statements, nonces) = match end {
        End::Killed => (r"name not like 'PGBOUNCER\_%'", Vec::new()),
        End::Interrupted => ("statement like '%supascope%' or statement like '%pg_backend_pid() /*%'", nonces(lab)),
    };
    let parameters: Vec<String> =
        nonces.iter().map(|nonce| format!("||coalesce(current_setting('supascope.n_{nonce}',true),'')")).collect();
    let sql = format!(
        "select pg_backend_pid()||' '||(select count(*) from pg_prepared_statements where {statements})\
         ||' '||(select count(*) from pg_listening_channels())||' '||(select count(*) from pg_cursors where name<>'')\
         ||' '||(select count(*) from pg_settings where source='session' and name not in ('application_name',\
         'client_encoding','DateStyle','TimeZone','standard_conforming_strings','IntervalStyle') \
         and setting is distinct from reset_val)||' '{}",
        parameters.concat()
    );
    let servers = lab.console(&endpoint.name, "SHOW SERVERS");
    let backends = servers.lines().filter(|line| line.starts_with("S|")).count();
    let mut clients: Vec<Client> = (0..backends).map(|_| Client::connect(lab, &endpoint.uri(""))).collect();
    let mut met: Vec<String> = Vec::new();
    for client in &mut clients {
        client.stdin.write_all(b"begin;\n").unwrap();
        let answer = client.ask(&sql);
        let (pid, found) = answer.split_once(' ').unwrap_or_else(|| panic!("{what}: no answer: {answer}"));
        assert_eq!(found.trim_end(), "0 0 0 0", "{what}: statements, channels, cursors, settings, parameters");
        met.push(pid.to_owned());
    }
    met.sort();
    met.dedup();
    assert_eq!(met.len(), backends, "{what}: every backend was asked");
}

#[test]
fn what_stays_on_a_backend_would_be_noticed() {
    for left in [
        "select set_config('supascope.n_0123456789abcdef','1',false)",
        "prepare supascope_left as select 'supascope'",
        "listen supascope_left",
        "declare supascope_left cursor with hold for select 1",
        "set statement_timeout='1s'",
        "select pg_advisory_lock(1)",
        "create temp table supascope_left(a int)",
    ] {
        let lab = Lab::start(&["transaction"]);
        let endpoint = lab.endpoint("transaction");
        assert!(lab.psql(&endpoint.uri(""), left).status.success(), "{left}");
        let look = || assert_clean_within(2, &lab, endpoint, End::Interrupted, left);
        let noticed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(look));
        assert!(noticed.is_err(), "{left}");
    }
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args([name, &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

#[test]
fn a_probe_that_is_killed_or_interrupted_anywhere_leaves_nothing_behind() {
    const POINTS_EACH: u32 = 7;
    let names = ["direct", "session", "transaction", "tracked"];
    let lab = Lab::start(&names);
    let mut random = Random::seeded();
    for (name, last) in names.into_iter().zip(200..) {
        let endpoint = lab.endpoint(name);
        let (relay, uri) = relayed(&lab, endpoint, last);
        let whole = probe(&uri, &[]).wait_with_output().unwrap();
        assert_eq!(whole.status.code(), Some(0), "{name}: {}", String::from_utf8_lossy(&whole.stderr));
        let length = relay.bytes() * 9 / 10;
        assert!(length > 10_000, "{name}: {length}");
        for end in [End::Killed, End::Interrupted].repeat(POINTS_EACH as usize) {
            // The first half of the bytes are handshakes: two of three points lie behind them.
            let from = if random.below(3) == 0 { 0 } else { length / 2 };
            let point = 1 + from + random.below(length - from);
            let what = format!("{name}, {end:?} after {point} of {length} bytes");
            relay.stop_at(Some(point));
            let mut child = probe(&uri, &[]);
            assert!(relay.wait_for_stop(), "{what}: the probe ended before");
            match end {
                End::Killed => child.kill().unwrap(),
                End::Interrupted => signal(&child, "-INT"),
            }
            relay.go_on();
            let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
            if end == End::Interrupted {
                let said = String::from_utf8_lossy(&stderr);
                assert_eq!((status.code(), stdout.len()), (Some(130), 0), "{what}: {said}");
            }
            assert_clean(&lab, endpoint, end, &what);
        }
    }
}

#[test]
fn a_wrong_password_is_tried_once_and_no_other_login_fails() {
    let names = ["direct", "dedicated", "session", "transaction", "tracked"];
    let lab = Lab::start(&names);
    for name in names {
        let endpoint = lab.endpoint(name);
        // PgBouncer tells one failure in several lines; it closes a connection once.
        let marks = ["FATAL:  password authentication failed", "closing because: SASL authentication failed"];
        let failures = || {
            let log = lab.log(name);
            marks.iter().map(|mark| log.matches(mark).count()).sum::<usize>()
        };
        let before = failures();
        let output = probe(&endpoint.uri(""), &[]).wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(failures(), before, "{name}: a right password");
        let wrong = endpoint.uri_as(&endpoint.user, "lab-wrong-password", "");
        let output = probe(&wrong, &[]).wait_with_output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(said.contains("\"auth-failed\""), "{name}: {said}");
        assert_eq!(failures(), before + 1, "{name}: {}", lab.log(name));
    }
}

#[test]
fn another_client_gets_the_other_slot_of_a_pool_of_two_wherever_the_probe_stands() {
    let lab = Lab::start(&["tracked-session"]);
    let endpoint = lab.endpoint("tracked-session");
    let (relay, uri) = relayed(&lab, endpoint, 200);
    let size = ["--pool-size", "2"];
    assert!(probe(&uri, &size).wait_with_output().unwrap().status.success());
    let length = relay.bytes() * 9 / 10;
    let mut random = Random::seeded();
    for _ in 0..10 {
        let point = 1 + random.below(length);
        relay.stop_at(Some(point));
        let child = probe(&uri, &size);
        assert!(relay.wait_for_stop(), "the probe ended before {point} of {length} bytes");
        // A client that had to queue for the probe would wait here until the server's `query_wait_timeout` of two minutes;
        // the timeout of `psql` only bounds the test.
        let other = lab.psql(&endpoint.uri("connect_timeout=20"), "select 'in'");
        assert_eq!(lab::text(&other), "in", "after {point} of {length} bytes");
        relay.go_on();
        assert!(child.wait_with_output().unwrap().status.success());
    }
}

#[test]
fn nobody_waits_for_a_lock_of_a_probe() {
    // Looks every millisecond who waits for whom, until told to stop.
    const SAMPLER: &str = "do $$ declare samples int := 0; blocked int := 0; \
        until timestamptz := clock_timestamp() + '60 s'; begin loop perform pg_stat_clear_snapshot(); \
        blocked := blocked + (select count(*) from pg_stat_activity where exists (select from \
        unnest(pg_blocking_pids(pid)) as holder join pg_stat_activity as other on other.pid = holder \
        where other.application_name like 'supascope/%')); samples := samples + 1; \
        exit when clock_timestamp() > until or exists (select from stop); perform pg_sleep(0.001); end loop; \
        raise notice 'samples % blocked %', samples, blocked; end $$";
    let names = ["direct", "session", "transaction"];
    let lab = Lab::start(&names);
    lab.sql("create table stop(at timestamptz); create table work(n int); insert into work values (0)");
    let uri = lab.uri_of("supabase_admin", "direct", "application_name=sampler");
    let mut sampler = lab.psql_command(&uri);
    let sampler = sampler.args(["-c", SAMPLER]).stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    wait_until(
        PATIENCE,
        &lab,
        "select count(*) from pg_stat_activity where application_name='sampler' and state='active'",
        "1",
        "the sampler works",
    );
    // Takes the strongest locks there are on its own table, and changes the catalogue.
    let uri = lab.uri_of("supabase_admin", "direct", "application_name=worker");
    let mut worker = lab.psql_command(&uri).stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    let script = b"begin \\; lock table work in access exclusive mode \\; update work set n=n+1 \\; \
        alter table work alter n set default 1 \\; commit \\watch 0.002\n";
    worker.stdin.as_mut().unwrap().write_all(script).unwrap();
    for name in names {
        let output = probe(&lab.endpoint(name).uri(""), &[]).wait_with_output().unwrap();
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    }
    lab.sql("insert into stop values (now())");
    worker.kill().unwrap();
    worker.wait().unwrap();
    let said = String::from_utf8(sampler.wait_with_output().unwrap().stderr).unwrap();
    let numbers: Vec<u32> = said.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    let [samples, blocked] = numbers.try_into().unwrap_or_else(|_| panic!("{said}"));
    assert!(samples > 10, "{said}");
    assert_eq!(blocked, 0, "{said}");
    assert_ne!(lab.sql("select n from work").trim(), "0", "the worker did not work");
}
