//! Diesel with r2d2, in threads. Advised: what the generated pool does with the statement cache.

use ::diesel::r2d2::{ConnectionManager, Pool};
use ::diesel::sql_types::Integer;
use ::diesel::{Connection, PgConnection, RunQueryDsl, sql_query};

use crate::work::{self, AnyError};

type PgPool = Pool<ConnectionManager<PgConnection>>;

fn ask(connection: &mut PgConnection, k: i32, n: i32) -> Result<i32, ::diesel::result::Error> {
    let query = ::diesel::select(::diesel::dsl::sql::<Integer>(&format!("{k} + ")).bind::<Integer, _>(n).sql("::int"));
    query.get_result(connection)
}

fn one(task: i32, pool: &PgPool) -> Result<(), AnyError> {
    for (pairs, in_transaction) in work::steps(task) {
        let values = if in_transaction {
            let mut connection = pool.get()?;
            connection.transaction(|connection| pairs.iter().map(|&(k, n)| ask(connection, k, n)).collect())?
        } else {
            let single = |&(k, n): &work::Pair| Ok::<i32, AnyError>(ask(&mut *pool.get()?, k, n)?);
            pairs.iter().map(single).collect::<Result<Vec<i32>, _>>()?
        };
        work::check(&pairs, &values)?;
    }
    Ok(())
}

fn make() -> Result<PgPool, AnyError> {
    let manager = ConnectionManager::new(work::variable("URL"));
    Ok(Pool::builder().max_size(u32::try_from(work::number("POOL"))?).build(manager)?)
}

fn once() -> Result<(), AnyError> {
    let mut connection = PgConnection::establish(&format!("{}&connect_timeout=5", work::variable("URL")))?;
    for sql in work::statements() {
        sql_query(sql).execute(&mut connection)?;
    }
    Ok(())
}

pub fn run(setting: &str) {
    let pool = match setting {
        "once" => return work::report(0, once()),
        "advised" => by_endpoint!(diesel::pool),
        _ => make(),
    };
    match pool {
        Err(error) => work::nothing(error),
        Ok(pool) => std::thread::scope(|scope| {
            for task in 0..work::number("TASKS") {
                let pool = pool.clone();
                scope.spawn(move || work::report(task, one(task, &pool)));
            }
        }),
    }
}
