//! Session state tried out where a client has a backend of its own: an advisory lock, a `LISTEN`, a `WITH HOLD` cursor and an
//! SQL `PREPARE`, made in one batch and looked for in the next, with a `NOTIFY` from another connection in between.
//!
//! All of it carries the nonce, nobody else can wait for it or be told of it, and nothing is written: a temporary table is
//! an entry in the catalogue, so that one stays derived. What is made stands behind a condition that only this client's own
//! backend fulfils, and the batch that looks also takes it away.

use super::names::Names;
use crate::wire::{Batch, Reply};

/// What was found in the second batch.
#[expect(clippy::struct_excessive_bools, reason = "one answer each to five independent questions")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Trial {
    /// The parameter that was set for the session.
    pub session_set: bool,
    /// The lock was still held by the client that took it.
    pub advisory_lock: bool,
    /// The cursor was still open.
    pub with_hold_cursor: bool,
    /// The statement was still there.
    pub sql_prepare: bool,
    /// The notification arrived. That it did not proves nothing: it may have been on its way still.
    pub notified: bool,
}

/// Adds what makes all of it: one entry of the reply. A standby allows no `LISTEN` (PostgreSQL documentation, 27.4.1).
pub fn plant(batch: Batch, names: &Names, in_recovery: bool) -> Batch {
    let Names { session_parameter, channel, sql_statement, cursor, lock_key, .. } = names;
    let listen = if in_recovery { String::new() } else { format!("EXECUTE 'LISTEN {channel}'; ") };
    batch.query(&format!(
        "DO $s$BEGIN IF pg_catalog.current_setting('{session_parameter}',true)='1' THEN \
         PERFORM pg_catalog.pg_try_advisory_lock({lock_key}); {listen}\
         EXECUTE 'PREPARE {sql_statement} AS SELECT 1'; \
         EXECUTE 'DECLARE {cursor} CURSOR WITH HOLD FOR SELECT 1'; END IF; END$s$"
    ))
}

/// Adds what tells the listener: one entry of the reply.
pub fn notify(batch: Batch, names: &Names) -> Batch {
    batch.query(&format!("SELECT pg_catalog.pg_notify('{}','')", names.channel))
}

/// Adds what looks for all of it and takes it away: two entries of the reply.
pub fn look(batch: Batch, names: &Names) -> Batch {
    let Names { session_parameter, sql_statement, cursor, lock_key, .. } = names;
    let batch = batch.query(&format!(
        "SELECT pg_catalog.pg_backend_pid(), pg_catalog.current_setting('{session_parameter}',true)='1', \
         pg_catalog.pg_advisory_unlock({lock_key}), \
         EXISTS (SELECT FROM pg_catalog.pg_cursors WHERE name='{cursor}'), \
         EXISTS (SELECT FROM pg_catalog.pg_prepared_statements WHERE name='{sql_statement}')"
    ));
    sweep(batch, names)
}

/// Adds what takes away everything but the lock, wherever it runs: one entry of the reply.
fn sweep(batch: Batch, names: &Names) -> Batch {
    let nonce = &names.nonce;
    batch.query(&format!(
        "DO $s$DECLARE s text; BEGIN \
         FOR s IN SELECT name FROM pg_catalog.pg_cursors WHERE pg_catalog.strpos(name,'{nonce}')>0 LOOP \
         EXECUTE pg_catalog.format('CLOSE %I',s); END LOOP; \
         FOR s IN SELECT name FROM pg_catalog.pg_prepared_statements WHERE name='{}' LOOP \
         EXECUTE pg_catalog.format('DEALLOCATE %I',s); END LOOP; \
         FOR s IN SELECT c FROM pg_catalog.pg_listening_channels() c WHERE pg_catalog.strpos(c,'{nonce}')>0 LOOP \
         EXECUTE pg_catalog.format('UNLISTEN %I',s); END LOOP; END$s$",
        names.sql_statement
    ))
}

/// Adds what takes all of it away, wherever it runs: two entries of the reply.
pub fn remove(batch: Batch, names: &Names) -> Batch {
    let key = names.lock_key;
    // Asked of the table of locks first: unlocking what is not held is a warning in the server's log.
    sweep(batch, names).query(&format!(
        "SELECT pg_catalog.pg_advisory_unlock({key}) FROM pg_catalog.pg_locks WHERE locktype='advisory' \
         AND pid=pg_catalog.pg_backend_pid() AND objsubid=1 \
         AND ((classid::bigint << 32) | objid::bigint)={key} LIMIT 1"
    ))
}

/// What the reply to [`look`] shows; `at` is the index of its first entry. The backend comes first.
pub fn read(reply: &Reply, at: usize, names: &Names) -> Option<(i32, Trial)> {
    let pid = reply.value(at, 0)?.parse().ok()?;
    let holds = |column| reply.value(at, column) == Some("t");
    let trial = Trial {
        session_set: holds(1),
        advisory_lock: holds(2),
        with_hold_cursor: holds(3),
        sql_prepare: holds(4),
        notified: reply.notifications.contains(&names.channel),
    };
    Some((pid, trial))
}
