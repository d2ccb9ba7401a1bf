//! What holds for every plan. The first property counts anew, engine by engine, with a map in place of the code under
//! test.

use std::collections::HashMap;

use proptest::prelude::*;

use super::*;

const ENDPOINTS: [PlanEndpoint; 4] = PlanEndpoint::ALL;

fn any_search_path() -> impl Strategy<Value = SearchPath> {
    prop_oneof![
        4 => Just(SearchPath::Same(None)),
        1 => Just(SearchPath::Same(Some("a".to_owned()))),
        1 => Just(SearchPath::Listed(vec!["a".to_owned(), "b".to_owned()])),
        1 => Just(SearchPath::Distinct),
    ]
}

fn any_service() -> impl Strategy<Value = Service> {
    let numbers = (1..6_u32, 1..4_u32, 1..4_u32, 1..12_u32, 0..8_u32);
    let traffic = proptest::option::of((1..2_000_000_u64, 1..100_000_u64));
    (numbers, 0..4_usize, traffic, any_search_path(), any::<bool>()).prop_map(
        |((instances, workers, engines, pool, overflow), endpoint, traffic, search_path, own_user)| {
            let engines = if matches!(search_path, SearchPath::Listed(_)) { 2 } else { engines };
            Service {
                name: String::new(),
                endpoint: ENDPOINTS[endpoint],
                demand: Demand { instances, workers, engines, pool, overflow },
                traffic: traffic.map(|(qps_milli, query_us)| Traffic { qps_milli, query_us }),
                user: if own_user { "own" } else { "postgres" }.to_owned(),
                database: "postgres".to_owned(),
                search_path,
            }
        },
    )
}

fn any_fleet() -> impl Strategy<Value = Vec<Service>> {
    proptest::collection::vec(any_service(), 1..5).prop_map(|mut services| {
        for (index, service) in services.iter_mut().enumerate() {
            service.name = format!("s{index}");
        }
        services
    })
}

fn any_limits() -> impl Strategy<Value = Limits> {
    (20..400_u32, 1..120_u32, 50..400_u32, any::<bool>(), proptest::option::of(0..40_u32)).prop_map(
        |(max_connections, pool_size, pooler_clients, data_api, internal)| {
            let given = Given {
                max_connections: Some(max_connections),
                pool_size: Some(pool_size),
                pooler_clients: Some(pooler_clients),
                data_api,
                internal,
                ..Given::default()
            };
            Limits::resolve(&given, &[]).unwrap()
        },
    )
}

fn with_pool(services: &[Service], index: usize, pool: u32) -> Vec<Service> {
    let mut services = services.to_vec();
    services[index].demand = Demand { pool, overflow: 0, ..services[index].demand };
    services
}

/// Clients by role, mode and `search_path`, counted one engine after the other.
fn counted(services: &[Service]) -> HashMap<(PlanEndpoint, String, String), u64> {
    let mut clients = HashMap::new();
    for service in services {
        let demand = service.demand;
        for engine in 0..demand.engines {
            let path = match &service.search_path {
                _ if service.endpoint == PlanEndpoint::Dedicated => String::new(),
                SearchPath::Same(path) => path.clone().unwrap_or_default(),
                SearchPath::Listed(paths) => paths[engine as usize % paths.len()].clone(),
                SearchPath::Distinct => format!("{} {engine}", service.name),
            };
            let each =
                u64::from(demand.instances) * u64::from(demand.workers) * u64::from(demand.pool + demand.overflow);
            *clients.entry((service.endpoint, service.user.clone(), path)).or_default() += each;
        }
    }
    clients
}

/// Every way to ask for more.
fn grown(services: &[Service]) -> Vec<Vec<Service>> {
    let mut all = Vec::new();
    for index in 0..services.len() {
        let mut push = |change: &dyn Fn(&mut Service)| {
            let mut bigger = services.to_vec();
            change(&mut bigger[index]);
            all.push(bigger);
        };
        push(&|service| service.demand.instances += 1);
        push(&|service| service.demand.workers += 1);
        push(&|service| service.demand.pool += 1);
        push(&|service| service.demand.overflow += 1);
        if !matches!(services[index].search_path, SearchPath::Listed(_)) {
            push(&|service| service.demand.engines += 1);
        }
        if services[index].traffic.is_some() {
            push(&|service| service.traffic.as_mut().unwrap().qps_milli += 700);
            push(&|service| service.traffic.as_mut().unwrap().query_us += 700);
        }
    }
    all
}

proptest! {
    /// A plan that says that it fits exceeds no limit, at no endpoint and in no sum.
    #[test]
    fn what_fits_exceeds_nothing(services in any_fleet(), limits in any_limits()) {
        let plan = Plan::new(&services, limits.clone());
        let clients = counted(&services);
        let sum = |endpoint| clients.iter().filter(|(key, _)| key.0 == endpoint).map(|(_, count)| *count).sum::<u64>();
        let cap = u64::from(limits.cap());
        let door = u64::from(limits.clients());
        let pools = clients.keys().filter(|key| key.0.is_shared()).count() as u64;
        let held: u64 = clients.iter().map(|((endpoint, ..), count)| match endpoint {
            PlanEndpoint::Session | PlanEndpoint::Dedicated => (*count).min(cap),
            PlanEndpoint::Transaction => (*count).min(cap + 1),
            PlanEndpoint::Direct => *count,
        }).sum::<u64>() + pools.saturating_sub(1);
        let within_endpoints = clients.iter().all(|((endpoint, ..), count)| match endpoint {
            PlanEndpoint::Session => *count <= cap,
            PlanEndpoint::Transaction => *count <= door,
            PlanEndpoint::Dedicated | PlanEndpoint::Direct => true,
        }) && sum(PlanEndpoint::Dedicated) <= door;
        prop_assert_eq!(u64::from(plan.totals.backends_at_peak), held);
        if plan.totals.verdict != Verdict::Exceeds {
            prop_assert!(within_endpoints);
            prop_assert!(plan.totals.backends <= limits.room_at_best());
            prop_assert!(plan.services.iter().all(|service| service.fits));
        }
        if plan.totals.verdict == Verdict::Fits {
            prop_assert!(held <= u64::from(limits.room()));
            prop_assert!(plan.totals.pooled <= limits.budget());
            prop_assert!(sum(PlanEndpoint::Transaction) <= door);
        }
        // And the other way round: without known traffic, what exceeds nothing is not refused.
        let unknown = services.iter().all(|service| service.traffic.is_none());
        if unknown && within_endpoints && pools <= 50 && held <= u64::from(limits.room_at_best()) {
            prop_assert!(plan.totals.verdict != Verdict::Exceeds);
        }
        prop_assert_eq!(plan.totals.verdict == Verdict::Exceeds, plan.findings.iter().any(|finding| finding.is_error));
    }

    /// Asking for more, in whatever way, never makes a plan or a service fit.
    #[test]
    fn fitting_is_monotone(services in any_fleet(), limits in any_limits()) {
        let plan = Plan::new(&services, limits.clone());
        for bigger in grown(&services) {
            let more = Plan::new(&bigger, limits.clone());
            prop_assert!(more.totals.verdict >= plan.totals.verdict);
            prop_assert!(more.totals.backends >= plan.totals.backends);
            for (before, after) in plan.services.iter().zip(&more.services) {
                prop_assert!(before.fits || !after.fits);
            }
        }
    }

    /// So does one service more.
    #[test]
    fn another_service_never_helps(services in any_fleet(), another in any_service(), limits in any_limits()) {
        let before = Plan::new(&services, limits.clone()).totals.verdict;
        let mut more = services;
        // Known traffic is knowledge: it may narrow what unknown clients could do, and is left out.
        more.push(Service { name: "another".to_owned(), traffic: None, ..another });
        prop_assert!(Plan::new(&more, limits).totals.verdict >= before);
    }

    /// The largest pool is the largest: it fits, and one more does not. And a service fits just when its pool is no
    /// larger, unless its traffic cannot be served.
    #[test]
    fn the_largest_pool_is_the_largest(services in any_fleet(), limits in any_limits()) {
        let mut services = services;
        for service in &mut services {
            service.traffic = None;
        }
        let plan = Plan::new(&services, limits.clone());
        for (index, planned) in plan.services.iter().enumerate() {
            let fits = |pool| Plan::new(&with_pool(&services, index, pool), limits.clone()).services[index].fits;
            let largest = planned.largest_pool;
            prop_assert!(largest == 0 || fits(largest));
            prop_assert!(!fits(largest + 1));
            prop_assert_eq!(planned.fits, services[index].per_engine() <= largest);
            prop_assert_eq!(planned.fits, planned.demand <= planned.limit);
        }
    }

    /// Pools that are suggested are no larger than those that were asked for, and all together break no limit.
    #[test]
    fn suggested_pools_fit_together(services in any_fleet(), limits in any_limits()) {
        let plan = Plan::new(&services, limits.clone());
        let suggests = plan.services.iter().any(|planned| planned.suggested_pool.is_some());
        let mut smaller = services.clone();
        for (index, planned) in plan.services.iter().enumerate() {
            if let Some(pool) = planned.suggested_pool {
                prop_assert!(pool >= 1 && pool < services[index].per_engine());
                smaller = with_pool(&smaller, index, pool);
            }
        }
        let after = Plan::new(&smaller, limits).totals.verdict;
        prop_assert!(!suggests || after < plan.totals.verdict);
    }

    /// The pool size that is advised is the smallest that helps, and what is said of it is so.
    #[test]
    fn an_advised_pool_size_helps(services in any_fleet(), limits in any_limits()) {
        let plan = Plan::new(&services, limits.clone());
        if let Some((size, verdict)) = plan.remedies.pool_size {
            prop_assert_eq!(Plan::new(&services, limits.with_pool_size(size)).totals.verdict, verdict);
            prop_assert_eq!(Plan::new(&services, limits.with_pool_size(size - 1)).totals.verdict, Verdict::Exceeds);
        }
    }

    /// The fleet does fit the compute size that is called the cheapest.
    #[test]
    fn the_cheapest_tier_fits(services in any_fleet(), limits in any_limits()) {
        let cheapest = Plan::new(&services, limits.clone()).remedies.cheapest_tier;
        if let Some(cheapest) = cheapest {
            let there = limits.on_tier(cheapest.tier, Some(cheapest.pool_size)).unwrap();
            prop_assert_eq!(Plan::new(&services, there).totals.verdict, Verdict::Fits);
        }
        // No smaller one does as it comes.
        for tier in tiers().tiers.iter().take_while(|tier| cheapest.is_none_or(|cheapest| cheapest.tier.id != tier.id)) {
            if let Some(there) = limits.on_tier(tier, None).filter(|there| there.cap() >= limits.cap()) {
                let there = Plan::new(&services, there);
                prop_assert!(there.totals.verdict != Verdict::Fits, "{} fits", tier.id);
            }
        }
    }

    /// Numbers come from users: none of them may panic, and more than can be counted never fits.
    #[test]
    fn nothing_overflows(numbers: [u32; 5], traffic: (u64, u64), path in any_search_path(), endpoint in 0..4_usize, given: [u32; 4]) {
        let [instances, workers, engines, pool, overflow] = numbers;
        let service = Service {
            name: "s".to_owned(),
            endpoint: ENDPOINTS[endpoint],
            demand: Demand { instances, workers, engines, pool, overflow },
            traffic: Some(Traffic { qps_milli: traffic.0, query_us: traffic.1 }),
            user: "postgres".to_owned(),
            database: "postgres".to_owned(),
            search_path: path,
        };
        let [max_connections, pool_size, pooler_clients, internal] = given.map(Some);
        let given = Given { max_connections, pool_size, pooler_clients, internal, ..Given::default() };
        let services = [service.clone(), Service { name: "t".to_owned(), ..service }];
        let limits = Limits::resolve(&given, &services).unwrap();
        Plan::new(&services, limits);
    }

    /// Any text is answered, and what is read back is what was written.
    #[test]
    fn any_text_is_answered(text in "\\PC{0,60}", pool in 1..=MAX_NUMBER) {
        let _ = parse_service(&text);
        let _ = parse_service(&format!("a={text}"));
        let _ = Measured::from_report(&text);
        prop_assert_eq!(service(&format!("a=pool:{pool},endpoint:direct")).demand.total(), pool);
    }
}
