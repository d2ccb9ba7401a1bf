//! Which pools of server connections a fleet makes. Supavisor keeps one for each role, database, mode and `search_path`
//! (measured on 2.8.8, 2.9.7 and 2.9.10, November 2026); `PgBouncer` one for each role and database.

use super::{PlanEndpoint, SearchPath, Service};

/// What makes a pool of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolKey {
    /// The pooler and its mode.
    pub endpoint: PlanEndpoint,
    /// The role.
    pub user: String,
    /// The database, as it is sent.
    pub database: String,
    /// The `search_path` that is sent on connecting.
    pub search_path: Option<String>,
    /// The service whose engines have a pool each.
    pub only_of: Option<usize>,
}

/// A pool, or several that are alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) key: PoolKey,
    /// How many there are.
    pub(super) copies: u32,
    /// The services with clients in it.
    pub(super) members: Vec<usize>,
    /// What its members keep busy, in billionths of a connection, as far as their traffic is known. How a service divides
    /// its traffic over several pools is not known: each must bear all of it.
    pub(super) busy_nano: u64,
    /// Whether the traffic of all members is known.
    pub(super) traffic_known: bool,
}

/// The pools of a fleet, in the order of its services. Direct connections make none.
pub(super) fn shapes(services: &[Service]) -> Vec<Shape> {
    let mut shapes: Vec<Shape> = Vec::new();
    for (index, service) in services.iter().enumerate() {
        for (key, copies) in keys(index, service) {
            let busy_nano = service.traffic.map_or(0, |traffic| traffic.busy_nano());
            if let Some(shape) = shapes.iter_mut().find(|shape| shape.key == key) {
                shape.members.push(index);
                shape.busy_nano = shape.busy_nano.saturating_add(busy_nano);
                shape.traffic_known &= service.traffic.is_some();
            } else {
                let traffic_known = service.traffic.is_some();
                shapes.push(Shape { key, copies, members: vec![index], busy_nano, traffic_known });
            }
        }
    }
    shapes
}

fn keys(index: usize, service: &Service) -> Vec<(PoolKey, u32)> {
    let key = |search_path: Option<String>, only_of| PoolKey {
        endpoint: service.endpoint,
        user: service.user.clone(),
        database: service.database.clone(),
        search_path,
        only_of,
    };
    match (&service.search_path, service.endpoint) {
        (_, PlanEndpoint::Direct) => Vec::new(),
        // PgBouncer knows no pool by search_path.
        (_, PlanEndpoint::Dedicated) => vec![(key(None, None), 1)],
        (SearchPath::Same(path), _) => vec![(key(path.clone(), None), 1)],
        (SearchPath::Listed(paths), _) => paths.iter().map(|path| (key(Some(path.clone()), None), 1)).collect(),
        (SearchPath::Distinct, _) => vec![(key(None, Some(index)), service.pools())],
    }
}
