//! Plays a case: starts its server, probes it, and compares. What must hold for every server is asserted here.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use supascope::endpoint::{EndpointKind, Mode};
use supascope::probe::door::{Door, Limits};
use supascope::probe::tls::Sslmode;
use supascope::probe::{ProbeReport, plan};
use supascope::rules::Context;
use supascope::secret::Secret;

use super::case::{Case, Cases, DoorOptions};
use super::certificates;
use super::server::{Record, Server};

/// The host name of every case; the probe is told to connect elsewhere, by `hostaddr`.
pub const HOST: &str = "aws-0-us-east-1.pooler.supabase.com";
/// The user of every case.
pub const USER: &str = "postgres.abcdefghijklmnopqrst";
/// The password of every case. No six bytes of it in a row may ever be seen.
pub const PASSWORD: &str = "Zx7-korrekt!Pferd_93";
/// How long after its deadline a probe may end: the machine may be busy, but never a minute.
const GRACE: Duration = Duration::from_secs(20);

/// The file of cases of that name.
pub fn cases(text: &str) -> Vec<Case> {
    let Cases { case } = toml::from_str(text).unwrap_or_else(|error| panic!("{error}"));
    case
}

/// How many cases of a file are played at a time: most of their time is waiting.
const AT_ONCE: usize = 4;

/// Plays every case of a file and says which ones fail.
pub fn all(text: &str) {
    let failed = each(&cases(text), play);
    assert!(failed.is_empty(), "{} fail:\n\n{}", failed.len(), failed.join("\n\n"));
}

/// Does the work for each, a few at a time; what it says is wrong.
pub fn each<T: Sync>(items: &[T], work: impl Fn(&T) -> Option<String> + Sync) -> Vec<String> {
    let next = AtomicUsize::new(0);
    let worker = || {
        let mut failed = Vec::new();
        while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
            failed.extend(work(item));
        }
        failed
    };
    std::thread::scope(|scope| {
        let running: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(worker)).collect();
        running.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    })
}

/// Plays one case; says what is wrong.
pub fn play(case: &Case) -> Option<String> {
    let server = Server::start(case);
    let started = Instant::now();
    let report = probe(&door(server.address, &case.door), case.door.deadline_s);
    let elapsed = started.elapsed();
    let record = server.stop();
    let mut wrong = unbroken(&report, &record, elapsed, Duration::from_secs(case.door.deadline_s));
    wrong.extend(unexpected(case, &report, &record));
    let report = format!("failure: {:?}\nauth: {:?}\nserver: {:?}", report.failure, report.auth, report.server);
    (!wrong.is_empty()).then(|| format!("{}\n  {}\n{report}", case.about, wrong.join("\n  ")))
}

/// The setting that leads to that address.
pub fn door(address: SocketAddr, options: &DoorOptions) -> Door {
    Door {
        host: HOST.to_owned(),
        hostaddr: Some(address.ip().to_string()),
        port: address.port(),
        user: Some(USER.to_owned()),
        database: "postgres".to_owned(),
        password: Some(Secret::new(PASSWORD)),
        no_password: "",
        sslmode: Sslmode::parse(&options.sslmode).expect("an sslmode"),
        ssl_root_cert: Some(certificates::root_file().display().to_string()),
        tls_parameters: vec![("sslmode".to_owned(), options.sslmode.clone())],
        plaintext_login: options.plaintext_login,
        kind: EndpointKind::SharedTransaction,
        mode: Mode::Transaction,
    }
}

/// Probes it; one answer may take half of the deadline.
pub fn probe(door: &Door, deadline_s: u64) -> ProbeReport {
    probe_within(door, &Context::default(), deadline_s.div_ceil(2), deadline_s)
}

/// Probes it within these limits.
pub fn probe_within(door: &Door, context: &Context, connect_timeout_s: u64, deadline_s: u64) -> ProbeReport {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let limits = Limits {
        connect_timeout: Duration::from_secs(connect_timeout_s),
        deadline: Duration::from_secs(deadline_s),
        retries: 0,
    };
    runtime.block_on(plan::run(door, context, limits))
}

/// What must hold whoever answers.
pub fn unbroken(report: &ProbeReport, record: &Record, elapsed: Duration, deadline: Duration) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut must = |holds: bool, what: &str| {
        if !holds {
            wrong.push(what.to_owned());
        }
    };
    must(elapsed < deadline + GRACE, "the deadline does not hold");
    must(!record.received.iter().any(|bytes| holds_password(bytes)), "a piece of the password reached the server");
    must(!holds_password(format!("{report:?}").as_bytes()), "a piece of the password is in the report");
    must(report.connections_opened <= 14 && record.connections <= 14, "more than 14 connections");
    must(report.connections_at_once <= 6, "more than 6 connections at a time");
    must(record.surprises.is_empty(), &format!("surprises: {:?}", record.surprises));
    wrong
}

/// Whether six bytes of the password stand there in a row.
pub fn holds_password(bytes: &[u8]) -> bool {
    PASSWORD.as_bytes().windows(6).any(|piece| bytes.windows(6).any(|part| part == piece))
}

fn unexpected(case: &Case, report: &ProbeReport, record: &Record) -> Vec<String> {
    let expect = &case.expect;
    let mut wrong = Vec::new();
    let mut same = |what: &str, expected: &dyn std::fmt::Debug, seen: &dyn std::fmt::Debug, same: bool| {
        if !same {
            wrong.push(format!("{what}: expected {expected:?}, got {seen:?}"));
        }
    };
    let refusal = report.failure.as_ref().map(|failure| failure.refusal);
    let fits = refusal.map_or(expect.refusal.is_empty(), |refusal| expect.refusal.contains(&refusal));
    same("refusal", &expect.refusal, &refusal, fits);
    let server = report.server.value.as_ref();
    let product = server.map(|server| server.product.as_str().to_owned());
    same("product", &expect.product, &product, expect.product.is_none() || expect.product == product);
    let version = server.and_then(|server| server.product_version.clone());
    same("version", &expect.version, &version, expect.version == version);
    let mode = report.mode.value.as_ref().map(|mode| mode.mode.as_str().to_owned());
    same("mode", &expect.mode, &mode, expect.mode.is_none() || expect.mode == mode);
    let plaintext = report.tls.value.as_ref().map(|tls| tls.plaintext.as_str().to_owned());
    same("plaintext", &expect.plaintext, &plaintext, expect.plaintext.is_none() || expect.plaintext == plaintext);
    let direct = report.tls.value.as_ref().and_then(|tls| tls.direct);
    same("direct TLS", &expect.direct, &direct, expect.direct.is_none() || expect.direct == direct);
    let login = report.auth.value.as_ref().and_then(|auth| auth.ok);
    same("login", &expect.login, &login, expect.login == login);
    same("proofs at most", &expect.proofs, &record.proofs, record.proofs <= expect.proofs);
    let told = [report.failure.as_ref().map(|failure| failure.message.clone()), report.auth.reason.clone()];
    let told = told.into_iter().flatten().collect::<Vec<_>>().join("\n");
    for words in &expect.says {
        same("says", words, &told, told.contains(words));
    }
    wrong
}
