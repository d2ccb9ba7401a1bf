//! deadpool-postgres. Default: `query` and `prepare_cached`; advised: `query_typed`.

use ::deadpool_postgres::{Manager, Pool};
use ::tokio_postgres::types::Type;

use super::tokio_postgres::{config, tls};
use crate::work::{self, AnyError};

fn make() -> Result<Pool, AnyError> {
    let manager = Manager::new(config()?, tls()?);
    Ok(Pool::builder(manager).max_size(usize::try_from(work::number("POOL"))?).build()?)
}

async fn default(task: i32, pool: Pool) {
    steps!(
        task,
        |pairs| {
            let mut client = pool.get().await?;
            let transaction = client.transaction().await?;
            let mut values = Vec::new();
            for (k, n) in &pairs {
                let statement = transaction.prepare_cached(&format!("select {k} + $1::int")).await?;
                values.push(transaction.query_one(&statement, &[n]).await?.get(0));
            }
            transaction.commit().await?;
            values
        },
        |k, n| {
            let client = pool.get().await?;
            client.query_one(&format!("select {k} + $1::int"), &[&n]).await?.get(0)
        }
    );
}

async fn advised(task: i32, pool: Pool) {
    steps!(
        task,
        |pairs| {
            let mut client = pool.get().await?;
            let transaction = client.transaction().await?;
            let mut values = Vec::new();
            for (k, n) in &pairs {
                let rows = transaction.query_typed(&format!("select {k} + $1::int"), &[(n, Type::INT4)]).await?;
                values.push(rows[0].get(0));
            }
            transaction.commit().await?;
            values
        },
        |k, n| {
            let client = pool.get().await?;
            client.query_typed(&format!("select {k} + $1::int"), &[(&n, Type::INT4)]).await?[0].get(0)
        }
    );
}

async fn once() -> Result<(), AnyError> {
    let client = make()?.get().await?;
    for sql in work::statements() {
        client.query(&sql, &[]).await?;
    }
    Ok(())
}

pub async fn run(setting: &str) {
    let pool = match setting {
        "once" => return work::report(0, once().await),
        "advised" => by_endpoint!(deadpool_postgres::pool),
        _ => make(),
    };
    match (pool, setting) {
        (Err(error), _) => work::nothing(error),
        (Ok(pool), "advised") => work::tasks(|task| advised(task, pool.clone())).await,
        (Ok(pool), _) => work::tasks(|task| default(task, pool.clone())).await,
    }
}
