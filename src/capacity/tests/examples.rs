//! Worked examples: of Supabase's documents, of the guides that go around, and of the applications in `examples/`.

use super::*;

/// The sizing guide's case: 1000 users on one backend of 20 + 10 "need Medium with a pool of 80".
#[test]
fn a_thousand_users_on_one_backend() {
    let web = "web=pool:20,overflow:10,endpoint:session";
    let guide = plan(&Given { pool_size: Some(80), ..on("medium") }, &[web]);
    assert_eq!((guide.totals.verdict, guide.totals.backends), (Verdict::Fits, 30));
    // With the pool size that Medium really has by default it does not.
    let default = plan(&on("medium"), &[web]);
    assert_eq!(
        (default.totals.verdict, default.services[0].demand, default.services[0].limit),
        (Verdict::Exceeds, 30, 15)
    );
    assert_eq!(default.services[0].largest_pool, 15);
    assert_eq!(default.remedies.pool_size, Some((30, Verdict::Fits)));
    // And it needs no Medium: Small has room for 30 once the pool size is set.
    let cheapest = default.remedies.cheapest_tier.unwrap();
    assert_eq!((cheapest.tier.id.as_str(), cheapest.pool_size, cheapest.is_default), ("small", 30, false));
}

/// `(EMAXCONNSESSION) max clients reached in session mode - max clients are limited to pool_size: 15`
#[test]
fn twenty_five_connections_against_a_session_cap_of_fifteen() {
    let plan = plan(&on("micro"), &["app=pool:25,endpoint:session"]);
    assert_eq!(rules(&plan), ["pool-exceeds-session-cap"]);
    let app = &plan.services[0];
    assert_eq!((app.demand, app.limit, app.fits, app.largest_pool, app.suggested_pool), (25, 15, false, 15, Some(15)));
    // The pooler refuses the rest: the database never sees more than the pool.
    assert_eq!(plan.totals.backends, 15);
}

/// Two workers with SQLAlchemy's defaults exhaust a small project.
#[test]
fn two_workers_with_the_defaults_of_sqlalchemy() {
    let given = plan(&on("small"), &["api=workers:2,pool:5,overflow:10,endpoint:session"]);
    assert_eq!((given.services[0].demand, given.services[0].largest_pool), (30, 7));
    let by_stack = plan(&on("small"), &["api=workers:2,stack:sqlalchemy-asyncpg,endpoint:session"]);
    assert_eq!(by_stack.services[0].demand, 30);
}

/// Four schemas, an engine each: one pool of 15 shared when the pooler does not see the `search_path`, four of 15 when it
/// does, and the database then is what is too small.
#[test]
fn four_engines() {
    let shared = plan(&on("micro"), &["m=engines:4,pool:5,overflow:10,endpoint:session"]);
    assert_eq!((shared.services[0].demand, shared.services[0].limit, shared.totals.backends), (60, 15, 15));
    assert_eq!(rules(&shared), ["pool-exceeds-session-cap"]);
    for spec in ["m=engines:4,search_path:distinct", "m=search_path:main+garmin+blood+ufc"] {
        let apart = plan(&on("micro"), &[&format!("{spec},pool:5,overflow:10,endpoint:session")]);
        assert_eq!(apart.services[0].demand, 60, "{spec}");
        // 4 x 15, and a connection for each further pool to look up passwords.
        assert_eq!((apart.totals.pooled, apart.totals.backends), (60, 63), "{spec}");
        assert_eq!(rules(&apart), ["pool-exceeds-max-connections", "pool-exceeds-budget"], "{spec}");
    }
    let large = plan(&on("large"), &["m=engines:4,search_path:distinct,pool:5,overflow:10,endpoint:session"]);
    assert_eq!(large.totals.verdict, Verdict::Fits);
}

/// Session and transaction mode have a pool of the pool size each, and so has every role and database.
#[test]
fn modes_roles_and_databases_have_pools_of_their_own() {
    let web = "web=pool:10,endpoint:session";
    let together = plan(&on("large"), &[web, "jobs=pool:15,endpoint:session"]);
    assert_eq!((together.pools.len(), together.totals.verdict), (1, Verdict::Exceeds));
    // What is left beside the other.
    assert_eq!((together.services[0].limit, together.services[1].limit), (5, 10));
    for other in [
        "jobs=pool:15,endpoint:transaction",
        "jobs=pool:15,endpoint:session,user:jobs",
        "jobs=pool:15,endpoint:session,db:other",
        "jobs=pool:15,endpoint:session,search_path:jobs",
        "jobs=pool:15,endpoint:dedicated",
    ] {
        let apart = plan(&on("large"), &[web, other]);
        assert_eq!((apart.pools.len(), apart.totals.pooled, apart.totals.verdict), (2, 25, Verdict::Fits), "{other}");
    }
}

/// Supabase's words: one pool size, applied by both poolers independently.
#[test]
fn the_dedicated_pooler_has_the_same_size_again() {
    let plan = plan(&on("micro"), &["a=pool:100,endpoint:transaction", "b=pool:100,endpoint:dedicated"]);
    // 15 + 1 at Supavisor (measured), 15 at PgBouncer.
    assert_eq!(plan.pools.iter().map(|pool| pool.backends).collect::<Vec<_>>(), [16, 15]);
    assert_eq!(plan.totals.pooled, 31);
    assert_eq!(plan.totals.verdict, Verdict::Tight);
}

/// Little's law: 800 transactions a second of 12.5 ms keep 10 connections busy.
#[test]
fn littles_law() {
    let fleet =
        |traffic: &str| plan(&on("medium"), &[&format!("fn=instances:200,pool:1,endpoint:transaction{traffic}")]);
    let known = fleet(",qps:800,query_ms:12.5");
    assert_eq!((known.services[0].demand, known.services[0].busy, known.totals.backends), (200, Some(10), 10));
    assert_eq!((known.totals.backends_at_peak, known.totals.verdict), (16, Verdict::Fits));
    // Unknown traffic may fill the pool.
    assert_eq!(fleet("").totals.backends, 16);
    // Twice the time is twice the connections: more than 15.
    let slow = fleet(",qps:800,query_ms:25");
    assert_eq!((rules(&slow), slow.services[0].fits), (vec!["traffic-exceeds-pool"], false));
    assert_eq!(slow.remedies.pool_size, Some((20, Verdict::Fits)));
    // A fraction counts as a whole connection.
    assert_eq!(fleet(",qps:0.001,query_ms:0.001").services[0].busy, Some(1));
    // What waits in the application is no limit of the pooler, and still worth a word.
    let starved = plan(&on("medium"), &["web=pool:2,endpoint:session,qps:1000,query_ms:5"]);
    assert_eq!((rules(&starved), starved.totals.verdict), (vec!["pool-below-traffic"], Verdict::Fits));
}

/// 200 clients on Micro, 600 on Medium.
#[test]
fn the_transaction_pooler_lets_in_so_many_clients() {
    let fleet = |tier: &str| plan(&on(tier), &["fn=instances:300,pool:1,endpoint:transaction"]);
    assert_eq!(rules(&fleet("micro")), ["clients-exceed-pooler-limit"]);
    assert_eq!(fleet("micro").remedies.cheapest_tier.unwrap().tier.id, "small");
    assert_eq!(fleet("medium").totals.verdict, Verdict::Fits);
    // Not even one connection each: no pool is small enough.
    assert_eq!((fleet("micro").services[0].largest_pool, fleet("micro").services[0].suggested_pool), (0, None));
    // Each role counts apart at the pooler; the documentation speaks of one limit.
    let two = ["a=instances:150,pool:1,endpoint:transaction", "b=instances:150,pool:1,endpoint:transaction,user:b"];
    let two = plan(&on("micro"), &two);
    assert_eq!(two.totals.verdict, Verdict::Tight);
    assert!(two.findings.iter().all(|finding| !finding.is_error));
}

/// The rule of thumb: 40 % for the poolers with a busy Data API, 80 % without (24 and 48 of 60, 48 and 96 of 120).
#[test]
fn the_data_api_leaves_the_poolers_less() {
    let web = ["web=pool:60,endpoint:session"];
    let given = Given { pool_size: Some(60), ..on("medium") };
    assert_eq!(plan(&given, &web).totals.verdict, Verdict::Fits);
    let busy = plan(&Given { data_api: true, ..given }, &web);
    assert_eq!((rules(&busy), busy.totals.verdict), (vec!["pool-exceeds-budget"], Verdict::Tight));
    assert_eq!(busy.services[0].suggested_pool, Some(48));
}

/// 60 slots less 3 reserved and 10 to 30 of Supabase's services leave 27 for certain and 47 at best.
#[test]
fn direct_connections_share_the_database_with_supabases_services() {
    let fleet = |pool: u32| plan(&on("nano"), &[&format!("app=pool:{pool},endpoint:direct")]);
    assert_eq!(fleet(27).totals.verdict, Verdict::Fits);
    assert_eq!(fleet(28).totals.verdict, Verdict::Tight);
    assert_eq!(fleet(47).totals.verdict, Verdict::Tight);
    assert_eq!(fleet(48).totals.verdict, Verdict::Exceeds);
    assert_eq!(fleet(48).services[0].limit, 47);
    // "1000 direct connections"
    assert_eq!((fleet(1000).totals.used_percent, fleet(1000).remedies.cheapest_tier), (Some(1666), None));
}

/// Supavisor keeps at most 50 pools for a project.
#[test]
fn too_many_pools() {
    let fleet = |engines: u32| {
        plan(&on("16xl"), &[&format!("m=engines:{engines},pool:1,search_path:distinct,endpoint:session")])
    };
    assert_eq!(fleet(50).totals.verdict, Verdict::Fits);
    assert_eq!(rules(&fleet(51)), ["too-many-pools"]);
}

/// The contract's own example.
#[test]
fn a_fleet_of_three_replicas_and_two_hundred_functions() {
    let services = [
        "web=replicas:3,workers:2,pool:5,overflow:10,endpoint:session",
        "fn=instances:200,pool:1,endpoint:transaction",
    ];
    let plan = plan(&on("medium"), &services);
    let shown: Vec<_> =
        plan.services.iter().map(|s| (s.demand, s.limit, s.fits, s.largest_pool, s.suggested_pool)).collect();
    assert_eq!(shown, [(90, 15, false, 2, Some(2)), (200, 600, true, 3, None)]);
    assert_eq!(plan.totals.backends, 15 + 16 + 1);
}
