//! tokio-postgres: one client a task. Advised: `query_typed`.

use ::tokio_postgres::config::SslMode;
use ::tokio_postgres::types::Type;
use ::tokio_postgres::{Client, Config};
use native_tls::{Certificate, TlsConnector};
use postgres_native_tls::MakeTlsConnector;

use crate::work::{self, AnyError};

pub fn tls() -> Result<MakeTlsConnector, AnyError> {
    let ca = Certificate::from_pem(&std::fs::read(work::variable("CA"))?)?;
    let connector = TlsConnector::builder().disable_built_in_roots(true).add_root_certificate(ca).build()?;
    Ok(MakeTlsConnector::new(connector))
}

pub fn config() -> Result<Config, AnyError> {
    let mut config: Config = work::bare_url().parse()?;
    config.ssl_mode(SslMode::Require).connect_timeout(std::time::Duration::from_secs(5));
    Ok(config)
}

async fn connect() -> Result<Client, AnyError> {
    let (client, connection) = config()?.connect(tls()?).await?;
    tokio::spawn(async move {
        let _ = connection.await;
    });
    Ok(client)
}

async fn default(task: i32) {
    let mut client = match connect().await {
        Ok(client) => client,
        Err(error) => return work::report(task, Err(error)),
    };
    steps!(
        task,
        |pairs| {
            let transaction = client.transaction().await?;
            let mut values = Vec::new();
            for (k, n) in &pairs {
                values.push(transaction.query_one(&format!("select {k} + $1::int"), &[n]).await?.get(0));
            }
            transaction.commit().await?;
            values
        },
        |k, n| client.query_one(&format!("select {k} + $1::int"), &[&n]).await?.get(0)
    );
}

async fn advised(task: i32) {
    let mut client = match by_endpoint!(tokio_postgres::connect.await) {
        Ok(client) => client,
        Err(error) => return work::report(task, Err(error)),
    };
    steps!(
        task,
        |pairs| {
            let transaction = client.transaction().await?;
            let mut values = Vec::new();
            for (k, n) in &pairs {
                let rows = transaction.query_typed(&format!("select {k} + $1::int"), &[(n, Type::INT4)]).await?;
                values.push(rows[0].get(0));
            }
            transaction.commit().await?;
            values
        },
        |k, n| client.query_typed(&format!("select {k} + $1::int"), &[(&n, Type::INT4)]).await?[0].get(0)
    );
}

async fn once() -> Result<(), AnyError> {
    let client = connect().await?;
    for sql in work::statements() {
        client.query(&sql, &[]).await?;
    }
    Ok(())
}

pub async fn run(setting: &str) {
    match setting {
        "default" => work::tasks(default).await,
        "advised" => work::tasks(advised).await,
        _ => work::report(0, once().await),
    }
}
