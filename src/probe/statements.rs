//! Named prepared statements: from the name that reached the server and what became of it on another backend.

use super::fingerprint::is_supavisor_name;
use super::first_batch::FirstBatch;
use super::names::is_tracked;
use super::pair::{Follow, PairOutcome};
use super::{Named, Part, PreparedStatements, Tracking};
use crate::endpoint::Mode;

fn tracker(server_name: &str) -> Tracking {
    if is_supavisor_name(server_name) {
        Tracking::Supavisor
    } else if server_name.starts_with("PGBOUNCER_") {
        Tracking::PgBouncer
    } else if is_tracked(server_name) {
        Tracking::Unknown
    } else {
        Tracking::None
    }
}

/// The verdict. "Survive" is said only when an execution is proven to have run on another backend, or when the backend
/// cannot change.
pub fn judge(first: &FirstBatch, pair: Option<&PairOutcome>) -> Part<PreparedStatements> {
    let Some(server_name) = first.statement_name.as_deref() else {
        return Part::inconclusive(None, "the statement was not found on the server under any name");
    };
    let tracking = tracker(server_name);
    let Some(pair) = pair else {
        return unproven(tracking, "no second connection was possible, so no other backend could be met");
    };
    let shown = server_name;
    let verdict =
        |named, tracking, evidence: String| Part::measured(PreparedStatements { named, tracking, evidence }, None);
    match pair.mode {
        Mode::Direct => verdict(
            Named::Survive,
            Tracking::NotNeeded,
            "there is no pooler: a connection keeps its backend for life".to_owned(),
        ),
        Mode::Session => verdict(
            Named::Survive,
            Tracking::NotNeeded,
            "session mode: a client keeps its backend until it disconnects".to_owned(),
        ),
        Mode::Unknown => unproven(tracking, "the pool mode could not be proven"),
        Mode::Transaction | Mode::Statement if tracking == Tracking::None => {
            if pair.second_backend || pair.mode == Mode::Statement {
                verdict(
                    Named::Break,
                    Tracking::None,
                    "the statement reached the server under its own name, and the client was then served by a backend \
                     that cannot know it"
                        .to_owned(),
                )
            } else {
                unproven(
                    tracking,
                    "the statement reached the server under its own name (nobody tracks it), but the pool gave no \
                     second backend to show the loss on",
                )
            }
        }
        Mode::Transaction | Mode::Statement => match &pair.follow {
            Follow::Survived => {
                verdict(Named::Survive, tracking, format!("prepared on one backend (as {shown}), executed on another"))
            }
            Follow::Lost => verdict(
                Named::Break,
                tracking,
                format!("the statement reached the server as {shown}, and was unknown (26000) on the next backend"),
            ),
            Follow::Unproven(why) => unproven(tracking, why),
        },
    }
}

fn unproven(tracking: Tracking, reason: &str) -> Part<PreparedStatements> {
    let value = PreparedStatements { named: Named::Unknown, tracking, evidence: reason.to_owned() };
    Part::inconclusive(Some(value), reason)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::names::Names;
    use crate::probe::pair::SessionSet;

    fn pair(mode: Mode, follow: Follow, second_backend: bool) -> PairOutcome {
        PairOutcome {
            mode,
            mode_evidence: String::new(),
            second_backend,
            follow,
            session_set: SessionSet::Unknown,
            trial: None,
            samples: Vec::new(),
            left_behind: Vec::new(),
            broke: None,
        }
    }

    fn named(server_name: &str, pair: Option<&PairOutcome>) -> (crate::probe::Status, Option<Named>, Option<Tracking>) {
        let names = Names::fresh().unwrap();
        let server_name = server_name.replace("OWN", &names.statement);
        let first = FirstBatch { statement_name: Some(server_name), ..FirstBatch::default() };
        let part = judge(&first, pair);
        let value = part.value.as_ref();
        (part.status, value.map(|value| value.named), value.map(|value| value.tracking))
    }

    #[test]
    fn survival_needs_a_proven_change_of_backend() {
        use crate::probe::Status::{Inconclusive, Measured};
        let lucky = pair(Mode::Transaction, Follow::Unproven("both executions met the same backend"), true);
        assert_eq!(named("PGBOUNCER_7", Some(&lucky)), (Inconclusive, Some(Named::Unknown), Some(Tracking::PgBouncer)));
        let proven = pair(Mode::Transaction, Follow::Survived, true);
        assert_eq!(named("PGBOUNCER_7", Some(&proven)), (Measured, Some(Named::Survive), Some(Tracking::PgBouncer)));
        let supavisor = format!("sv_{}", "a".repeat(43));
        assert_eq!(named(&supavisor, Some(&proven)).2, Some(Tracking::Supavisor));
    }

    #[test]
    fn a_pool_of_one_is_inconclusive() {
        use crate::probe::Status::Inconclusive;
        let one = pair(Mode::Transaction, Follow::Unproven("the pool gave no second backend"), false);
        assert_eq!(named("OWN", Some(&one)), (Inconclusive, Some(Named::Unknown), Some(Tracking::None)));
        assert_eq!(named("PGBOUNCER_1", Some(&one)).0, Inconclusive);
    }

    #[test]
    fn an_untracked_statement_breaks_once_a_second_backend_was_met() {
        let two = pair(Mode::Transaction, Follow::Unproven("x"), true);
        assert_eq!(named("OWN", Some(&two)).1, Some(Named::Break));
        assert_eq!(named("OWN", None).1, Some(Named::Unknown), "one connection alone proves nothing");
    }

    #[test]
    fn where_the_backend_cannot_change_nobody_needs_to_track() {
        for mode in [Mode::Session, Mode::Direct] {
            let outcome = pair(mode, Follow::Unproven("x"), true);
            assert_eq!(named("OWN", Some(&outcome)).2, Some(Tracking::NotNeeded));
        }
    }
}
