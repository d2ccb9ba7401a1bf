//! What a probe has learnt so far. It is filled by the plan, survives a deadline, and becomes the report by judgement alone.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustls_pki_types::UnixTime;
use tokio::task::JoinHandle;

use super::budget::Budget;
use super::door::Door;
use super::fingerprint::{self, Marks};
use super::first_batch::FirstBatch;
use super::headroom::{self, Activity, PoolFacts};
use super::link::{First, Greeting, Times};
use super::pair::PairOutcome;
use super::session_state::{self, Seen};
use super::startup_options::StartupOptions;
use super::tls::{self, RootsError};
use super::{
    Auth, Connect, Failure, Latency, Part, Plaintext, PoolMode, PreparedStatements, ProbeReport, Product, Refusal,
    Resolve, Server, SessionState, Tls, Tracking, login, statements,
};
use crate::context::Context;
use crate::endpoint::Mode;
use crate::knowledge;
use crate::wire::tls::Peer;

/// The trust stores that the judgement of a chain rests on.
pub struct Trusted {
    given: Result<tls::Roots, RootsError>,
    now: UnixTime,
}

impl Trusted {
    /// Reads what libpq would use: `sslrootcert`, or its default file; and the system's store.
    pub fn load(sslrootcert: Option<&str>) -> Self {
        let home = std::env::home_dir();
        // Cached for the process; asked for here so that it is read beside the first round trips.
        let _ = tls::system_roots();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { given: tls::given_roots(sslrootcert, home.as_deref()), now: UnixTime::since_unix_epoch(now) }
    }
}

/// Trust stores that are being read.
pub enum Roots {
    /// In another thread.
    Loading(JoinHandle<Arc<Trusted>>),
}

impl Roots {
    /// Waits for them.
    pub async fn ready(self) -> Option<Arc<Trusted>> {
        let Self::Loading(handle) = self;
        handle.await.ok()
    }
}

/// What the first two connections showed.
#[derive(Default)]
pub struct Core {
    /// TLS on the first connection.
    pub peer: Option<Peer>,
    /// `N` to `SSLRequest`.
    pub no_tls: bool,
    /// The trust stores.
    pub trusted: Option<Arc<Trusted>>,
    /// What the server asked for.
    pub method: Option<&'static str>,
    /// The mechanisms it offered.
    pub mechanisms: Vec<String>,
    /// The greeting: present once logged in.
    pub greeting: Option<Greeting>,
    /// How long the steps took.
    pub times: Option<Times>,
    /// The first batch.
    pub first_batch: Option<FirstBatch>,
    /// The pair.
    pub pair: Option<PairOutcome>,
    /// Why the second login was refused.
    pub second_refused: Option<Failure>,
    /// A login was tried and failed.
    pub login_failed: bool,
    /// What stopped the probe.
    pub failure: Option<Failure>,
    /// Why something was not tried.
    pub remark: Option<String>,
}

impl Core {
    /// Notes what the first answer shows.
    pub fn note_first(&mut self, first: &First) {
        if let First::Auth(request) = first {
            self.method = login::method(request);
            if let crate::wire::AuthRequest::Sasl(mechanisms) = request {
                self.mechanisms.clone_from(mechanisms);
            }
        }
    }

    /// Whether the first answer offered channel binding.
    fn offers_channel_binding(&self) -> bool {
        self.mechanisms.iter().any(|name| name == "SCRAM-SHA-256-PLUS")
    }

    /// Why the chain of the first connection does not pass the setting's sslmode.
    pub fn chain_fault(&self, door: &Door) -> Option<(Refusal, String)> {
        chain_fault(self.peer.as_ref()?, self.trusted.as_deref(), door)
    }
}

/// Why a chain does not pass the setting's sslmode. Without trust stores nothing passes that has to be verified.
pub fn chain_fault(peer: &Peer, trusted: Option<&Trusted>, door: &Door) -> Option<(Refusal, String)> {
    let Some(trusted) = trusted else {
        return (door.sslmode >= tls::Sslmode::VerifyCa)
            .then(|| (Refusal::TlsUntrusted, "the trust stores could not be read".to_owned()));
    };
    let fault = tls::check(&peer.chain, &door.host, door.sslmode, trusted.given.as_ref(), trusted.now).err()?;
    let roots = &knowledge::endpoints().roots;
    let remedy = tls::remedy(&tls::root_of(&peer.chain, roots, None, None), roots);
    Some((fault.refusal(), tls::reason(&fault, remedy.as_deref())))
}

/// What a probe has learnt so far.
#[derive(Default)]
pub struct Draft {
    /// Names and addresses.
    pub resolve: Option<Part<Resolve>>,
    /// TCP.
    pub connect: Option<Part<Connect>>,
    /// Where all connections go.
    pub address: Option<SocketAddr>,
    /// A and B.
    pub core: Core,
    /// Startup options.
    pub options: Option<StartupOptions>,
    /// Plaintext.
    pub plaintext: Plaintext,
    /// Supavisor's version.
    pub app_version: Option<String>,
    /// TLS without `SSLRequest`.
    pub direct_tls: Option<bool>,
    /// TLS 1.2.
    pub tls12: Option<bool>,
}

impl Draft {
    /// The judgement.
    pub fn into_report(self, door: &Door, context: &Context, budget: &Budget, wall: Duration) -> ProbeReport {
        let why = self.why_not();
        let mode = self.mode(&why);
        let names_statement = self.statements(&why);
        let server = self.server();
        let activity = self.activity();
        let tracking = names_statement.value.as_ref().map_or(Tracking::Unknown, |value| value.tracking);
        let product = server.value.as_ref().map_or(Product::Unknown, |server| server.product);
        let measured_mode = mode.value.as_ref().map_or(Mode::Unknown, |mode| mode.mode);
        ProbeReport {
            reached: self.address.is_some(),
            connections_opened: budget.opened(),
            connections_at_once: budget.most_at_once(),
            wall,
            tls: self.tls(door, context, &why),
            auth: self.auth(&why),
            session_state: self.session_state(product, tracking, &why),
            headroom: self.headroom(activity.as_ref(), measured_mode, context, &why),
            latency: self.latency(&why),
            left_behind: self.core.pair.as_ref().map(|pair| pair.left_behind.clone()).unwrap_or_default(),
            mode,
            prepared_statements: names_statement,
            server,
            resolve: self.resolve.unwrap_or_else(|| Part::skipped(why.clone())),
            connect: self.connect.unwrap_or_else(|| Part::skipped(why)),
            failure: self.core.failure,
            trace: Vec::new(),
        }
    }

    /// How far the first connection has come, in words that follow "the deadline ran out".
    pub fn stage(&self) -> &'static str {
        let core = &self.core;
        if self.address.is_none() {
            "before a connection stood"
        } else if core.peer.is_none() && !core.no_tls {
            "before the answer to SSLRequest and the TLS handshake were complete"
        } else if core.method.is_none() {
            "before the server asked for a password"
        } else if core.greeting.is_none() {
            "during the login"
        } else if core.first_batch.is_none() {
            "before the first query was answered"
        } else {
            "during the measurements"
        }
    }

    /// Why the parts that are missing are missing.
    fn why_not(&self) -> String {
        match (&self.core.remark, &self.core.failure) {
            (Some(remark), _) => remark.clone(),
            (None, Some(failure)) => failure.message.clone(),
            (None, None) => "the measurement before it did not run".to_owned(),
        }
    }

    fn activity(&self) -> Option<Activity> {
        self.core.first_batch.as_ref()?.activity.as_deref().and_then(Activity::parse)
    }

    fn tls(&self, door: &Door, context: &Context, why: &str) -> Part<Tls> {
        let core = &self.core;
        if core.peer.is_none() && !core.no_tls {
            return if self.address.is_some() { Part::failed(why) } else { Part::skipped(why) };
        }
        let trusted = core.trusted.as_deref();
        let seen = tls::Seen {
            peer: core.peer.as_ref(),
            plaintext: self.plaintext,
            tls12: self.tls12,
            direct: self.direct_tls,
            channel_binding: core.method.and(core.peer.as_ref()).map(|_| core.offers_channel_binding()),
            given: trusted.map(|trusted| trusted.given.as_ref()),
            root_file: context.ssl_root_cert.as_deref().or(door.ssl_root_cert.as_deref()),
            now: trusted.map_or_else(UnixTime::now, |trusted| trusted.now),
        };
        Part::measured(tls::tls(&seen, door), core.peer.as_ref().and(core.times).map(|times| times.tls))
    }

    fn auth(&self, why: &str) -> Part<Auth> {
        let core = &self.core;
        let ok = if core.greeting.is_some() { Some(true) } else { core.login_failed.then_some(false) };
        let refused_before = core.method.is_none() && core.failure.as_ref().is_some_and(|it| it.server.is_some());
        let value = Auth {
            method: core.method.map(str::to_owned),
            ok: ok.or(refused_before.then_some(false)),
            failure: if core.greeting.is_some() { None } else { core.failure.clone() },
        };
        match value.ok {
            Some(_) => Part::measured(value, core.times.map(|times| times.startup + times.auth)),
            None if core.method.is_some() => {
                let mut part = Part::skipped(why);
                part.value = Some(value);
                part
            }
            None => Part::skipped(why),
        }
    }

    fn server(&self) -> Part<Server> {
        let core = &self.core;
        let key_is_backend = core.pair.as_ref().map(|pair| pair.mode == Mode::Direct);
        let marks = Marks {
            app_version: self.app_version.clone(),
            mechanisms: core.mechanisms.clone(),
            greeting: core.greeting.clone(),
            key_is_backend,
            statement_name: core.first_batch.as_ref().and_then(|batch| batch.statement_name.clone()),
            error: core.failure.as_ref().and_then(|failure| failure.server.clone()),
        };
        let (product, evidence) = fingerprint::tell(&marks);
        let activity = self.activity();
        let greeted = core.greeting.as_ref().and_then(|greeting| {
            greeting.parameters.iter().find(|(key, _)| key == "server_version").map(|(_, value)| value.clone())
        });
        let value = Server {
            product,
            product_version: self.app_version.clone(),
            server_version: activity.as_ref().map(|activity| activity.server_version.clone()).or(greeted),
            in_recovery: activity.as_ref().map(|activity| activity.in_recovery),
            read_only: activity.as_ref().map(|activity| activity.read_only),
            evidence,
        };
        if product == Product::Unknown {
            Part::inconclusive(Some(value), "no mark of a known product was seen")
        } else {
            Part::measured(value, None)
        }
    }

    fn mode(&self, why: &str) -> Part<PoolMode> {
        let core = &self.core;
        if let Some(proof) = core.second_refused.as_ref().or(core.failure.as_ref()).and_then(mode_in_error) {
            return Part::measured(proof, None);
        }
        match (&core.pair, &core.second_refused) {
            (Some(pair), _) if pair.mode == Mode::Unknown => {
                let why = pair.broke.clone().unwrap_or_else(|| pair.mode_evidence.clone());
                Part::inconclusive(Some(PoolMode { mode: Mode::Unknown, evidence: why.clone() }), why)
            }
            (Some(pair), _) => Part::measured(PoolMode { mode: pair.mode, evidence: pair.mode_evidence.clone() }, None),
            (None, Some(refused)) => {
                Part::inconclusive(None, format!("a second connection is needed, and was refused: {}", refused.message))
            }
            (None, None) => Part::skipped(why),
        }
    }

    fn statements(&self, why: &str) -> Part<PreparedStatements> {
        match &self.core.first_batch {
            Some(batch) => statements::judge(batch, self.core.pair.as_ref()),
            None => Part::skipped(why),
        }
    }

    fn session_state(&self, product: Product, tracking: Tracking, why: &str) -> Part<SessionState> {
        let Some(first) = &self.core.first_batch else { return Part::skipped(why) };
        let not_run = StartupOptions::not_run("the test did not run to its end");
        session_state::judge(&Seen {
            first,
            pair: self.core.pair.as_ref(),
            options: self.options.as_ref().unwrap_or(&not_run),
            product,
            tracking,
        })
    }

    fn headroom(&self, activity: Option<&Activity>, mode: Mode, context: &Context, why: &str) -> Part<super::Headroom> {
        let Some(activity) = activity else {
            let batch = self.core.first_batch.as_ref();
            return match batch.map(|batch| (&batch.reduced, &batch.activity)) {
                Some((Some(reason), _)) => Part::failed(format!("the server refused the query: {reason}")),
                Some((None, Some(_))) => Part::failed("the server's answer is not what was asked for"),
                _ => Part::skipped(why),
            };
        };
        let facts = PoolFacts {
            mode,
            pool_size: context.pool_size,
            size_in_error: self.core.second_refused.as_ref().and_then(size_in_error),
            tier: context.tier.as_deref(),
        };
        let mut part = headroom::judge(activity, &facts);
        part.elapsed = self.core.first_batch.as_ref().map(|batch| batch.elapsed);
        part
    }

    fn latency(&self, why: &str) -> Part<Latency> {
        let (Some(times), Some(_)) = (self.core.times, &self.core.greeting) else { return Part::skipped(why) };
        let ms = |duration: Duration| duration.as_secs_f64() * 1000.0;
        let mut samples: Vec<f64> =
            self.core.pair.as_ref().map(|pair| pair.samples.iter().copied().map(ms).collect()).unwrap_or_default();
        samples.sort_by(f64::total_cmp);
        let auth = times.startup + times.auth;
        let value = Latency {
            connect_ms: ms(times.tcp + times.tls + auth),
            tcp_ms: ms(times.tcp),
            tls_ms: self.core.peer.as_ref().map(|_| ms(times.tls)),
            auth_ms: ms(auth),
            query_min_ms: samples.first().copied(),
            query_median_ms: samples.get(samples.len() / 2).copied(),
        };
        Part::measured(value, None)
    }
}

/// Two errors of a pooler name their mode: Supavisor counts clients in session mode against the pool size, and in
/// transaction mode against the client limit (both texts measured).
fn mode_in_error(failure: &Failure) -> Option<PoolMode> {
    let message = &failure.server.as_ref()?.message;
    let lowered = message.to_ascii_lowercase();
    let mode = if lowered.contains("emaxconnsession") || lowered.contains("maxclientsinsessionmode") {
        Mode::Session
    } else if lowered.contains("max client connections reached") || lowered.contains("in transaction mode") {
        Mode::Transaction
    } else {
        return None;
    };
    Some(PoolMode { mode, evidence: format!("the pooler says so in its refusal: {message}") })
}

/// The number in `... limited to pool_size: 15`.
fn size_in_error(failure: &Failure) -> Option<u32> {
    let message = &failure.server.as_ref()?.message;
    let (_, number) = message.rsplit_once("pool_size: ")?;
    number.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::ServerError;

    fn refused(message: &str) -> Failure {
        let server = ServerError {
            sqlstate: "XX000".into(),
            message: message.into(),
            severity: "FATAL".into(),
            field_order: "CMS".into(),
            detail: None,
            hint: None,
        };
        Failure { refusal: Refusal::PoolFull, message: message.into(), server: Some(server) }
    }

    #[test]
    fn a_full_session_pool_names_its_mode_and_its_size() {
        let new =
            refused("(EMAXCONNSESSION) max clients reached in session mode - max clients are limited to pool_size: 15");
        assert_eq!(mode_in_error(&new).unwrap().mode, Mode::Session);
        assert_eq!(size_in_error(&new), Some(15));
        let old = refused(
            "MaxClientsInSessionMode: max clients reached - in Session mode max clients are limited to pool_size",
        );
        assert_eq!(mode_in_error(&old).unwrap().mode, Mode::Session);
        assert_eq!(size_in_error(&old), None);
    }

    #[test]
    fn a_full_transaction_pooler_names_its_mode() {
        let full = refused("(EMAXCONN) max client connections reached, limit: 200");
        assert_eq!(mode_in_error(&full).unwrap().mode, Mode::Transaction);
        let old = refused("Max client connections reached");
        assert_eq!(mode_in_error(&old).unwrap().mode, Mode::Transaction);
        assert!(mode_in_error(&refused("something else")).is_none());
    }
}
