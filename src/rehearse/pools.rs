//! The application's pools, one for each process, as `deadpool-postgres` builds them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use deadpool_postgres::tokio_postgres;
use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, RecyclingMethod, Runtime};

use super::failure::Trouble;
use super::links::{Connector, Links};
use super::load::{PoolShape, Pools, Statements};

/// How the application waits.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// For a connection of its pool.
    pub(super) checkout: Duration,
    /// For a new connection.
    pub(super) connect: Duration,
}

/// The pools of one load.
pub(super) struct Fleet {
    pools: Vec<Process>,
}

struct Process {
    pool: Pool,
    keep: usize,
}

/// A connection that was checked out.
pub(super) struct Checkout<'a> {
    process: &'a Process,
    object: Object,
    pub(super) took: Duration,
}

/// One transaction.
#[derive(Debug, Clone, Copy)]
pub(super) struct Done {
    /// From `BEGIN` to the answer to `COMMIT`.
    pub(super) took: Duration,
    /// The server connection that did it.
    pub(super) backend: i32,
}

impl Fleet {
    /// Builds the pools; nothing is opened before a checkout. `None` when the library refuses them.
    pub(super) fn build(pools: &Pools, links: &Arc<Links>, patience: Patience) -> Option<Self> {
        let build = |shape: &PoolShape| {
            let config = ManagerConfig { recycling_method: RecyclingMethod::Fast };
            let manager = Manager::from_connect(tokio_postgres::Config::new(), Connector(Arc::clone(links)), config);
            let pool = Pool::builder(manager)
                .max_size(shape.most as usize)
                .runtime(Runtime::Tokio1)
                .wait_timeout(Some(patience.checkout))
                .create_timeout(Some(patience.connect))
                .build()
                .ok()?;
            Some(Process { pool, keep: shape.keep as usize })
        };
        Some(Self { pools: pools.pools.iter().map(build).collect::<Option<_>>()? })
    }

    /// Checks a connection out of the pool that serves this client.
    pub(super) async fn checkout(&self, client: usize) -> Result<Checkout<'_>, Option<Trouble>> {
        let process = &self.pools[client % self.pools.len()];
        let started = Instant::now();
        let object = process.pool.get().await.map_err(|error| Trouble::of_checkout(&error))?;
        Ok(Checkout { process, object, took: started.elapsed() })
    }

    /// Connections that stand.
    pub(super) fn connections(&self) -> u32 {
        let connections: usize = self.pools.iter().map(|process| process.pool.status().size).sum();
        u32::try_from(connections).unwrap_or(u32::MAX)
    }

    /// Closes all.
    pub(super) fn close(&self) {
        for process in &self.pools {
            process.pool.close();
        }
    }
}

impl Checkout<'_> {
    /// Runs one transaction and gives the connection back. A connection that failed or got no answer is not given back:
    /// it is closed, and what it was doing with it.
    pub(super) async fn run(self, statements: &Statements, within: Duration) -> Result<Done, Trouble> {
        let Self { process, object, .. } = self;
        let started = Instant::now();
        let ran = tokio::time::timeout(within, transaction(&object, statements)).await;
        match ran {
            Ok(Ok(backend)) => {
                let took = started.elapsed();
                process.take_back(object);
                Ok(Done { took, backend })
            }
            Ok(Err(error)) => {
                drop(Object::take(object));
                Err(Trouble::of_query(&error))
            }
            Err(_) => {
                drop(Object::take(object));
                Err(Trouble::Stalled)
            }
        }
    }
}

impl Process {
    /// What a pool with overflow does: a connection that comes back beyond those that are kept is closed (SQLAlchemy 2.1.9
    /// source, `QueuePool._do_return_conn`).
    fn take_back(&self, object: Object) {
        let status = self.pool.status();
        if status.waiting == 0 && status.available >= self.keep {
            drop(Object::take(object));
        }
    }
}

/// `BEGIN`, a query that only takes its time, `COMMIT`: three round trips, as an application makes them. The query is an
/// unnamed statement, which harms on no pooler.
pub(super) async fn transaction(
    client: &tokio_postgres::Client,
    statements: &Statements,
) -> Result<i32, tokio_postgres::Error> {
    client.simple_query(&statements.begin).await?;
    let rows = client.query_typed(&statements.work, &[]).await?;
    let backend = match rows.first() {
        Some(row) => row.try_get(0)?,
        None => 0,
    };
    client.simple_query(statements.commit).await?;
    Ok(backend)
}
