//! diesel-async with deadpool.

use diesel::sql_types::Integer;
use diesel_async::pooled_connection::deadpool::Pool;
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, ManagerConfig};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use futures_util::FutureExt;

use super::tokio_postgres::{config, tls};
use crate::work::{self, AnyError};

async fn ask(connection: &mut AsyncPgConnection, k: i32, n: i32) -> Result<i32, diesel::result::Error> {
    let query = diesel::select(diesel::dsl::sql::<Integer>(&format!("{k} + ")).bind::<Integer, _>(n).sql("::int"));
    query.get_result(connection).await
}

async fn several(connection: &mut AsyncPgConnection, pairs: &[work::Pair]) -> Result<Vec<i32>, diesel::result::Error> {
    connection
        .transaction(async |connection| {
            let mut values = Vec::new();
            for &(k, n) in pairs {
                values.push(ask(connection, k, n).await?);
            }
            Ok(values)
        })
        .await
}

async fn load(task: i32, pool: Pool<AsyncPgConnection>) {
    steps!(
        task,
        |pairs| several(&mut *pool.get().await?, &pairs).await?,
        |k, n| ask(&mut *pool.get().await?, k, n).await?
    );
}

async fn connect() -> Result<AsyncPgConnection, AnyError> {
    let (client, connection) = config()?.connect(tls()?).await?;
    Ok(AsyncPgConnection::try_from_client_and_connection(client, connection).await?)
}

fn make() -> Result<Pool<AsyncPgConnection>, AnyError> {
    let mut settings = ManagerConfig::default();
    settings.custom_setup = Box::new(|_| {
        connect().map(|made| made.map_err(|error| diesel::ConnectionError::BadConnection(work::text(error.as_ref())))).boxed()
    });
    let manager = AsyncDieselConnectionManager::<AsyncPgConnection>::new_with_config("", settings);
    Ok(Pool::builder(manager).max_size(usize::try_from(work::number("POOL"))?).build()?)
}

async fn once() -> Result<(), AnyError> {
    let mut connection = make()?.get().await?;
    for sql in work::statements() {
        diesel::sql_query(sql).execute(&mut connection).await?;
    }
    Ok(())
}

pub async fn run(setting: &str) {
    let pool = match setting {
        "once" => return work::report(0, once().await),
        "advised" => by_endpoint!(diesel_async::pool),
        _ => make(),
    };
    match pool {
        Err(error) => work::nothing(error),
        Ok(pool) => work::tasks(|task| load(task, pool.clone())).await,
    }
}
