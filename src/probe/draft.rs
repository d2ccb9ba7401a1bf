//! What a probe has learnt so far. It is filled by the plan, survives a deadline, and becomes the report by judgement alone.

mod core;
mod mode;

use std::net::SocketAddr;
use std::time::Duration;

use rustls_pki_types::UnixTime;

use super::budget::Budget;
use super::door::Door;
use super::fingerprint::{self, Marks};
use super::headroom::{self, Activity, PoolFacts};
use super::session_state::{self, Seen};
use super::startup_options::StartupOptions;
use super::{
    Auth, Connect, Latency, Part, Plaintext, PreparedStatements, ProbeReport, Product, Resolve, Server, SessionState,
    Tls, Tracking, statements, tls,
};
use crate::context::Context;
use crate::endpoint::Mode;

pub use self::core::{Core, Roots, Trusted, chain_fault};

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
        let mode = mode::judge(&self.core, &why);
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
        let marks = Marks { app_version: self.app_version.clone(), ..core.marks() };
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
            read_only_source: activity.filter(|activity| activity.read_only).and_then(|it| it.read_only_source),
            key_is_backend: core.key_is_backend(),
            parameters: core.greeting.as_ref().map(|greeting| greeting.parameters.clone()).unwrap_or_default(),
            evidence,
        };
        if product == Product::Unknown {
            Part::inconclusive(Some(value), "no mark of a known product was seen")
        } else {
            Part::measured(value, None)
        }
    }

    fn statements(&self, why: &str) -> Part<PreparedStatements> {
        match &self.core.first_batch {
            Some(_) if self.core.second_spared.is_some() => {
                Part::skipped(self.core.second_spared.as_deref().unwrap_or_default())
            }
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
            spared: self.core.second_spared.as_deref(),
            app_version: self.app_version.as_deref(),
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
            size_in_error: self.core.second_refused.as_ref().and_then(mode::size_in_error),
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
