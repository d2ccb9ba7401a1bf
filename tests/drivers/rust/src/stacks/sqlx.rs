//! sqlx. Default: queries as they are written; advised on a transaction pooler: `.persistent(false)` inside transactions.

use ::sqlx::postgres::PgPoolOptions;
use ::sqlx::{AssertSqlSafe, PgPool, query, query_scalar};

use crate::work::{self, AnyError};

fn text(k: i32) -> AssertSqlSafe<String> {
    AssertSqlSafe(format!("select {k} + $1::int"))
}

async fn load(task: i32, pool: PgPool, careful: bool) {
    steps!(
        task,
        |pairs| {
            let mut transaction = pool.begin().await?;
            let mut values = Vec::new();
            for (k, n) in &pairs {
                let ask = query_scalar::<_, i32>(text(*k)).bind(*n).persistent(!careful);
                values.push(ask.fetch_one(&mut *transaction).await?);
            }
            transaction.commit().await?;
            values
        },
        |k, n| {
            let ask = query_scalar::<_, i32>(text(k)).bind(n).persistent(!careful);
            if careful {
                let mut transaction = pool.begin().await?;
                let value = ask.fetch_one(&mut *transaction).await?;
                transaction.commit().await?;
                value
            } else {
                ask.fetch_one(&pool).await?
            }
        }
    );
}

async fn make(max: u32) -> Result<PgPool, AnyError> {
    let options = PgPoolOptions::new().max_connections(max).acquire_timeout(std::time::Duration::from_secs(5));
    Ok(options.connect(&work::variable("URL")).await?)
}

async fn once() -> Result<(), AnyError> {
    let pool = make(1).await?;
    let mut connection = pool.acquire().await?;
    for sql in work::statements() {
        query(AssertSqlSafe(sql)).execute(&mut *connection).await?;
    }
    Ok(())
}

pub async fn run(setting: &str) {
    let pool = match setting {
        "once" => return work::report(0, once().await),
        "advised" => by_endpoint!(sqlx::pool.await),
        _ => make(u32::try_from(work::number("POOL")).unwrap()).await,
    };
    // As the comment in the generated file says, on a transaction pooler.
    let careful = setting == "advised" && work::variable("ENDPOINT").starts_with("transaction");
    match pool {
        Err(error) => work::nothing(error),
        Ok(pool) => work::tasks(|task| load(task, pool.clone(), careful)).await,
    }
}
