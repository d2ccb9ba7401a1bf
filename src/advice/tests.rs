//! Advice for the settings that users have, and the promises that hold for every cell.

use std::time::Duration;

use super::*;
use crate::endpoint::{Mode, Pooler};
use crate::knowledge::{EndpointClass, stack};
use crate::probe::{Named, Part, PoolMode, PreparedStatements, Tracking};

fn endpoint(kind: EndpointKind) -> Endpoint {
    let (mode, pooler) = match kind {
        EndpointKind::SharedSession | EndpointKind::SelfHosted => (Mode::Session, Pooler::Supavisor),
        EndpointKind::SharedTransaction => (Mode::Transaction, Pooler::Supavisor),
        EndpointKind::Dedicated => (Mode::Transaction, Pooler::PgBouncer),
        EndpointKind::Direct | EndpointKind::Local => (Mode::Direct, Pooler::None),
        EndpointKind::Other | EndpointKind::Ambiguous => (Mode::Unknown, Pooler::Unknown),
    };
    Endpoint { kind, mode, pooler, project_ref: None, region: None, cluster: None, evidence: Vec::new() }
}

fn nothing_measured() -> ProbeReport {
    ProbeReport {
        reached: true,
        connections_opened: 1,
        connections_at_once: 1,
        wall: Duration::from_millis(1),
        resolve: Part::skipped("test"),
        connect: Part::skipped("test"),
        tls: Part::skipped("test"),
        auth: Part::skipped("test"),
        server: Part::skipped("test"),
        mode: Part::skipped("test"),
        prepared_statements: Part::skipped("test"),
        session_state: Part::skipped("test"),
        headroom: Part::skipped("test"),
        latency: Part::skipped("test"),
        failure: None,
        left_behind: Vec::new(),
        trace: Vec::new(),
    }
}

fn measured(mode: Mode, named: Named, tracking: Tracking) -> ProbeReport {
    let evidence = String::new();
    ProbeReport {
        mode: Part::measured(PoolMode { mode, evidence: evidence.clone() }, None),
        prepared_statements: Part::measured(PreparedStatements { named, tracking, evidence }, None),
        ..nothing_measured()
    }
}

/// The parts of a situation, so that a test changes only what it is about.
#[derive(Default)]
struct Given {
    context: Context,
    neighbours: Neighbours,
    probe: Option<ProbeReport>,
}

impl Given {
    fn advise(&self, id: &str, kind: EndpointKind, workload: Workload) -> Option<Advice> {
        let endpoint = endpoint(kind);
        let situation = Situation {
            endpoint: &endpoint,
            context: &self.context,
            probe: self.probe.as_ref(),
            neighbours: &self.neighbours,
        };
        advise(stack(id).unwrap(), workload, &situation)
    }
}

fn plain(id: &str, kind: EndpointKind, workload: Workload) -> Advice {
    Given::default().advise(id, kind, workload).unwrap()
}

fn value<'a>(advice: &'a Advice, name: &str) -> Option<&'a str> {
    advice.settings.iter().find(|setting| setting.name == name).map(|setting| setting.value.as_str())
}

use EndpointKind::{Ambiguous, Dedicated, Direct, Local, Other, SelfHosted, SharedSession, SharedTransaction};
use Workload::{Migrations, Persistent, Serverless};

/// A `{gap}` in front of a user would be our mistake in a profile.
#[test]
fn no_gap_is_left_open_in_any_cell() {
    for id in knowledge::stack_ids() {
        for kind in [SharedSession, SharedTransaction, Dedicated, Direct, Local, SelfHosted] {
            for workload in Workload::ALL {
                let advice = plain(id, kind, workload);
                let mut texts = vec![advice.summary.clone()];
                for setting in &advice.settings {
                    texts.extend([&setting.name, &setting.value, &setting.place, &setting.why].map(String::clone));
                    assert!(setting.source.len() > 20, "{id}: source {}", setting.source);
                }
                for gap in ["{pool}", "{cap}", "{cap_from}", "{ca}", "{processes}"] {
                    assert!(texts.iter().all(|text| !text.contains(gap)), "{id}: {gap} in {texts:?}");
                }
            }
        }
    }
}

#[test]
fn asyncpg_behind_the_transaction_pooler_needs_its_cache_off() {
    let advice = plain("asyncpg", SharedTransaction, Persistent);
    assert_eq!((advice.fit, value(&advice, "statement_cache_size")), (Fit::Works, Some("0")));
    for said in ["SET LOCAL", "LISTEN", "advisory locks", "session pooler", "Not measured"] {
        assert!(advice.summary.contains(said), "{said}: {}", advice.summary);
    }
}

#[test]
fn a_measured_tracking_drops_the_switch_and_says_so() {
    for (tracking, who) in [(Tracking::PgBouncer, "PgBouncer"), (Tracking::Supavisor, "Supavisor")] {
        let given = Given { probe: Some(measured(Mode::Transaction, Named::Survive, tracking)), ..Given::default() };
        let advice = given.advise("asyncpg", SharedTransaction, Persistent).unwrap();
        assert_ne!(value(&advice, "statement_cache_size"), Some("0"));
        assert!(advice.summary.contains(&format!("Measured: {who} keeps track")), "{}", advice.summary);
    }
    let given = Given { probe: Some(measured(Mode::Transaction, Named::Break, Tracking::None)), ..Given::default() };
    let advice = given.advise("asyncpg", SharedTransaction, Persistent).unwrap();
    assert_eq!(value(&advice, "statement_cache_size"), Some("0"));
    assert!(advice.summary.contains("Measured: nobody"), "{}", advice.summary);
}

/// One driver still needs its switch where the pooler tracks: that is the profile's to say, not the code's.
#[test]
fn psycopg_keeps_its_switch_on_a_supavisor_that_tracks() {
    let given =
        Given { probe: Some(measured(Mode::Transaction, Named::Survive, Tracking::Supavisor)), ..Given::default() };
    let advice = given.advise("psycopg", SharedTransaction, Persistent).unwrap();
    assert_eq!(value(&advice, "prepare_threshold"), Some("None"));
    assert!(advice.summary.contains("EPSSIMPLEQUERY"));
}

/// A pool of one gives no proof: the safe assumption stands, and the advice does not claim a measurement.
#[test]
fn an_inconclusive_measurement_changes_nothing() {
    let statements =
        PreparedStatements { named: Named::Unknown, tracking: Tracking::Supavisor, evidence: String::new() };
    let probe = ProbeReport {
        prepared_statements: Part::inconclusive(Some(statements), "a pool of one"),
        ..nothing_measured()
    };
    let given = Given { probe: Some(probe), ..Given::default() };
    let with_probe = given.advise("asyncpg", SharedTransaction, Persistent);
    assert_eq!(with_probe, Some(plain("asyncpg", SharedTransaction, Persistent)));
}

#[test]
fn a_measured_mode_beats_the_documented_one() {
    let given = Given { probe: Some(measured(Mode::Transaction, Named::Break, Tracking::None)), ..Given::default() };
    let advice = given.advise("asyncpg", SharedSession, Persistent).unwrap();
    assert_eq!(value(&advice, "statement_cache_size"), Some("0"));
    assert!(advice.summary.contains("Measured: transaction mode, although"), "{}", advice.summary);
    let migrations = given.advise("alembic", SharedSession, Migrations).unwrap();
    assert_eq!(migrations.fit, Fit::Avoid);
}

#[test]
fn sqlalchemy_on_the_session_pooler_fits_and_the_arithmetic_is_told() {
    let advice = plain("sqlalchemy-asyncpg", SharedSession, Persistent);
    assert_eq!(advice.fit, Fit::Fits);
    assert_eq!(value(&advice, "statement_cache_size"), None);
    assert_eq!(value(&advice, "pool_size"), Some("5"));
    assert!(advice.summary.contains("up to 15 connections: two processes need more than the 15"), "{}", advice.summary);
    let text = format!("{advice:?}");
    for said in ["5+10 = 15", "four engines of the default 5+10", "distinct search_path", "1800"] {
        assert!(text.contains(said), "{said}");
    }
}

#[test]
fn pools_follow_the_tier_the_pool_size_and_the_workers() {
    let pool = |context: Context, workers| {
        let given = Given { context, neighbours: Neighbours { workers, ..Neighbours::default() }, probe: None };
        value(&given.advise("sqlalchemy-psycopg2", SharedSession, Persistent).unwrap(), "pool_size").unwrap().to_owned()
    };
    let tier = |id: &str| Context { tier: Some(id.to_owned()), ..Context::default() };
    assert_eq!(pool(Context::default(), None), "5");
    assert_eq!(pool(tier("xl"), None), "6");
    assert_eq!(pool(tier("16xl"), None), "20");
    assert_eq!(pool(Context { pool_size: Some(80), ..tier("nano") }, Some(4)), "19");
    assert_eq!(pool(Context::default(), Some(100)), "1");
}

#[test]
fn pools_that_were_found_are_counted() {
    let neighbours =
        Neighbours { pool_size: Some(20), max_overflow: Some(10), workers: Some(2), ..Neighbours::default() };
    let given = Given { neighbours, ..Given::default() };
    let advice = given.advise("sqlalchemy-asyncpg", SharedSession, Persistent).unwrap();
    assert!(
        advice.summary.contains(
            "2 processes x (20 + 10) = up to 60 connections against 15 (the default of small projects): that does not \
             fit; the largest pool that does is 7"
        ),
        "{}",
        advice.summary
    );
    let advice = given.advise("sqlalchemy-asyncpg", SharedTransaction, Persistent).unwrap();
    assert!(
        advice.summary.contains("60 clients against 200 (the pooler's client limit): that fits"),
        "{}",
        advice.summary
    );
}

#[test]
fn migrations_never_go_through_a_transaction_pooler() {
    for id in knowledge::stack_ids() {
        for kind in [SharedTransaction, Dedicated] {
            assert_eq!(plain(id, kind, Migrations).fit, Fit::Avoid, "{id}");
        }
        for kind in [SharedSession, Direct, Local] {
            assert_eq!(plain(id, kind, Migrations).fit, Fit::Fits, "{id}");
        }
    }
    assert!(!plain("asyncpg", SharedTransaction, Migrations).summary.contains("Not measured"));
    let ini = plain("alembic", SharedSession, Migrations);
    assert_eq!(value(&ini, "%"), Some("%%"));
}

#[test]
fn serverless_belongs_on_the_transaction_pooler() {
    for id in ["asyncpg", "prisma-6", "prisma-7", "node-postgres", "typeorm", "psycopg2"] {
        assert_eq!(plain(id, SharedTransaction, Serverless).fit, Fit::Fits, "{id}");
        assert_eq!(plain(id, SharedSession, Serverless).fit, Fit::Avoid, "{id}");
        assert_eq!(plain(id, Direct, Serverless).fit, Fit::Avoid, "{id}");
    }
}

fn of_version(id: &str, package: &str, version: &str, kind: EndpointKind) -> Advice {
    let mut versions = Versions::default();
    versions.set(package, knowledge::Version::parse(version).unwrap());
    let context = Context { versions: [(id.to_owned(), versions)].into(), ..Context::default() };
    Given { context, ..Given::default() }.advise(id, kind, Persistent).unwrap()
}

/// A version decides which settings are told; without one all of them are, each with the versions it is for.
#[test]
fn a_version_that_was_said_decides() {
    let names =
        |advice: &Advice| advice.settings.iter().map(|setting| setting.value.as_str()).collect::<Vec<_>>().join("; ");
    let old = of_version("sqlalchemy-asyncpg", "asyncpg", "0.30", SharedTransaction);
    assert!(names(&old).contains("uuid4") && !names(&old).contains("leave it out"), "{old:?}");
    assert!(old.summary.contains("asyncpg before 0.31: All three"), "{}", old.summary);
    assert!(!old.summary.contains("0.31 and later"), "{}", old.summary);
    let new = of_version("sqlalchemy-asyncpg", "asyncpg", "0.32", SharedTransaction);
    assert!(!names(&new).contains("uuid4") && names(&new).contains("leave it out"), "{new:?}");
    let any = plain("sqlalchemy-asyncpg", SharedTransaction, Persistent);
    assert!(names(&any).contains("uuid4") && names(&any).contains("leave it out"), "{any:?}");
    assert!(any.summary.contains("asyncpg before 0.31: ") && any.summary.contains("asyncpg 0.31 and later: "));
    assert!(any.settings.iter().any(|setting| setting.why.contains("(For asyncpg before 0.31.)")), "{any:?}");
    assert!(!old.settings.iter().any(|setting| setting.why.contains("(For ")), "{old:?}");
}

/// Where versions do not matter, nothing is said of them.
#[test]
fn versions_are_told_where_they_matter() {
    assert!(!plain("asyncpg", SharedSession, Persistent).summary.contains("By version"));
    assert!(!plain("asyncpg", SharedTransaction, Migrations).summary.contains("By version"));
    let old = of_version("asyncpg", "asyncpg", "0.30", SharedTransaction);
    assert!(old.settings.iter().any(|setting| setting.name.contains("copy_records_to_table")), "{old:?}");
}

/// What guides get wrong.
#[test]
fn common_errors_are_corrected() {
    assert!(plain("prisma-6", SharedSession, Persistent).summary.contains("does not require transaction mode"));
    assert_eq!(value(&plain("prisma-6", SharedTransaction, Persistent), "pgbouncer"), Some("true"));
    assert_eq!(value(&plain("prisma-6", SharedSession, Persistent), "pgbouncer"), Some("leave it out"));
    let flask = plain("psycopg2", SharedSession, Persistent);
    assert!(flask.fit == Fit::Works && flask.summary.contains("pools nothing for you"), "{}", flask.summary);
    let node = format!("{:?}", plain("node-postgres", SharedSession, Persistent));
    assert!(node.contains("sslmode in the URL discards the ssl object") && node.contains("connectionTimeoutMillis"));
    let sqlalchemy = format!("{:?}", plain("sqlalchemy-asyncpg", SharedTransaction, Persistent));
    assert!(sqlalchemy.contains("NullPool is not needed") && sqlalchemy.contains("never sslmode in the URL"));
}

/// Supabase's CA vouches for no machine of the user's own.
#[test]
fn its_own_ca_is_advised_only_for_supabase() {
    let hosted = plain("node-postgres", SharedSession, Persistent);
    assert_eq!(value(&hosted, "ssl"), Some("{ ca: readFileSync(\"prod-ca-2021.crt\", \"utf8\") }"));
    let own = plain("node-postgres", SelfHosted, Persistent);
    assert_eq!(value(&own, "ssl"), None);
    assert!(own.summary.contains("20 by the default of this stack"), "{}", own.summary);
    let context = Context { ssl_root_cert: Some("/etc/ca.pem".to_owned()), ..Context::default() };
    let given = Given { context, ..Given::default() };
    let advice = given.advise("psql", Direct, Migrations).unwrap();
    assert_eq!(value(&advice, "sslmode, sslrootcert"), Some("verify-full, /etc/ca.pem"));
}

#[test]
fn nothing_is_advised_where_nothing_is_known() {
    assert_eq!(Given::default().advise("asyncpg", Other, Persistent), None);
    assert_eq!(Given::default().advise("asyncpg", Ambiguous, Persistent), None);
    let given = Given { probe: Some(measured(Mode::Session, Named::Survive, Tracking::NotNeeded)), ..Given::default() };
    assert!(given.advise("asyncpg", Ambiguous, Persistent).is_some());
}

#[test]
fn one_advice_a_stack_and_workload() {
    let endpoint = endpoint(SharedSession);
    let neighbours = Neighbours::default();
    let mut context = Context::default();
    let stacks = ["asyncpg".to_owned(), "pg".to_owned(), "unheard-of".to_owned()];
    let all = |context: &Context| {
        let situation = Situation { endpoint: &endpoint, context, probe: None, neighbours: &neighbours };
        advise_all(&stacks, &situation).into_iter().map(|advice| (advice.stack, advice.workload)).collect::<Vec<_>>()
    };
    assert_eq!(all(&context).len(), 6);
    context.workload = Some(Serverless);
    assert_eq!(all(&context), [("asyncpg".to_owned(), Serverless), ("node-postgres".to_owned(), Serverless)]);
}

#[test]
fn a_gap_is_filled_once_and_only_where_there_is_one() {
    let endpoint = endpoint(SharedSession);
    let context = Context { ssl_root_cert: Some("{pool}".to_owned()), ..Context::default() };
    let neighbours = Neighbours::default();
    let situation = Situation { endpoint: &endpoint, context: &context, probe: None, neighbours: &neighbours };
    let gaps = fill::Gaps::new(&limit(EndpointClass::Session, &situation), &situation);
    assert_eq!(gaps.fill("{ca} { pool } {{pool} {"), "{pool} { pool } {5 {");
}

#[test]
fn a_slot_limit_leaves_room_for_the_reserved_and_the_services() {
    let endpoint = endpoint(Direct);
    let context = Context { tier: Some("small".to_owned()), ..Context::default() };
    let neighbours = Neighbours::default();
    let situation = Situation { endpoint: &endpoint, context: &context, probe: None, neighbours: &neighbours };
    let limit = limit(EndpointClass::Direct, &situation);
    assert_eq!(limit.connections, 90 - 3 - 30);
    assert_eq!(limit.from, "90, max_connections of Small, less 3 reserved and 30 for Supabase's services");
}
