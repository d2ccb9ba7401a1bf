//! What is typed and what is read from a file: every slip gets a clear answer, and nothing that may be a secret is
//! repeated.

use super::*;

fn refused(text: &str) -> String {
    parse_service(text).unwrap_err().to_string()
}

#[test]
fn a_service_is_read_with_all_its_keys() {
    let service = service(
        "web = Replicas:3, workers:2,pool:5,overflow:10,endpoint:Session,user:app,database:shop,qps:1.5,query-ms:20",
    );
    assert_eq!((service.name.as_str(), service.endpoint), ("web", PlanEndpoint::Session));
    assert_eq!(service.demand.total(), 90);
    assert_eq!((service.user.as_str(), service.database.as_str()), ("app", "shop"));
    assert_eq!(service.traffic, Some(Traffic { qps_milli: 1500, query_us: 20_000 }));
}

#[test]
fn slips_are_named_with_a_way_out() {
    for (text, wanted) in [
        ("web", "NAME=key:value"),
        ("=pool:5", "NAME=key:value"),
        ("web=pool", "'pool' is no key:value"),
        ("web=pol:5,endpoint:session", "no key is called 'pol'; did you mean 'pool'?"),
        ("web=replica:5,pool:1,endpoint:session", "did you mean 'replicas'?"),
        ("web=teapot:5", "known are instances"),
        ("web=pool:5", "endpoint is missing: session (shared pooler, 5432)"),
        ("web=endpoint:session", "pool is missing"),
        ("web=pool:5,endpoint:sesion", "endpoint takes session"),
        ("web=pool:-5,endpoint:session", "pool takes a whole number from 1 to 1000000, not '-5'"),
        ("web=pool:0,endpoint:session", "no limit cannot be planned"),
        ("web=pool:5,overflow:-1,endpoint:session", "no limit cannot be planned"),
        ("web=pool:1000001,endpoint:session", "not '1000001'"),
        ("web=pool:99999999999999999999,endpoint:session", "pool takes a whole number"),
        ("web=pool:1e3,endpoint:session", "not '1e3'"),
        ("web=pool:,endpoint:session", "nothing stands there"),
        ("web=pool:5,pool:6,endpoint:session", "pool is given twice"),
        ("web=instances:5,replicas:6,pool:1,endpoint:session", "replicas is another word for it"),
        ("web=instances:1000000,workers:1000000,pool:1,endpoint:session", "more connections than can be counted"),
        ("web=pool:5,endpoint:session,qps:5", "query_ms is missing"),
        ("web=pool:5,endpoint:session,query_ms:5", "qps is missing"),
        ("web=pool:5,endpoint:session,qps:nan,query_ms:5", "qps takes a number above 0"),
        ("web=pool:5,endpoint:session,qps:-1,query_ms:5", "qps takes a number above 0"),
        ("web=pool:5,endpoint:session,qps:1.2345,query_ms:5", "three decimals"),
        ("web=pool:5,endpoint:session,qps:0,query_ms:5", "above 0"),
        ("web=pool:5,endpoint:session,user:", "user takes a name"),
        ("web=pool:5,endpoint:session,search_path:a++b", "search_path takes one value"),
        ("web=pool:5,endpoint:session,search_path:a+a", "search_path takes one value"),
        ("web=pool:5,endpoint:session,search_path:a+b,engines:3", "the number of search paths, 2"),
        ("web=stack:sqlalchmy-asyncpg,endpoint:session", "did you mean sqlalchemy-asyncpg"),
        ("web=stack:psql,endpoint:session", "no pool of a fixed size by default"),
    ] {
        let message = refused(text);
        assert!(message.contains(wanted), "{text}: {message}");
    }
}

#[test]
fn a_setting_in_the_wrong_place_is_not_repeated() {
    const SECRET: &str = "Tr0ub4dor/3";
    for text in [
        format!("postgresql://u:{SECRET}@h/d"),
        format!("web=postgresql://u:{SECRET}@h/d"),
        format!("web={SECRET}"),
        format!("web=endpoint:postgresql://u:{SECRET}@h/d"),
        format!("web=pool:{SECRET}"),
        format!("web={SECRET}:5"),
        format!("web=stack:postgresql://u:{SECRET}@h/d,endpoint:session"),
        format!("{SECRET}=pool:5"),
    ] {
        let message = refused(&text);
        assert!(!message.contains("ub4d"), "{text}: {message}");
    }
}

#[test]
fn without_a_number_it_says_which_one_is_missing() {
    let resolve = |given: &Given, text: &str| Limits::resolve(given, &[service(text)]).unwrap_err().to_string();
    let session = "web=pool:5,endpoint:session";
    let nothing = resolve(&Given::default(), session);
    assert!(nothing.contains("--tier") && nothing.contains("--from") && nothing.contains("nano"), "{nothing}");
    let given = Given { max_connections: Some(60), ..Given::default() };
    let message = resolve(&given, session);
    assert!(message.starts_with("--pool-size is missing for the service web (session)"), "{message}");
    let message = resolve(&Given { pool_size: Some(15), ..given }, "fn=pool:1,endpoint:transaction");
    assert!(message.starts_with("--pooler-clients is missing"), "{message}");
    let message = resolve(&on("48xl"), session);
    assert!(message.starts_with("--max-connections is missing") && message.contains("not documented"), "{message}");
}

/// A service at the database itself needs no number of a pooler.
#[test]
fn only_the_numbers_that_are_needed_are_asked_for() {
    let given = Given { max_connections: Some(60), ..Given::default() };
    assert_eq!(plan(&given, &["app=pool:5,endpoint:direct"]).totals.verdict, Verdict::Fits);
}

const REPORT: &str = r#"{"schema": "supascope.report/v1", "targets": [{
    "endpoint": {"project_ref": "abcdefghijklmnopqrst"},
    "probe": {"headroom": {"status": "measured", "reason": null, "max_connections": 90, "reserved": 3,
        "by_service": [
            {"service": "PostgREST", "role": "authenticator", "connections": 6},
            {"service": "Monitoring (postgres_exporter)", "role": "supabase_admin", "connections": 1},
            {"service": "a name of another version", "role": "supabase_auth_admin", "connections": 2},
            {"service": "Supavisor (pooled clients)", "role": "postgres", "connections": 4},
            {"service": "other", "role": "app", "connections": 3}],
        "tier": {"id": null, "consistent_with": ["small"]},
        "pool": {"size": 20, "size_from": "flag"}}}}]}"#;

#[test]
fn a_report_of_a_probe_is_taken_at_its_word() {
    let measured = Measured::from_report(REPORT).unwrap();
    assert_eq!((measured.max_connections, measured.reserved, measured.services, measured.others), (90, 3, 9, 7));
    assert_eq!((measured.pool_size, measured.tier.as_deref()), (Some(20), None));
    let plan = plan(&Given { measured: Some(measured), ..Given::default() }, &["web=pool:20,endpoint:session"]);
    assert_eq!((plan.totals.verdict, plan.limits.room()), (Verdict::Fits, 78));
    // A tier's default is no measurement.
    let assumed = Measured::from_report(&REPORT.replace("\"flag\"", "\"tier-default\"")).unwrap();
    assert_eq!(assumed.pool_size, None);
}

#[test]
fn a_report_that_cannot_be_used_is_named_with_the_place() {
    let changed = |from: &str, to: &str| {
        assert!(REPORT.contains(from), "{from}");
        Measured::from_report(&REPORT.replacen(from, to, 1)).unwrap_err().to_string()
    };
    for (from, to, wanted) in [
        ("{\"schema\"", "schema", "line 1, column 1: this is not one JSON document"),
        ("report/v1", "plan/v1", "schema: supascope.report/v1 is wanted"),
        ("\"schema\": \"supascope.report/v1\", ", "", "schema: missing"),
        ("\"targets\"", "\"other\"", "targets: a list is wanted"),
        ("\"probe\"", "\"other\"", "targets[0].probe: nothing was measured"),
        ("\"measured\", \"reason\": null", "\"skipped\", \"reason\": \"no login\"", "not counted: no login"),
        (
            "\"max_connections\": 90",
            "\"max_connections\": -3",
            "targets[0].probe.headroom.max_connections: a whole number from 1 to 262143 is wanted, and -3 stands there",
        ),
        ("\"max_connections\": 90", "\"max_connections\": \"90\"", "a text stands there"),
        ("\"max_connections\": 90", "\"max_connections\": 1e99", "targets[0].probe.headroom.max_connections"),
        ("\"reserved\": 3", "\"reserved\": 91", "targets[0].probe.headroom.reserved"),
        ("\"connections\": 6", "\"connections\": null", "targets[0].probe.headroom.by_service[0].connections"),
        ("\"by_service\"", "\"other\"", "targets[0].probe.headroom.by_service: a list is wanted"),
        ("\"size\": 20", "\"size\": 0", "targets[0].probe.headroom.pool.size"),
    ] {
        let message = changed(from, to);
        assert!(message.contains(wanted), "{to}: {message}");
    }
    assert!(Measured::from_report("").is_err() && Measured::from_report("[]").is_err());
    assert!(Measured::from_report(&format!("{REPORT}{REPORT}")).is_err());
}

/// A session URL and a transaction URL of one project are one database; two projects are not.
#[test]
fn several_targets_of_one_database_count_once() {
    let target = REPORT.split_once('[').unwrap().1.strip_suffix("]}").unwrap();
    let both = |other: &str| Measured::from_report(&REPORT.replacen(target, &format!("{target}, {other}"), 1));
    assert_eq!(both(target).unwrap(), Measured::from_report(REPORT).unwrap());
    assert_eq!(both("{\"probe\": null}").unwrap(), Measured::from_report(REPORT).unwrap());
    let other = both(&target.replace("abcdefghijklmnopqrst", "zbcdefghijklmnopqrst")).unwrap_err().to_string();
    assert!(other.starts_with("targets[1].endpoint.project_ref"), "{other}");
    let other = both(&target.replace("\"max_connections\": 90", "\"max_connections\": 60")).unwrap_err().to_string();
    assert!(other.starts_with("targets[1].probe.headroom.max_connections"), "{other}");
}
