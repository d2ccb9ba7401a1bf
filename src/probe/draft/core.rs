//! What the first two connections showed, and the trust stores that their chains are judged by.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use rustls_pki_types::UnixTime;
use tokio::task::JoinHandle;

use crate::endpoint::Mode;
use crate::knowledge;
use crate::probe::door::Door;
use crate::probe::fingerprint::Marks;
use crate::probe::first_batch::FirstBatch;
use crate::probe::link::{First, Greeting, Times};
use crate::probe::pair::PairOutcome;
use crate::probe::tls::{self, RootsError};
use crate::probe::{Failure, Refusal, login};
use crate::wire::AuthRequest;
use crate::wire::tls::Peer;

/// The trust stores that the judgement of a chain rests on.
pub struct Trusted {
    /// libpq's.
    pub given: Result<tls::Roots, RootsError>,
    /// The moment to judge at.
    pub now: UnixTime,
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
    /// Why the second login was not tried: its slot was left to others.
    pub second_spared: Option<String>,
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
            if let AuthRequest::Sasl(mechanisms) = request {
                self.mechanisms.clone_from(mechanisms);
            }
        }
    }

    /// Whether the first answer offered channel binding.
    pub fn offers_channel_binding(&self) -> bool {
        self.mechanisms.iter().any(|name| name == "SCRAM-SHA-256-PLUS")
    }

    /// The marks of the server that these connections saw.
    pub fn marks(&self) -> Marks {
        Marks {
            app_version: None,
            mechanisms: self.mechanisms.clone(),
            greeting: self.greeting.clone(),
            key_is_backend: self.pair.as_ref().map(|pair| pair.mode == Mode::Direct),
            statement_name: self.first_batch.as_ref().and_then(|batch| batch.statement_name.clone()),
            error: self.failure.as_ref().and_then(|failure| failure.server.clone()),
        }
    }

    /// Whether the cancel key carries the process id of the backend that ran the first batch; `None` without one of them.
    pub fn key_is_backend(&self) -> Option<bool> {
        let key = self.greeting.as_ref()?.key_pid?;
        Some(self.first_batch.as_ref()?.backend_pid? == key)
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
