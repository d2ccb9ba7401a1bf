//! The promises of the probe's budget, looked at from the server's side: what a database sees of a probe, and what those
//! who share a pool with it notice.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says where and stops")]

mod lab;
mod probing;
mod relaying;

use std::process::{Command, Stdio};
use std::time::Duration;

use lab::Lab;
use probing::{door, probe_with};
use relaying::relayed;
use supascope::endpoint::Mode;
use supascope::probe::budget::{MAX_AT_ONCE, MAX_HOLD};
use supascope::probe::{Named, ProbeReport, Status};
use supascope::rules::Context;
use supascope::secret::Secret;

/// What a database saw of the sessions that bear supascope's name.
#[derive(Debug, Default)]
struct Seen {
    /// How often it was looked.
    samples: u32,
    /// Most sessions at one time that began while it looked: those that a pool keeps of an earlier probe bear the name still.
    most: u32,
    /// Most of them idle in a transaction at one time.
    held: u32,
    /// The longest transaction of one.
    longest_ms: u32,
}

/// Runs the work while the database itself looks at its sessions every millisecond.
fn sampled<T>(lab: &Lab, work: impl FnOnce() -> T) -> (T, Seen) {
    const SAMPLER: &str = "do $$ declare samples int := 0; most int := 0; held int := 0; longest numeric := 0; r record; \
        until timestamptz := clock_timestamp() + '60 s'; begin loop perform pg_stat_clear_snapshot(); \
        select count(*) filter (where backend_start >= now()) as n, \
        count(*) filter (where state like 'idle in transaction%') as h, \
        coalesce(max(extract(epoch from clock_timestamp() - xact_start)), 0) as l into r \
        from pg_stat_activity where application_name like 'supascope/%'; \
        samples := samples + 1; most := greatest(most, r.n); held := greatest(held, r.h); longest := greatest(longest, r.l); \
        exit when clock_timestamp() > until or exists (select from stop); perform pg_sleep(0.001); end loop; \
        raise notice '% % % %', samples, most, held, ceil(longest * 1000); end $$";
    lab.sql("drop table if exists stop; create table stop(at timestamptz)");
    let uri = lab.uri_of("supabase_admin", "direct", "application_name=sampler");
    let mut sampler = lab.psql_command(&uri);
    let sampler = sampler.args(["-c", SAMPLER]).stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    while lab.sql("select count(*) from pg_stat_activity where application_name='sampler' and state='active'").trim()
        != "1"
    {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let report = work();
    lab.sql("insert into stop values (now())");
    let said = String::from_utf8(sampler.wait_with_output().unwrap().stderr).unwrap();
    let numbers: Vec<u32> = said.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    let [samples, most, held, longest_ms] = numbers.try_into().unwrap_or_else(|_| panic!("{said}"));
    (report, Seen { samples, most, held, longest_ms })
}

#[test]
fn the_database_sees_no_more_than_was_promised() {
    let names = ["direct", "session", "transaction", "tracked", "pool-of-one", "round-robin"];
    let lab = Lab::start(&names);
    for name in names {
        let (report, seen) = sampled(&lab, || probe_with(&door(&lab, lab.endpoint(name)), &Context::default()));
        assert_eq!(report.failure, None, "{name}");
        assert!(seen.samples > 3 && seen.most >= 1, "{name}: the sampler saw nothing: {seen:?}");
        assert!(seen.most <= MAX_AT_ONCE, "{name}: {seen:?}");
        assert!(seen.held <= 1, "{name}: more than one backend is held: {seen:?}");
        assert!(u128::from(seen.longest_ms) <= MAX_HOLD.as_millis(), "{name}: {seen:?}");
    }
}

/// The whole program, at the end of a slow way, and with a server that stops answering somewhere behind the login.
#[test]
fn no_backend_is_held_for_longer_than_promised_whatever_becomes_of_the_way() {
    let names = ["tracked", "pool-of-one"];
    let lab = Lab::start(&names);
    for (name, last) in names.into_iter().zip(200..) {
        let (relay, uri) = relayed(&lab, lab.endpoint(name), last);
        let probe = || {
            let mut command = Command::new(env!("CARGO_BIN_EXE_supascope"));
            command.args(["probe", "env:DATABASE_URL", "--format", "json", "--fail-on", "never"]);
            command.env_clear().env("DATABASE_URL", &uri).stdin(Stdio::null());
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        };
        assert!(probe().wait_with_output().unwrap().status.success(), "{name}");
        let length = relay.bytes();
        let mut held = 0;
        for delay_ms in [200, 500] {
            relay.delay(Duration::from_millis(delay_ms));
            let (output, seen) = sampled(&lab, || probe().wait_with_output().unwrap());
            assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
            assert_held_briefly(&seen, &format!("{name}, {delay_ms} ms each way"));
            held += seen.held;
        }
        relay.delay(Duration::ZERO);
        for part in 0..4 {
            let point = length / 2 + length * part / 9;
            let ((), seen) = sampled(&lab, || {
                relay.stop_at(Some(point));
                let child = probe();
                let stopped = relay.wait_for_stop();
                std::thread::sleep(MAX_HOLD + Duration::from_millis(700));
                relay.go_on();
                child.wait_with_output().unwrap();
                assert!(stopped, "{name}: the probe ended before {point} of {length} bytes");
            });
            assert_held_briefly(&seen, &format!("{name}, stopped after {point} of {length} bytes"));
            held += seen.held;
        }
        assert!(held > 0, "{name}: nothing was ever seen to be held");
    }
}

fn assert_held_briefly(seen: &Seen, what: &str) {
    assert!(seen.held <= 1, "{what}: more than one backend is held: {seen:?}");
    assert!(u128::from(seen.longest_ms) <= MAX_HOLD.as_millis(), "{what}: {seen:?}");
}

#[test]
fn a_probe_leaves_no_failed_login_no_error_and_no_warning_in_the_log() {
    let names = ["direct", "session", "transaction", "tracked"];
    let lab = Lab::start(&names);
    for name in names {
        let report = probe_with(&door(&lab, lab.endpoint(name)), &Context::default());
        assert_eq!(report.failure, None, "{name}");
    }
    let log = lab.log("direct");
    assert!(log.contains("supascope."), "the probes are not in the log");
    for line in log.lines() {
        let troubled = ["FATAL:", "ERROR:", "WARNING:", "PANIC:"].iter().any(|level| line.contains(level));
        assert!(!troubled, "{line}");
    }
}

#[test]
fn the_last_free_slot_of_a_session_pool_is_left_to_others() {
    let lab = Lab::start(&["tracked-session"]);
    let context = Context { pool_size: Some(2), ..Context::default() };
    let (report, seen) = sampled(&lab, || probe_with(&door(&lab, lab.endpoint("tracked-session")), &context));
    assert_eq!(seen.most, 1, "{seen:?}");
    assert_spared(&report, "the pool's size");
    assert!(report.headroom.value.is_some(), "what one connection shows stands");
}

#[test]
fn the_last_connection_of_a_role_is_left_to_others() {
    let lab = Lab::start(&["direct"]);
    lab.sql("alter role app_user connection limit 2");
    let mut door = door(&lab, lab.endpoint("direct"));
    door.user = Some("app_user".to_owned());
    door.password = Some(Secret::new(lab.password("app_user")));
    door.mode = Mode::Direct;
    let (report, seen) = sampled(&lab, || probe_with(&door, &Context::default()));
    assert_eq!(seen.most, 1, "{seen:?}");
    assert_spared(&report, "the role's own connection limit");
    let options = &report.session_state.value.as_ref().unwrap().startup_options;
    assert!(options.evidence.contains("the role's own connection limit"), "{options:?}");
}

fn assert_spared(report: &ProbeReport, limit: &str) {
    assert_eq!(report.failure, None);
    assert_eq!(report.mode.status, Status::Skipped, "{:?}", report.mode);
    assert!(report.mode.reason.as_deref().unwrap().contains(limit), "{:?}", report.mode);
    assert_eq!(report.prepared_statements.status, Status::Skipped, "{:?}", report.prepared_statements);
    let state = report.session_state.value.as_ref().unwrap();
    assert!(state.advisory_lock.evidence.contains(limit), "{:?}", state.advisory_lock);
}

/// On a pool of one backend everybody waits for everybody: that is where a probe would be felt.
#[test]
fn a_transaction_beside_the_probe_waits_for_it_no_longer_than_two_seconds() {
    let lab = Lab::start(&["pool-of-one"]);
    let mut worker = lab.psql_command(&lab.endpoint("pool-of-one").uri("application_name=worker"));
    let mut worker = worker.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let script = b"\\timing on\nselect 'works'; begin \\; select 1 \\; commit \\watch 0.002\n";
    let mut stdin = worker.stdin.take().unwrap();
    std::io::Write::write_all(&mut stdin, script).unwrap();
    while lab.sql("select count(*) from pg_stat_activity where application_name='worker'").trim() == "0" {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let report = probe_with(&door(&lab, lab.endpoint("pool-of-one")), &Context::default());
    std::thread::sleep(std::time::Duration::from_millis(100));
    worker.kill().unwrap();
    let said = String::from_utf8(worker.wait_with_output().unwrap().stdout).unwrap();
    let times: Vec<f64> =
        said.lines().filter_map(|line| line.strip_prefix("Time: ")?.split(' ').next()?.parse().ok()).collect();
    assert_eq!(report.mode.value.as_ref().map(|mode| mode.mode), Some(Mode::Transaction), "{:?}", report.mode);
    assert_ne!(report.prepared_statements.value.as_ref().map(|it| it.named), Some(Named::Survive));
    assert!(times.len() > 10, "the worker did not work: {said}");
    let longest = times.iter().copied().fold(0.0, f64::max);
    assert!(longest < 2000.0, "a transaction took {longest} ms beside the probe");
}
