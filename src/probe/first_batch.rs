//! The first batch on the first connection: one round trip that shows what name a prepared statement reaches the server
//! under, whether `SET LOCAL` holds, how full the database is, and which backend this is.
//!
//! Everything stands between `BEGIN` and `COMMIT` in one write with one `Sync`, so a client that dies leaves no open
//! transaction. A statement that nobody tracks is removed in the same transaction; one that a pooler renamed is closed
//! by name later. What stays for a moment is one unused placeholder parameter.

use std::time::Duration;

use super::headroom;
use super::names::Names;
use crate::wire::{Batch, Connection, ErrorFields, Reply, WireError};

/// What the first batch showed.
#[derive(Debug, Clone, Default)]
pub struct FirstBatch {
    /// The backend that ran it.
    pub backend_pid: Option<i32>,
    /// The name the statement had on the server; `None` when it was not found there.
    pub statement_name: Option<String>,
    /// `SET LOCAL` was seen inside the transaction.
    pub local_inside: bool,
    /// It was gone after it, on the same backend.
    pub local_gone: bool,
    /// The placeholder parameter was set for the session.
    pub session_set: bool,
    /// The summary of `pg_stat_activity` and settings, as JSON.
    pub activity: Option<String>,
    /// Why the batch had to be cut down, if it had to.
    pub reduced: Option<String>,
    /// How long the round trip took.
    pub elapsed: Duration,
}

/// Sends the batch; when the server refuses a part of it, a shorter one that still shows the statement's name.
pub async fn run(wire: &mut Connection, names: &Names, within: Duration) -> Result<FirstBatch, FirstBatchError> {
    const OPERATION: &str = "run the first batch";
    let started = std::time::Instant::now();
    let reply = wire.run(full(names), within, OPERATION).await?;
    let Some(error) = &reply.error else {
        let mut seen = read_full(&reply);
        seen.elapsed = started.elapsed();
        return Ok(seen);
    };
    if reply.status.is_none() {
        return Err(FirstBatchError::Refused(error.clone()));
    }
    let why = error.message().to_owned();
    if reply.status != Some(b'I') {
        wire.run(Batch::new().query("ROLLBACK"), within, "roll back").await?;
    }
    let started = std::time::Instant::now();
    let reply = wire.run(short(names), within, OPERATION).await?;
    if reply.status == Some(b'T') || reply.status == Some(b'E') {
        wire.run(Batch::new().query("ROLLBACK"), within, "roll back").await?;
    }
    if let Some(error) = reply.error {
        return Err(FirstBatchError::Refused(error));
    }
    let mut seen = read_short(&reply);
    seen.reduced = Some(why);
    seen.elapsed = started.elapsed();
    Ok(seen)
}

/// Why there is no result.
#[derive(Debug)]
pub enum FirstBatchError {
    /// The wire.
    Wire(WireError),
    /// The server: a login that succeeded does not prove that the database is up, the first query does.
    Refused(ErrorFields),
}

impl From<WireError> for FirstBatchError {
    fn from(error: WireError) -> Self {
        Self::Wire(error)
    }
}

/// The dead-man's switch: limits that are set for the transaction only, and that the server keeps when this process or
/// the way to it does not. The second fires in time through every pooler (measured), and is a little shorter than
/// [`MAX_HOLD`](super::budget::MAX_HOLD), since its clock starts when the batch is done and not when the transaction begins.
pub const DEAD_MAN: &str = "pg_catalog.set_config('statement_timeout','2000',true), \
                            pg_catalog.set_config('idle_in_transaction_session_timeout','1400',true)";

fn probe_statement(names: &Names) -> String {
    format!("SELECT pg_catalog.pg_backend_pid() /* {} */", names.nonce)
}

fn find_statement(names: &Names) -> String {
    format!(
        "SELECT name FROM pg_catalog.pg_prepared_statements WHERE pg_catalog.strpos(statement,'{}')>0 \
         AND name<>'' LIMIT 1",
        names.nonce
    )
}

fn full(names: &Names) -> Batch {
    let Names { statement, session_parameter, local_parameter, .. } = names;
    Batch::new()
        .query("BEGIN")
        .query(&format!("SELECT {DEAD_MAN}"))
        .prepare_and_run(statement, &probe_statement(names))
        .query(&find_statement(names))
        .query(&format!(
            "DO $s$BEGIN IF EXISTS (SELECT FROM pg_catalog.pg_prepared_statements WHERE name='{statement}') THEN \
             EXECUTE 'DEALLOCATE {statement}'; END IF; END$s$"
        ))
        .query(&format!(
            "SELECT pg_catalog.set_config('{session_parameter}','1',false), \
             pg_catalog.set_config('{local_parameter}','1',true)"
        ))
        .query(&format!("SELECT pg_catalog.current_setting('{local_parameter}',true)"))
        .query(&headroom::query())
        .query("COMMIT")
        .query(&format!(
            "SELECT pg_catalog.current_setting('{local_parameter}',true), \
             pg_catalog.current_setting('{session_parameter}',true), pg_catalog.pg_backend_pid()"
        ))
}

fn read_full(reply: &Reply) -> FirstBatch {
    let backend_pid = reply.value(2, 0).and_then(|pid| pid.parse().ok());
    let pid_after = reply.value(9, 2).and_then(|pid| pid.parse::<i32>().ok());
    let same_backend = backend_pid.is_some() && backend_pid == pid_after;
    FirstBatch {
        backend_pid,
        statement_name: reply.value(3, 0).map(str::to_owned),
        local_inside: reply.value(6, 0) == Some("1"),
        local_gone: same_backend && reply.value(9, 0).unwrap_or_default().is_empty(),
        session_set: reply.value(9, 1) == Some("1"),
        activity: reply.value(7, 0).map(str::to_owned),
        reduced: None,
        elapsed: Duration::ZERO,
    }
}

fn short(names: &Names) -> Batch {
    Batch::new()
        .query("BEGIN")
        .prepare_and_run(&names.statement, &probe_statement(names))
        .query(&find_statement(names))
        .close(&names.statement)
        .query("COMMIT")
}

fn read_short(reply: &Reply) -> FirstBatch {
    FirstBatch {
        backend_pid: reply.value(1, 0).and_then(|pid| pid.parse().ok()),
        statement_name: reply.value(2, 0).map(str::to_owned),
        ..FirstBatch::default()
    }
}
