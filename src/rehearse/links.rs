//! The connections of a rehearsal: the one place that opens and closes them.
//!
//! Every connection has a grant of the allowance for as long as its socket is open. Logins go one after the other, so that
//! a password which the server refuses is tried once, whatever was about to be opened. A connection that is given up says
//! goodbye, or is cut after a moment when an answer is still owed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use deadpool_postgres::tokio_postgres;
use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio_postgres::Client;

use super::allowance::LEAST;
use crate::client::{ConnectError, Dialer, Retry};
use crate::probe::budget::{Budget, Grant};

/// How long a connection that is given up may take to say goodbye.
const GOODBYE: Duration = Duration::from_millis(250);
/// How long all connections may take to close in the end.
const DRAIN: Duration = Duration::from_secs(1);

/// Opens connections within the allowance.
pub(super) struct Links {
    dialer: Dialer,
    budget: Budget,
    /// One login at a time.
    door: Mutex<()>,
    closed: AtomicBool,
}

/// A connection, and the task that ends with it.
pub(super) struct Link {
    pub(super) client: Client,
    /// Dropping or aborting it closes the connection.
    pub(super) held: JoinHandle<()>,
    /// From the first packet to the session.
    pub(super) took: Duration,
    /// As the greeting says it.
    pub(super) server_version: Option<String>,
}

impl Links {
    /// Starts with the one connection that looks; see [`Self::widen`].
    pub(super) fn new(dialer: Dialer) -> Self {
        Self { dialer, budget: Budget::of(1, u32::MAX), door: Mutex::new(()), closed: AtomicBool::new(false) }
    }

    /// Allows so many connections at once, the one that looks among them.
    pub(super) fn widen(&self, connections: u32) {
        debug_assert!(connections >= LEAST);
        self.budget.widen(connections.saturating_sub(1));
    }

    /// Opens one connection. Never returns once the links are closed: whoever waits is about to be ended.
    pub(super) async fn open(&self) -> Result<Link, ConnectError> {
        let turn = self.door.lock().await;
        let grant = self.budget.grant_to_keep().await;
        let Some(grant) = grant.filter(|_| !self.closed.load(Ordering::Relaxed)) else {
            drop(turn);
            return std::future::pending().await;
        };
        let started = Instant::now();
        let session = match self.dialer.connect().await {
            Ok(session) => session,
            Err(error) => {
                if error.retry == Retry::Never {
                    self.close();
                }
                return Err(error);
            }
        };
        let took = started.elapsed();
        let held = Held { task: Some(session.task), grant: Some(grant) };
        Ok(Link {
            client: session.client,
            held: tokio::spawn(held.last()),
            took,
            server_version: session.server_version,
        })
    }

    /// Nothing is opened any more.
    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
    }

    /// Waits until at most `left` connections are open; all others have been given up.
    pub(super) async fn drain(&self, left: u32) {
        let until = Instant::now() + DRAIN;
        while self.budget.open_now() > left && Instant::now() < until {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Connections that are open now.
    pub(super) fn open_now(&self) -> u32 {
        self.budget.open_now()
    }

    /// Connections opened so far.
    pub(super) fn opened(&self) -> u32 {
        self.budget.opened()
    }
}

/// A connection's task with its grant: the one is over before the other is given back.
struct Held {
    task: Option<JoinHandle<Result<(), tokio_postgres::Error>>>,
    grant: Option<Grant<'static>>,
}

impl Held {
    /// Lasts as long as the connection.
    async fn last(mut self) {
        if let Some(task) = &mut self.task {
            let _ = task.await;
        }
        self.task = None;
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let grant = self.grant.take();
        let Some(mut task) = self.task.take() else { return };
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                if tokio::time::timeout(GOODBYE, &mut task).await.is_err() {
                    task.abort();
                    let _ = task.await;
                }
                drop(grant);
            });
        }
    }
}

/// For the pools of `deadpool-postgres`.
pub(super) struct Connector(pub(super) Arc<Links>);

type Connecting<'a> =
    std::pin::Pin<Box<dyn Future<Output = Result<(Client, JoinHandle<()>), tokio_postgres::Error>> + Send + 'a>>;

impl deadpool_postgres::Connect for Connector {
    fn connect(&self, _: &tokio_postgres::Config) -> Connecting<'_> {
        Box::pin(async move {
            match self.0.open().await {
                Ok(link) => Ok((link.client, link.held)),
                Err(error) => Err(error.into_postgres().await),
            }
        })
    }
}
