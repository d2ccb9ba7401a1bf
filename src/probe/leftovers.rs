//! What a probe has put on pooled backends, and how it is taken away again: on the same backend, by its own nonce, and
//! with nothing that another client could notice.
//!
//! A tracking pooler keeps a copy of a statement on every backend it ran on, and goes on believing that the copy is there.
//! Nobody else can use it (its text carries the nonce), so removing it with `DEALLOCATE` inside a `DO` block is safe; what
//! the pooler later sends for it is a `Close`, which is no error for an unknown name.

use std::collections::BTreeSet;

use super::names::Names;
use super::trial;
use crate::wire::{Batch, Reply};

/// What is on which backend.
#[derive(Debug, Default)]
pub struct Leftovers {
    /// The backend that has the placeholder parameter.
    pub placeholder: Option<i32>,
    /// The backends that have a copy of the tracked statement.
    pub statement: BTreeSet<i32>,
    /// The client has not closed its statement yet.
    pub open_statement: bool,
    /// The backend that session state was tried out on.
    pub trial: Option<i32>,
}

impl Leftovers {
    /// Whether nothing of the probe is left.
    pub fn is_empty(&self) -> bool {
        self.placeholder.is_none() && self.statement.is_empty() && !self.open_statement && self.trial.is_none()
    }

    /// Adds what empties the placeholder where it is: one entry of the reply, `''` where it was emptied. It needs no
    /// knowledge of the backend, and does what RESET does to a placeholder.
    pub fn clear_placeholder(batch: Batch, names: &Names) -> Batch {
        let parameter = &names.session_parameter;
        batch.query(&format!(
            "SELECT CASE WHEN pg_catalog.current_setting('{parameter}',true)='1' THEN \
             pg_catalog.set_config('{parameter}','',false) END"
        ))
    }

    /// Adds what cleans the backend it runs on: three entries of the reply, and more behind them when session state was
    /// tried out.
    pub fn clean(&self, batch: Batch, names: &Names) -> Batch {
        let nonce = &names.nonce;
        let batch = Self::clear_placeholder(batch, names)
            .query(&format!(
                "DO $s$DECLARE s record; BEGIN FOR s IN SELECT name FROM pg_catalog.pg_prepared_statements \
                 WHERE pg_catalog.strpos(statement,'{nonce}')>0 LOOP \
                 EXECUTE pg_catalog.format('DEALLOCATE %I', s.name); END LOOP; END$s$"
            ))
            .query("SELECT pg_catalog.pg_backend_pid()");
        if self.trial.is_some() { trial::remove(batch, names) } else { batch }
    }

    /// Notes what the reply to [`Leftovers::clean`] shows; `at` is the index of its first entry.
    pub fn note(&mut self, reply: &Reply, at: usize) {
        if reply.value(at, 0) == Some("") {
            self.placeholder = None;
        }
        if let Some(pid) = reply.value(at + 2, 0).and_then(|pid| pid.parse().ok()) {
            self.statement.remove(&pid);
            self.placeholder = self.placeholder.filter(|marked| *marked != pid);
            self.trial = self.trial.filter(|marked| *marked != pid);
        }
    }

    /// What could not be removed, in words.
    pub fn left_behind(&self, names: &Names) -> Vec<String> {
        let mut left = Vec::new();
        if self.placeholder.is_some() {
            left.push(format!(
                "the unused parameter {} stays on one pooled backend until that ends; nothing reads it",
                names.session_parameter
            ));
        }
        if !self.statement.is_empty() {
            left.push(format!(
                "a copy of the statement {} stays on {} pooled backends until the pooler evicts it; nothing else can run it",
                names.statement,
                self.statement.len()
            ));
        }
        if self.trial.is_some() {
            left.push(format!(
                "the cursor, the statement, the channel and the advisory lock of {} stay on one pooled backend until that \
                 ends; nothing waits for them",
                names.nonce
            ));
        }
        left
    }
}
