//! How far from the limit: one query over `pg_stat_activity` and the settings, and the arithmetic on its answer.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::names::APPLICATION_NAME;
use super::room::{Limit, Room};
use super::{CrowdedRole, Headroom, Holder, Part, PoolSizeFrom, PoolUse, ServiceUse, Trouble, Waiting};
use crate::capacity;
use crate::endpoint::Mode;
use crate::knowledge;

/// One row, one column: a JSON text. Sessions are grouped, so that its size depends on the kinds of sessions and not on
/// their number, and the number of groups is limited.
///
/// `usesysid` and `datid` tell client backends apart for a role that may not see `backend_type` of others' sessions
/// (PostgreSQL 15, `pg_stat_get_activity`: role, database and application name are shown to everybody).
pub const QUERY: &str = "SELECT pg_catalog.json_build_object(\
'max_connections',pg_catalog.current_setting('max_connections')::int,\
'superuser_reserved',pg_catalog.current_setting('superuser_reserved_connections')::int,\
'reserved',coalesce(pg_catalog.current_setting('reserved_connections',true)::int,0),\
'server_version',pg_catalog.current_setting('server_version'),\
'in_recovery',pg_catalog.pg_is_in_recovery(),\
'read_only',pg_catalog.current_setting('transaction_read_only')='on',\
'role',current_user::text,'database',pg_catalog.current_database(),\
'read_only_source',(SELECT source FROM pg_catalog.pg_settings WHERE name='default_transaction_read_only'),\
'role_limit',(SELECT rolconnlimit FROM pg_catalog.pg_roles WHERE rolname=current_user),\
'timeouts',(SELECT pg_catalog.json_object_agg(name,reset_val) FROM pg_catalog.pg_settings WHERE name IN \
('statement_timeout','lock_timeout','idle_in_transaction_session_timeout','idle_session_timeout')),\
'blocked',(SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_activity WHERE wait_event_type='Lock'),\
'holders',coalesce((SELECT pg_catalog.json_agg(h) FROM (SELECT pid,coalesce(usename::text,'') AS role,\
pg_catalog.left(coalesce(application_name,''),63) AS application,pg_catalog.host(client_addr) AS address,\
coalesce(state,'') AS state,extract(epoch FROM pg_catalog.now()-xact_start)::float8 AS transaction_s,\
CASE WHEN state LIKE 'idle in transaction%' THEN extract(epoch FROM pg_catalog.now()-state_change)::float8 END AS idle_s,\
coalesce(wait_event_type='Lock',false) AS blocked FROM pg_catalog.pg_stat_activity \
WHERE xact_start IS NOT NULL AND backend_type='client backend' AND pid<>pg_catalog.pg_backend_pid() \
AND application_name<>'APPLICATION' ORDER BY xact_start LIMIT 10) h),'[]'::json),\
'waiting',coalesce((SELECT pg_catalog.json_agg(w) FROM (SELECT pid,coalesce(usename::text,'') AS role,\
pg_catalog.left(coalesce(application_name,''),63) AS application,\
extract(epoch FROM pg_catalog.now()-query_start)::float8 AS waits_s,\
coalesce((SELECT pg_catalog.json_agg(b) FROM (SELECT o.pid,coalesce(o.usename::text,'') AS role,\
pg_catalog.left(coalesce(o.application_name,''),63) AS application,coalesce(o.state,'') AS state,\
extract(epoch FROM pg_catalog.now()-o.xact_start)::float8 AS transaction_s FROM pg_catalog.pg_stat_activity o \
WHERE o.pid=ANY(s.by) LIMIT 5) b),'[]'::json) AS blocked_by FROM (SELECT *,pg_catalog.pg_blocking_pids(pid) AS by FROM \
(SELECT * FROM pg_catalog.pg_stat_activity WHERE wait_event_type='Lock' ORDER BY query_start LIMIT 5) l) s) w),'[]'::json),\
'crowded_roles',coalesce((SELECT pg_catalog.json_agg(c) FROM (SELECT rolname::text AS role,rolconnlimit AS limit,\
h.connections FROM pg_catalog.pg_roles JOIN (SELECT usename,pg_catalog.count(*)::int AS connections \
FROM pg_catalog.pg_stat_activity WHERE usename IS NOT NULL GROUP BY 1) h ON h.usename=rolname \
WHERE rolconnlimit>=0 AND h.connections*10>=rolconnlimit*7 ORDER BY 3 DESC LIMIT 20) c),'[]'::json),\
'sees_all',pg_catalog.pg_has_role(current_user,'pg_read_all_stats','USAGE'),\
'groups',coalesce((SELECT pg_catalog.json_agg(g) FROM (SELECT \
coalesce(usename::text,'') AS role,pg_catalog.left(coalesce(application_name,''),63) AS application,\
coalesce(state,'') AS state,coalesce(datname::text,'') AS database,\
(pid=pg_catalog.pg_backend_pid() OR (application_name='APPLICATION' AND \
coalesce(backend_start>pg_catalog.now()-interval '60 s',false))) AS own,\
coalesce(client_addr IS NOT DISTINCT FROM pg_catalog.inet_client_addr() AND usename=current_user \
AND datname=pg_catalog.current_database(),false) AS pool,\
pg_catalog.count(*)::int AS connections,\
pg_catalog.max(extract(epoch FROM pg_catalog.now()-xact_start))::float8 AS oldest_transaction_s,\
pg_catalog.max(CASE WHEN state LIKE 'idle in transaction%' THEN \
extract(epoch FROM pg_catalog.now()-state_change) END)::float8 AS oldest_idle_s \
FROM pg_catalog.pg_stat_activity WHERE coalesce(backend_type,'client backend')='client backend' \
AND usesysid IS NOT NULL AND datid IS NOT NULL \
GROUP BY 1,2,3,4,5,6 ORDER BY 7 DESC LIMIT 300) g),'[]'::json))::text";

/// The most backends that PostgreSQL can have, whatever its settings (`MAX_BACKENDS`, PostgreSQL 15, `postmaster.h`).
const MAX_BACKENDS: u32 = 0x3_ffff;

/// The query with the tool's own name in it.
pub fn query() -> String {
    QUERY.replace("APPLICATION", APPLICATION_NAME)
}

/// The answer.
#[derive(Debug, Clone, Deserialize)]
pub struct Activity {
    max_connections: u32,
    superuser_reserved: u32,
    reserved: u32,
    /// The server's version.
    pub server_version: String,
    /// Whether it is a replica or recovering.
    pub in_recovery: bool,
    /// Whether transactions are read-only.
    pub read_only: bool,
    /// Where `default_transaction_read_only` is set, in the words of `pg_settings.source`.
    pub read_only_source: Option<String>,
    role: String,
    database: String,
    role_limit: Option<i64>,
    waiting: Vec<Waiting>,
    crowded_roles: Vec<CrowdedRole>,
    timeouts: BTreeMap<String, String>,
    blocked: u32,
    holders: Vec<Holder>,
    sees_all: bool,
    groups: Vec<Group>,
}

#[derive(Debug, Clone, Deserialize)]
struct Group {
    role: String,
    application: String,
    state: String,
    database: String,
    own: bool,
    pool: bool,
    connections: u32,
    oldest_transaction_s: Option<f64>,
    oldest_idle_s: Option<f64>,
}

impl Activity {
    /// Understands the answer; `None` when it is not what was asked for, or counts more than there can be.
    pub fn parse(json: &str) -> Option<Self> {
        let activity: Self = serde_json::from_str(json).ok()?;
        let in_all = activity.groups.iter().try_fold(0_u32, |sum, group| sum.checked_add(group.connections))?;
        [activity.max_connections, in_all].into_iter().all(|count| count <= MAX_BACKENDS).then_some(activity)
    }

    /// Slots that an ordinary role can still take.
    pub fn free(&self) -> u32 {
        let in_use: u32 = self.groups.iter().map(|group| group.connections).sum();
        capacity::usable(self.max_connections, self.reserved_in_all()).saturating_sub(in_use)
    }

    /// How many more connections may be taken where each takes a slot: of the pool too, where there is one.
    pub fn room(&self, pooled: bool, facts: &PoolFacts<'_>) -> Room {
        let mut limits = vec![(self.free(), Limit::Database)];
        if let Some((limit, held)) = self.role_limit() {
            limits.push((limit.saturating_sub(held), Limit::Role));
        }
        if pooled {
            let given = facts.size().map(|(size, _)| (size, Limit::Pool));
            let by_default = || {
                let tiers = capacity::consistent_tiers(knowledge::tiers(), self.max_connections);
                tiers.iter().filter_map(|tier| tier.default_pool_size).min().map(|size| (size, Limit::DefaultPool))
            };
            let Some((size, limit)) = given.or_else(by_default) else { return Room::UNKNOWN };
            limits.push((size.saturating_sub(self.pool_backends()), limit));
        }
        Room::new(limits)
    }

    /// The role's own limit and what it holds of it; `None` without a limit, which PostgreSQL writes as -1.
    fn role_limit(&self) -> Option<(u32, u32)> {
        let limit = u32::try_from(self.role_limit?).ok()?;
        let held = self.groups.iter().filter(|group| group.role == self.role).map(|group| group.connections).sum();
        Some((limit, held))
    }

    /// The pool's backends are those of this role and database that come from the pooler's own address. What a client
    /// connects past the pooler from the same address is counted with them, so this is an upper bound.
    fn pool_backends(&self) -> u32 {
        self.pooled().map(|group| group.connections).sum()
    }

    /// Server connections of the pool that do something just now. In transaction mode the others are free, whoever was
    /// served by them last; the one that asked is not counted.
    pub fn busy_in_pool(&self) -> u32 {
        let busy = self.pooled().filter(|group| group.state != "idle" && !group.own);
        busy.map(|group| group.connections).sum()
    }

    fn pooled(&self) -> impl Iterator<Item = &Group> {
        self.groups
            .iter()
            .filter(|group| group.pool && group.role == self.role && group.database == self.database)
            .filter(|group| !group.application.ends_with("(auth_query)"))
    }

    const fn reserved_in_all(&self) -> u32 {
        self.superuser_reserved.saturating_add(self.reserved)
    }
}

/// What the user and the measurement say about the pool.
#[derive(Debug, Clone, Copy)]
pub struct PoolFacts<'a> {
    /// The measured mode.
    pub mode: Mode,
    /// `--pool-size`.
    pub pool_size: Option<u32>,
    /// A size that an error text named.
    pub size_in_error: Option<u32>,
    /// `--tier`.
    pub tier: Option<&'a str>,
}

impl PoolFacts<'_> {
    /// The pool's size and where it is known from.
    fn size(&self) -> Option<(u32, PoolSizeFrom)> {
        let flag = self.pool_size.map(|size| (size, PoolSizeFrom::Flag));
        let error = self.size_in_error.map(|size| (size, PoolSizeFrom::ErrorText));
        let tier = || {
            let tier = self.tier.and_then(|id| knowledge::tiers().find(id))?;
            Some((tier.default_pool_size?, PoolSizeFrom::TierDefault))
        };
        flag.or(error).or_else(tier)
    }
}

/// The arithmetic.
pub fn judge(activity: &Activity, facts: &PoolFacts<'_>) -> Part<Headroom> {
    let sum = |keep: &dyn Fn(&&Group) -> bool| -> u32 {
        activity.groups.iter().filter(keep).map(|group| group.connections).sum()
    };
    let in_use = sum(&|_| true);
    let own = sum(&|group| group.own);
    let usable = capacity::usable(activity.max_connections, activity.reserved_in_all());
    let used_percent = capacity::used_percent(in_use.saturating_sub(own), usable);
    let pool = pool_use(activity, facts);
    let fullest = used_percent.max(pool.used_percent);
    let oldest = |age: fn(&Group) -> Option<f64>| {
        activity.groups.iter().filter(|group| !group.own).filter_map(age).reduce(f64::max)
    };
    let headroom = Headroom {
        max_connections: activity.max_connections,
        reserved: activity.reserved_in_all(),
        in_use,
        own,
        free: usable.saturating_sub(in_use),
        used_percent: used_percent.unwrap_or_default(),
        by_service: by_service(activity),
        by_state: by_state(activity),
        oldest_idle_in_transaction_s: oldest(|group| group.oldest_idle_s),
        oldest_transaction_s: oldest(|group| group.oldest_transaction_s),
        sees_all: activity.sees_all,
        tier: facts.tier.map(str::to_owned),
        consistent_with: capacity::consistent_tiers(knowledge::tiers(), activity.max_connections)
            .into_iter()
            .map(|tier| tier.id.clone())
            .collect(),
        trouble: trouble(activity),
        pool,
        verdict: capacity::fullness(fullest),
    };
    let mut part = Part::measured(headroom, None);
    if !activity.sees_all {
        part.reason = Some(format!(
            "the role {} may not see other roles' sessions: their states and ages are unknown, and the count may \
             include a few background workers (pg_read_all_stats shows all)",
            activity.role
        ));
    }
    part
}

fn trouble(activity: &Activity) -> Trouble {
    let mut applications: BTreeMap<&str, u32> = BTreeMap::new();
    for group in activity.groups.iter().filter(|group| !group.own) {
        *applications.entry(&group.application).or_default() += group.connections;
    }
    let mut by_application: Vec<(String, u32)> =
        applications.into_iter().map(|(application, connections)| (application.to_owned(), connections)).collect();
    by_application.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
    by_application.truncate(20);
    Trouble {
        holders: activity.holders.clone(),
        blocked: activity.blocked,
        waiting: activity.waiting.clone(),
        by_application,
        role_limit: activity.role_limit(),
        crowded_roles: activity.crowded_roles.clone(),
        timeouts_ms: activity
            .timeouts
            .iter()
            .filter_map(|(name, value)| Some((name.clone(), value.parse().ok()?)))
            .collect(),
    }
}

fn by_service(activity: &Activity) -> Vec<ServiceUse> {
    let mut counts: BTreeMap<(String, String), u32> = BTreeMap::new();
    for group in activity.groups.iter().filter(|group| !group.own) {
        let service = knowledge::services()
            .classify(&group.role, &group.application)
            .map_or_else(|| "other".to_owned(), |service| service.name.clone());
        *counts.entry((service, group.role.clone())).or_default() += group.connections;
    }
    let mut services: Vec<ServiceUse> =
        counts.into_iter().map(|((service, role), connections)| ServiceUse { service, role, connections }).collect();
    services.sort_by(|one, other| other.connections.cmp(&one.connections).then_with(|| one.role.cmp(&other.role)));
    services
}

fn by_state(activity: &Activity) -> Vec<(String, u32)> {
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    for group in activity.groups.iter().filter(|group| !group.own) {
        let state = if group.state.is_empty() { "not visible" } else { &group.state };
        *counts.entry(state.to_owned()).or_default() += group.connections;
    }
    let mut states: Vec<(String, u32)> = counts.into_iter().collect();
    states.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
    states
}

fn pool_use(activity: &Activity, facts: &PoolFacts<'_>) -> PoolUse {
    let (size, size_from) =
        facts.size().map_or((None, PoolSizeFrom::Unknown), |(size, size_from)| (Some(size), size_from));
    let pooled = matches!(facts.mode, Mode::Session | Mode::Transaction | Mode::Statement);
    let backends = pooled.then(|| activity.pool_backends());
    let tiers = knowledge::tiers();
    PoolUse {
        size,
        size_from,
        backends,
        used_percent: match (backends, size) {
            (Some(backends), Some(size)) => capacity::used_percent(backends, size),
            _ => None,
        },
        data_api_budget: Some(capacity::data_api_budget(tiers, activity.max_connections)),
        max_budget: Some(capacity::max_budget(tiers, activity.max_connections)),
    }
}
