//! Whether two clients that hold nothing ever meet each other's backend.

use std::time::Instant;

use super::{HOLD_WITHIN, Pair, ROUND_PAUSE, Timed, ask_pid};
use crate::endpoint::Mode;
use crate::wire::{Batch, WireError};

impl Pair<'_, '_> {
    /// B ends its transaction, and A asks once more beside it.
    pub(super) async fn release_beside_a_query(&mut self) -> Result<(), WireError> {
        let before = self.a_pid;
        let started = Instant::now();
        let (b, a) = tokio::join!(
            self.b.wire.run(Batch::new().query("COMMIT"), HOLD_WITHIN, "let go of the backend"),
            ask_pid(self.a.wire)
        );
        b?;
        self.holding = None;
        self.out.samples.push(started.elapsed());
        self.a_pid = a?.or(self.a_pid);
        if before.is_some() && before != self.a_pid {
            self.out.second_backend = true;
            self.prove_transaction("one client was served by two backends in turn");
        }
        Ok(())
    }

    /// Both clients ask at the same moment, outside any transaction: in transaction mode they sooner or later meet the
    /// other's backend, in session mode never. Holding alone is no basis for "session": a held backend keeps the other
    /// client on its own one (98 % wrong on a pool that takes turns, measured).
    pub(super) async fn rounds(&mut self, held: Option<i32>, before: &str, rounds: u32) -> Result<(), WireError> {
        let mut last_b = held;
        for round in 0..rounds {
            if round > 0 {
                tokio::time::sleep(ROUND_PAUSE).await;
            }
            let started = Instant::now();
            let (a, b) = tokio::join!(ask_pid(self.a.wire), ask_pid(self.b.wire));
            self.out.samples.push(started.elapsed());
            let (Some(a), Some(b)) = (a?, b?) else { return Ok(()) };
            let a_moved = self.a_pid.is_some_and(|before| before != a);
            let b_moved = last_b.is_some_and(|before| before != b);
            self.a_pid = Some(a);
            last_b = Some(b);
            self.out.second_backend |= a != b;
            if a == b || a_moved || b_moved {
                self.prove_transaction("two clients that asked at the same moment changed or shared backends");
                return Ok(());
            }
        }
        self.out.mode = Mode::Session;
        self.out.mode_evidence =
            format!("two clients kept a backend each through {before} and {rounds} simultaneous rounds");
        Ok(())
    }

    /// B got nothing in time and A is idle: a session pool without a free slot, or a transaction pool that is busy. B goes:
    /// it must not take a backend later, and hold it unseen.
    pub(super) async fn without_a_second_backend(&mut self, beside: Timed) -> Result<(), WireError> {
        self.b.wire.abandon().await;
        self.b_is_gone = true;
        self.holding = None;
        let before = self.a_pid;
        if beside.0.is_err_and(|error| error.is_timeout()) {
            // One answer is still to come, and nothing may be sent before it.
            self.a.wire.reply(HOLD_WITHIN, "run beside the hold").await?;
        }
        for _ in 0..2 {
            let pid = ask_pid(self.a.wire).await?;
            if pid.is_some() && before.is_some() && pid != before {
                self.prove_transaction("one client was served by two backends in turn");
                return Ok(());
            }
        }
        self.out.mode_evidence = "the second connection got no backend within 2 s, while the first kept its own: most \
                                  likely session mode with no slot free, or a saturated pool"
            .into();
        Ok(())
    }
}
