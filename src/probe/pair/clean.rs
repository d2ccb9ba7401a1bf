//! Taking everything away again.

use std::time::Instant;

use super::{CLEAN_FOR, HEAD_START, HOLD_WITHIN, MAX_CLEANING_TURNS, Pair, QUERY_WITHIN};
use crate::endpoint::Mode;
use crate::probe::first_batch::DEAD_MAN;
use crate::wire::{Batch, WireError};

impl Pair<'_, '_> {
    /// B ends its transaction.
    pub(super) async fn release(&mut self) -> Result<(), WireError> {
        let started = Instant::now();
        self.b.wire.run(Batch::new().query("COMMIT"), HOLD_WITHIN, "let go of the backend").await?;
        self.holding = None;
        self.out.samples.push(started.elapsed());
        Ok(())
    }

    /// B still holds a backend: A cleans another one, and B its own with the end of its transaction.
    pub(super) async fn clean_both(&mut self) -> Result<(), WireError> {
        let names = self.names;
        let batch_a = self.leftovers.clean(self.close(), names);
        let batch_b = self.leftovers.clean(Batch::new(), names).query("COMMIT");
        let (wire_a, wire_b) = (&mut *self.a.wire, &mut *self.b.wire);
        let (a, b) = tokio::join!(wire_a.run(batch_a, QUERY_WITHIN, "clean up"), async {
            // A's batch has to reach the pooler first, or it might be given the backend that B lets go of.
            tokio::time::sleep(HEAD_START).await;
            wire_b.run(batch_b, HOLD_WITHIN, "clean up and let go").await
        });
        self.holding = None;
        let (a, b) = (a?, b?);
        self.leftovers.open_statement = false;
        self.leftovers.note(&a, 0);
        self.leftovers.note(&b, 0);
        Ok(())
    }

    /// A forgets its statement; closing an unknown name is no error.
    pub(super) fn close(&self) -> Batch {
        if self.tracked { Batch::new().close(&self.names.statement) } else { Batch::new() }
    }

    /// A cleans the backend that it happens to get.
    pub(super) async fn clean_a(&mut self) -> Result<(), WireError> {
        let batch = self.leftovers.clean(self.close(), self.names);
        let reply = self.a.wire.run(batch, QUERY_WITHIN, "clean up").await?;
        self.leftovers.open_statement = false;
        self.leftovers.note(&reply, 0);
        Ok(())
    }

    /// B takes a backend, so that A gets another one, and both clean.
    pub(super) async fn clean_beside_a_hold(&mut self) -> Result<(), WireError> {
        self.take_hold().await;
        let batch = Batch::new().query("BEGIN").query(&format!("SELECT {DEAD_MAN}"));
        let held = self.b.wire.run(batch, HOLD_WITHIN, "hold a backend").await?;
        if held.error.is_some() {
            self.holding = None;
            return Ok(());
        }
        self.clean_both().await
    }

    /// Removes what is left: the statement by name, its copies and the placeholder wherever they are.
    pub(super) async fn finish(&mut self) {
        if matches!(self.out.mode, Mode::Session | Mode::Direct) {
            // Session poolers run DISCARD ALL before the next client, and a direct backend ends with it.
            return;
        }
        let until = Instant::now() + CLEAN_FOR;
        for turn in 0..MAX_CLEANING_TURNS {
            if self.leftovers.is_empty() || Instant::now() >= until {
                break;
            }
            let has_nobody =
                self.b_is_gone || self.is_far || self.out.mode == Mode::Statement || !self.out.second_backend;
            let alone = turn % 2 == 0 || has_nobody;
            let cleaned = if alone { self.clean_a().await } else { self.clean_beside_a_hold().await };
            if cleaned.is_err() {
                break;
            }
        }
        self.out.left_behind = self.leftovers.left_behind(self.names);
    }
}
