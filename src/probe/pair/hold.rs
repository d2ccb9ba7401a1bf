//! B holds a backend, A runs beside it: the two batches, and what their answers show.

use super::{
    Beside, Follow, HEAD_START, HOLD_WITHIN, Held, Hold, ONE_BACKEND, Pair, QUERY_WITHIN, SessionSet, Timed, timed,
};
use crate::endpoint::Mode;
use crate::probe::first_batch::DEAD_MAN;
use crate::wire::{Batch, Reply, WireError};

impl Pair<'_, '_> {
    /// B takes a backend and keeps it; A, a moment later and in the same round trip, runs. When A's batch overtook B's
    /// nothing is learnt from it, and it is repeated while B is known to hold.
    pub(super) async fn hold_and_run_beside(&mut self) -> (Timed, Timed) {
        self.take_hold().await;
        let (hold, beside) = (self.hold_batch(), self.beside_batch());
        let (a, b) = (&mut *self.a.wire, &mut *self.b.wire);
        tokio::join!(timed(b.run(hold, HOLD_WITHIN, "hold a backend")), async {
            tokio::time::sleep(HEAD_START).await;
            timed(a.run(beside, QUERY_WITHIN, "run beside the hold")).await
        })
    }

    /// The right to hold a backend; one that was held before has ended with an error, or has been let go.
    pub(super) async fn take_hold(&mut self) {
        self.holding = None;
        self.holding = Some(self.budget.hold().await);
    }

    /// What A's run beside the hold showed, and what follows from it; B's hold ends here.
    pub(super) async fn after_the_hold(&mut self, beside: Timed, held: Option<i32>) -> Result<(), WireError> {
        if self.judge_beside(beside, held)? == Beside::NoAnswer {
            return self.a_waits_for_b().await;
        }
        if self.out.mode == Mode::Transaction && !self.learnt() {
            let batch = self.beside_batch();
            let within = self.holding.as_ref().map_or(QUERY_WITHIN, Held::left).min(QUERY_WITHIN);
            let again = timed(self.a.wire.run(batch, within, "run beside the hold")).await;
            if self.judge_beside(again, held)? == Beside::NoAnswer {
                return self.a_waits_for_b().await;
            }
        }
        if self.out.mode == Mode::Transaction && self.learnt() {
            return self.clean_both().await;
        }
        self.release_beside_a_query().await
    }

    pub(super) fn hold_batch(&self) -> Batch {
        Batch::new().query("BEGIN").query(&format!(
            "SELECT pg_catalog.pg_backend_pid(), pg_catalog.current_setting('{}',true), {DEAD_MAN}",
            self.names.session_parameter
        ))
    }

    pub(super) fn judge_hold(&mut self, (hold, took): Timed) -> Result<Hold, WireError> {
        let reply = match hold {
            Ok(reply) => reply,
            Err(error) if error.is_timeout() => return Ok(Hold::NoAnswer),
            Err(error) => return Err(error),
        };
        if let Some(error) = &reply.error {
            if error.message().contains("statement pooling mode") {
                self.out.mode = Mode::Statement;
                self.out.mode_evidence = format!("BEGIN is refused: {}", error.message());
                return Ok(Hold::Statement);
            }
            return Ok(Hold::Refused(format!(
                "the second connection could not start a transaction: {}",
                error.message()
            )));
        }
        self.out.samples.push(took);
        let pid = reply.value(1, 0).and_then(|pid| pid.parse().ok());
        let value = reply.value(1, 1).unwrap_or_default();
        if pid.is_some() && pid == self.a_pid {
            self.prove_transaction("two clients, both connected, were served by the same backend");
        }
        if value == "1" {
            // Seen by a client that did not set it.
            self.prove_transaction("a client saw a parameter that only the other one had set");
            self.out.session_set = SessionSet::Leaks;
        } else if pid.is_some() && pid == self.leftovers.placeholder {
            self.out.session_set = SessionSet::Reset;
            self.leftovers.placeholder = None;
        }
        Ok(Hold::Held(pid))
    }

    /// What A runs while B holds: the statement by name, where somebody tracks it, and the backend.
    pub(super) fn beside_batch(&self) -> Batch {
        let batch = if self.tracked { Batch::new().run_prepared(&self.names.statement) } else { Batch::new() };
        batch.query(&format!(
            "SELECT pg_catalog.pg_backend_pid(), pg_catalog.current_setting('{}',true)",
            self.names.session_parameter
        ))
    }

    pub(super) fn judge_beside(&mut self, (beside, took): Timed, held: Option<i32>) -> Result<Beside, WireError> {
        match beside {
            Ok(reply) => {
                self.out.samples.push(took);
                self.judge_step_two(&reply, held);
                Ok(Beside::Answered)
            }
            Err(error) if error.is_timeout() => Ok(Beside::NoAnswer),
            Err(error) => Err(error),
        }
    }

    pub(super) fn judge_step_two(&mut self, reply: &Reply, held: Option<i32>) {
        if let Some(error) = &reply.error {
            if self.tracked && error.sqlstate() == "26000" {
                self.prove_transaction(
                    "a prepared statement was not known on the backend that the same client got next",
                );
                self.out.follow = Follow::Lost;
                self.out.second_backend = true;
            }
            return;
        }
        let statements = usize::from(self.tracked);
        let Some(pid) = reply.value(statements, 0).and_then(|pid| pid.parse::<i32>().ok()) else { return };
        let before = self.a_pid.replace(pid);
        if self.tracked {
            self.leftovers.statement.insert(pid);
        }
        if held.is_some_and(|held| held != pid) {
            self.out.second_backend = true;
        }
        if before.is_some_and(|before| before != pid) {
            self.prove_transaction("one client was served by two backends in turn");
            if self.tracked && reply.value(0, 0) == Some(pid.to_string().as_str()) {
                self.out.follow = Follow::Survived;
            }
            let value = reply.value(statements, 1).unwrap_or_default();
            if self.out.session_set == SessionSet::Unknown
                && value.is_empty()
                && self.leftovers.placeholder != Some(pid)
            {
                self.out.session_set = SessionSet::Lost;
            }
        } else if self.tracked && matches!(self.out.follow, Follow::Unproven(_)) {
            self.out.follow = Follow::Unproven("both executions met the same backend");
        }
    }

    /// A got no answer while B held: B lets go at once, and if A is answered then, they share one backend.
    pub(super) async fn a_waits_for_b(&mut self) -> Result<(), WireError> {
        self.release().await?;
        let reply = self.a.wire.reply(HOLD_WITHIN, "run after the hold").await?;
        let statements = usize::from(self.tracked);
        self.a_pid = reply.value(statements, 0).and_then(|pid| pid.parse().ok()).or(self.a_pid);
        self.prove_transaction(
            "a client waited while the other one held a transaction open, and was answered as soon as it ended",
        );
        self.out.follow = Follow::Unproven(ONE_BACKEND);
        Ok(())
    }
}
