//! SeaORM: raw statements with values, which go the way of its entities' queries.

use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement, TransactionTrait};

use crate::work::{self, AnyError};

async fn ask(on: &impl ConnectionTrait, k: i32, n: i32) -> Result<i32, AnyError> {
    let statement = Statement::from_sql_and_values(DbBackend::Postgres, format!("select {k} + $1::int as v"), [n.into()]);
    let row = on.query_one_raw(statement).await?.ok_or("no row")?;
    Ok(row.try_get("", "v")?)
}

async fn load(task: i32, pool: DatabaseConnection) {
    steps!(
        task,
        |pairs| {
            let transaction = pool.begin().await?;
            let mut values = Vec::new();
            for (k, n) in &pairs {
                values.push(ask(&transaction, *k, *n).await?);
            }
            transaction.commit().await?;
            values
        },
        |k, n| ask(&pool, k, n).await?
    );
}

async fn make(max: u32) -> Result<DatabaseConnection, AnyError> {
    let mut options = ConnectOptions::new(work::variable("URL"));
    options.max_connections(max).sqlx_logging(false);
    Ok(Database::connect(options).await?)
}

async fn once() -> Result<(), AnyError> {
    let database = make(1).await?;
    for sql in work::statements() {
        database.execute_unprepared(&sql).await?;
    }
    Ok(())
}

pub async fn run(setting: &str) {
    let pool = match setting {
        "once" => return work::report(0, once().await),
        "advised" => by_endpoint!(seaorm::connect.await),
        _ => make(u32::try_from(work::number("POOL")).unwrap()).await,
    };
    match pool {
        Err(error) => work::nothing(error),
        Ok(pool) => work::tasks(|task| load(task, pool.clone())).await,
    }
}
