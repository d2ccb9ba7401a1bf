use super::testing::{at, idle, look, own, sample, session, setup};
use super::*;

fn kinds(model: &Model) -> Vec<EventKind> {
    model.events_since(0).map(|event| event.kind).collect()
}

fn failure(second: i64, message: &str, full: Option<Full>) -> Observation {
    let mut trouble = Trouble::new(1_700_000_000_000 + second * 1000, message.to_owned(), full, true);
    trouble.next_try_ms = Some(1000);
    Observation::Failure(trouble)
}

fn many(count: i32) -> Vec<Session> {
    (0..count).map(|pid| idle(pid + 10, "app", at(-60), at(-1))).chain([own(0)]).collect()
}

#[test]
fn a_restart_a_failover_and_a_promotion_are_told_apart() {
    let changed = |change: fn(&mut Sample)| {
        let mut model = Model::new(setup(), 0);
        model.take(look(0, many(3)));
        let mut after = sample(5, many(3));
        change(&mut after);
        model.take(Observation::Sample(Box::new(after)));
        kinds(&model)
    };
    assert_eq!(changed(|it| it.seen.server.started_s = Some(at(2))), [EventKind::Started, EventKind::Restart]);
    assert_eq!(changed(|it| it.seen.server.timeline = Some(2)), [EventKind::Started, EventKind::Failover]);
    assert_eq!(changed(|it| it.seen.server.in_recovery = true), [EventKind::Started, EventKind::Failover]);
    assert_eq!(changed(|it| it.seen.server.system_id = Some("9".into())), [EventKind::Started, EventKind::Failover]);
    assert_eq!(changed(|it| it.seen.server.read_only = true), [EventKind::Started, EventKind::Changed]);
    assert_eq!(changed(|it| it.seen.limits.max_connections = 90), [EventKind::Started, EventKind::Changed]);
    assert_eq!(changed(|_| ()), [EventKind::Started]);
}

#[test]
fn a_lost_connection_is_told_once_and_so_is_its_return() {
    let mut model = Model::new(setup(), 0);
    model.take(look(0, many(3)));
    let lost = "10.0.0.1:5432: FATAL: terminating connection due to administrator command (57P01)";
    for second in 1..5 {
        let picture = model.take(failure(second, lost, None));
        assert!(picture.slots.is_some(), "the last picture stays");
        assert_eq!(picture.verdict.level, Level::Critical);
    }
    model.take(look(9, many(3)));
    assert_eq!(kinds(&model), [EventKind::Started, EventKind::Lost, EventKind::Recovered]);
}

#[test]
fn no_free_slot_is_known_by_its_cause() {
    let picture = Model::new(setup(), 0).take(failure(
        0,
        "failed to log in: 10.0.0.1:5432 refuses: remaining connection slots are reserved for roles with the SUPERUSER attribute",
        Some(Full::Slots),
    ));
    assert!(picture.verdict.headline.starts_with("no slot is free"), "{:?}", picture.verdict);
    assert!(picture.verdict.first.is_some());
    let picture = Model::new(setup(), 0).take(failure(
        0,
        "failed to log in: 10.0.0.1:5432 refuses: (EMAXCONNSESSION) max clients reached in session mode - max clients are limited to pool_size: 15",
        Some(Full::Pool),
    ));
    assert!(
        picture.verdict.headline.starts_with("the pool is full: The session pooler is full"),
        "{:?}",
        picture.verdict
    );
}

#[test]
fn lines_are_crossed_once_and_not_at_every_flutter() {
    let mut model = Model::new(setup(), 0);
    for (second, count) in [10, 39, 40, 39, 40, 39, 52, 51, 30].into_iter().enumerate() {
        model.take(look(i64::try_from(second).unwrap(), many(count)));
    }
    let crossed: Vec<String> = model
        .events_since(0)
        .filter(|event| event.kind == EventKind::Threshold)
        .map(|event| event.text.split(':').next().unwrap_or_default().to_owned())
        .collect();
    assert_eq!(crossed, ["above 70 %", "above 90 %", "below 70 %"]);
}

#[test]
fn alerts_are_raised_and_end_and_stay_in_the_exit_status() {
    let mut setup = setup();
    setup.alerts = alert::parse("used=70,idle_in_transaction=60s,free=2").unwrap();
    let mut model = Model::new(setup, 0);
    model.take(look(0, many(10)));
    assert!(!model.was_alerted());
    let picture = model.take(look(1, many(45)));
    assert_eq!(picture.alerts, ["used is 78 % (limit 70)"]);
    // Out of sight is not over, and no slot at all is as used as can be.
    let picture = model.take(failure(2, "refuses: sorry, too many clients already", Some(Full::Slots)));
    assert_eq!(picture.alerts, ["used is 100 % (limit 70)", "free is 0 (limit 2)"]);
    model.take(look(3, many(10)));
    assert!(model.was_alerted());
    let ends = kinds(&model).iter().filter(|kind| **kind == EventKind::AlertOver).count();
    assert_eq!(ends, 2);
}

#[test]
fn a_role_that_may_not_see_others_is_told_so() {
    let mut blind = sample(0, vec![own(0)]);
    blind.seen.observer.sees_all = false;
    blind.seen.sessions.push(Session {
        state: None,
        changed_s: None,
        transaction_s: None,
        ..session(5, "x", "y", "idle", 0.0)
    });
    blind.seen.in_use = 2;
    let picture = Model::new(setup(), 0).take(Observation::Sample(Box::new(blind)));
    assert!(picture.notes[0].contains("may not see other roles' sessions"));
    assert_eq!(picture.states, [("not visible".to_owned(), 1)]);
}

#[test]
fn what_changed_since_the_start_is_counted_by_holder() {
    let mut model = Model::new(setup(), 0);
    model.take(look(0, many(3)));
    let picture = model.take(look(1, many(8)));
    assert_eq!((picture.changes[0].before, picture.changes[0].now), (3, 8));
    assert_eq!(picture.changes.len(), 1);
}

#[test]
fn behind_a_pooler_its_server_connections_are_set_against_its_size() {
    let mut setup = setup().with_pool(Some(15), None);
    setup.mode = "transaction".to_owned();
    let mut sessions = many(12);
    for session in &mut sessions {
        session.pooled = true;
    }
    for session in sessions.iter_mut().take(3) {
        session.state = Some("active".to_owned());
    }
    let picture = Model::new(setup, 0).take(look(0, sessions));
    let pool = picture.pools.iter().find(|pool| pool.role == "app_user").unwrap();
    assert_eq!((pool.backends, pool.busy, pool.used_percent(), pool.full), (12, 3, Some(80), false));
}

#[test]
fn a_statement_names_what_it_would_hit() {
    let stuck = session(77, "app_user", "checkout", "idle in transaction", at(-90));
    let termination = termination(&stuck, at(0)).unwrap();
    assert_eq!(termination.statement, "SELECT pg_terminate_backend(77);");
    assert!(termination.hits.contains("its transaction, open for 1 min 30 s, is rolled back"), "{}", termination.hits);
    let pooled = Session { application: "Supavisor".to_owned(), ..stuck.clone() };
    assert!(super::termination(&pooled, at(0)).unwrap().hits.contains("cannot be told from here"));
    assert!(super::termination(&Session { pid: 0, ..stuck }, at(0)).is_none());
}
