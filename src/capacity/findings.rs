//! What is wrong with a plan, in words: the numbers, the fix, the source.

use super::plan::{PlannedService, Verdict};
use super::remedies::Remedies;
use super::tally::{Breach, Fleet, MAX_POOLS, Tally};
use super::{Origin, PlanEndpoint, SearchPath, traffic};

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanFinding {
    /// Stable id. Where a rule judges the same of a connection setting, it is that rule's.
    pub rule: &'static str,
    /// How bad it is: an error breaks a limit, a warning may.
    pub is_error: bool,
    /// The services concerned, by name; none when it is about the whole.
    pub services: Vec<String>,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub fix: String,
    /// Where the fact behind it comes from.
    pub source: &'static str,
}

const MEASURED: &str = "measured on Supavisor 2.8.8, 2.9.7 and 2.9.10, November 2026";
const LIMITS: &str = "Supabase documentation, Pooling and limits, September 2026";
const BUDGET: &str = "Supabase documentation, Connection management, 2026 (a rule of thumb)";
const SERVICES: &str = "Supabase documents no number; a sizing guide says 10 to 30";
const POOLS: &str = "Supavisor source, supavisor.ex, since 13 May 2026 (before, the limit was 20)";
const LITTLE: &str = "Little's law: busy connections = transactions per second x seconds that each holds one";

/// Everything that is wrong, errors first.
pub(super) fn all(
    fleet: &Fleet<'_>,
    tally: &Tally,
    planned: &[PlannedService],
    remedies: &Remedies,
) -> Vec<PlanFinding> {
    let words = Words { fleet, tally, planned, remedies };
    let breaches = fleet.breaches(tally);
    let mut found: Vec<PlanFinding> = breaches.into_iter().map(|breach| words.finding(breach)).collect();
    found.extend(planned.iter().filter_map(starved));
    found.extend(planned.iter().filter_map(refused_search_path));
    found.sort_by_key(|finding| !finding.is_error);
    found
}

/// What the words are about.
struct Words<'a> {
    fleet: &'a Fleet<'a>,
    tally: &'a Tally,
    planned: &'a [PlannedService],
    remedies: &'a Remedies,
}

impl Words<'_> {
    fn finding(&self, breach: Breach) -> PlanFinding {
        let (rule, members, message, fix, source) = match breach {
            Breach::SessionCap(shape) => self.session_cap(shape),
            Breach::PoolClients(shape) => self.pool_clients(shape),
            Breach::DedicatedClients => self.dedicated_clients(),
            Breach::Traffic(shape) => self.traffic(shape),
            Breach::TooManyPools => self.too_many_pools(),
            Breach::Slots => self.slots(),
            Breach::SlotsAtWorst => self.slots_at_worst(),
            Breach::Peak => self.peak(),
            Breach::Budget => self.budget(),
            Breach::AllTransactionClients => self.all_transaction_clients(),
        };
        let services = members.iter().map(|member| self.fleet.services[*member].name.clone()).collect();
        PlanFinding { rule, is_error: breach.verdict() == Verdict::Exceeds, services, message, fix, source }
    }

    fn session_cap(&self, shape: usize) -> Parts {
        let (clients, cap) = (self.tally.pools[shape].clients, self.fleet.limits.cap());
        let members = self.fleet.shapes[shape].members.clone();
        let who = self.sum(&members);
        let each = if self.fleet.shapes[shape].copies > 1 { " in each of its pools" } else { "" };
        (
            "pool-exceeds-session-cap",
            members.clone(),
            format!(
                "{who} may hold {clients} connections{each}, and session mode has {cap}: the next client is \
                 refused at once with `(EMAXCONNSESSION) max clients reached in session mode`."
            ),
            self.fixes(&members),
            MEASURED,
        )
    }

    fn pool_clients(&self, shape: usize) -> Parts {
        let members = self.fleet.shapes[shape].members.clone();
        let clients = self.tally.pools[shape].clients;
        let limit = self.fleet.limits.clients();
        (
            "clients-exceed-pooler-limit",
            members.clone(),
            format!(
                "{} may open {clients} client connections, and the transaction pooler lets in {limit}: the next is \
                 refused with `(EMAXCONN) max client connections reached`.",
                self.sum(&members)
            ),
            self.fixes(&members),
            LIMITS,
        )
    }

    fn dedicated_clients(&self) -> Parts {
        let members = self.members(|endpoint| endpoint == PlanEndpoint::Dedicated);
        (
            "clients-exceed-pooler-limit",
            members.clone(),
            format!(
                "{} may open {} client connections, and the dedicated pooler lets in {}.",
                self.sum(&members),
                self.tally.dedicated_clients,
                self.fleet.limits.clients()
            ),
            self.fixes(&members),
            LIMITS,
        )
    }

    fn all_transaction_clients(&self) -> Parts {
        (
            "clients-exceed-pooler-limit",
            self.members(|endpoint| endpoint == PlanEndpoint::Transaction),
            format!(
                "All transaction pools together may get {} clients, and the documented limit of the pooler is {}. \
                 The pooler counts for each role and database apart, so that this may work; the documentation does \
                 not promise it.",
                self.tally.transaction_clients,
                self.fleet.limits.clients()
            ),
            "Keep the sum below the limit, or take a larger compute size.".to_owned(),
            "Supabase documentation, Pooling and limits, September 2026; Supavisor source, manager.ex, August 2026",
        )
    }

    fn traffic(&self, shape: usize) -> Parts {
        let busy = traffic::whole(self.fleet.shapes[shape].busy_nano);
        let members = self.fleet.shapes[shape].members.clone();
        (
            "traffic-exceeds-pool",
            members.clone(),
            format!(
                "The traffic of {} keeps {busy} server connections busy on average, and the pool has {}: the queue \
                 grows until clients are refused.",
                self.names(&members),
                self.fleet.limits.cap()
            ),
            format!(
                "{}Make transactions shorter: nothing but queries between BEGIN and COMMIT.",
                self.raise_pool_size().map(|fix| format!("{fix} ")).unwrap_or_default()
            ),
            LITTLE,
        )
    }

    fn too_many_pools(&self) -> Parts {
        (
            "too-many-pools",
            self.members(PlanEndpoint::is_shared),
            format!(
                "The services make {} pools at the shared pooler, which keeps at most {MAX_POOLS} for a project: \
                 `(EMAXPOOLSREACHED) max pools count reached`.",
                self.tally.shared_pools
            ),
            "Use fewer roles, and set search_path in the queries or with ALTER ROLE: each role, database, mode and \
             search_path on connecting makes a pool of its own."
                .to_owned(),
            POOLS,
        )
    }

    fn slots(&self) -> Parts {
        let limits = self.fleet.limits;
        (
            "pool-exceeds-max-connections",
            self.everybody(),
            format!("{}; even then only {} are left.", self.slots_sum(limits.services.min), limits.room_at_best()),
            self.fixes(&self.everybody()),
            LIMITS,
        )
    }

    fn slots_at_worst(&self) -> Parts {
        let limits = self.fleet.limits;
        (
            "pool-exceeds-max-connections",
            self.everybody(),
            format!(
                "{}; {} are left then, and {} when they hold {}.",
                self.slots_sum(limits.services.max),
                limits.room(),
                limits.room_at_best(),
                limits.services.min
            ),
            format!(
                "Measure what they hold: `supascope probe --format json > report.json`, then `--from report.json`. {}",
                self.fixes(&self.everybody())
            ),
            SERVICES,
        )
    }

    fn peak(&self) -> Parts {
        let limits = self.fleet.limits;
        (
            "pool-exceeds-max-connections",
            self.members(PlanEndpoint::is_transaction),
            format!(
                "On average the fleet takes {} connections of the database. When every client wants one at once it \
                 takes {}, and {} are left for it.",
                self.tally.slots(),
                self.tally.slots_at_peak(),
                limits.room()
            ),
            "Make the pool size smaller: clients then wait in the pooler rather than fill the database.".to_owned(),
            LIMITS,
        )
    }

    fn budget(&self) -> Parts {
        let limits = self.fleet.limits;
        let whose = if limits.data_api { "with a busy Data API" } else { "without a busy Data API" };
        (
            "pool-exceeds-budget",
            self.members(|endpoint| endpoint != PlanEndpoint::Direct),
            format!(
                "The poolers may take {} server connections: more than {} % of max_connections ({} of {}), which is \
                 what they should have {whose}.",
                self.tally.pooled,
                limits.budget_percent(),
                limits.budget(),
                limits.max_connections.value
            ),
            self.fixes(&self.members(|endpoint| endpoint != PlanEndpoint::Direct)),
            BUDGET,
        )
    }

    /// `The fleet takes 90 of 120 ..., less 3 reserved and up to 30 ...`
    fn slots_sum(&self, services: u32) -> String {
        let limits = self.fleet.limits;
        let whose = match limits.services.origin {
            Origin::Estimate if services == limits.services.max => {
                format!("Supabase's services hold {}-{services}", limits.services.min)
            }
            Origin::Estimate => format!("Supabase's services hold at least {services}"),
            _ => format!("Supabase's services hold {services}"),
        };
        format!(
            "The fleet may take {} connections of the database ({} through poolers, {} direct{}). Of max_connections {} \
             are reserved {}, and {whose}",
            self.tally.slots(),
            self.tally.pooled,
            self.tally.direct,
            match self.tally.look_ups() {
                0 => String::new(),
                look_ups => format!(", {look_ups} for the pooler to look up passwords"),
            },
            limits.max_connections.value,
            limits.reserved.value,
        )
    }

    /// What to do, the cheapest first.
    fn fixes(&self, members: &[usize]) -> String {
        let smaller: Vec<String> = members
            .iter()
            .filter_map(|member| {
                let planned = &self.planned[*member];
                let pool = planned.suggested_pool?;
                Some(format!("{} {pool}", planned.service.name))
            })
            .collect();
        let smaller = (!smaller.is_empty()).then(|| {
            format!("Make the pools smaller (pool and overflow of each engine together): {}.", smaller.join(", "))
        });
        let tier = self.remedies.cheapest_tier.as_ref();
        let larger = tier.filter(|cheapest| self.fleet.limits.tier != Some(cheapest.tier)).map(|cheapest| {
            let size = if cheapest.is_default { "its default pool size" } else { "a pool size of" };
            format!(
                "Take a larger compute size: the fleet as it is fits {} with {size} {}.",
                cheapest.tier.name, cheapest.pool_size
            )
        });
        let mut fixes: Vec<String> = self.raise_pool_size().into_iter().chain(smaller).chain(larger).collect();
        for fix in fixes.iter_mut().skip(1) {
            *fix = format!("Or {}{}", fix[..1].to_lowercase(), &fix[1..]);
        }
        if fixes.is_empty() {
            "Run fewer instances or workers, or move what is short-lived to the transaction pooler.".to_owned()
        } else {
            fixes.join(" ")
        }
    }

    fn raise_pool_size(&self) -> Option<String> {
        let (size, verdict) = self.remedies.pool_size?;
        let then = if verdict == Verdict::Tight { "; that is tight for the database" } else { "" };
        Some(format!("Raise the pool size in the dashboard from {} to {size}{then}.", self.fleet.limits.cap()))
    }

    fn members(&self, keep: fn(PlanEndpoint) -> bool) -> Vec<usize> {
        let services = self.fleet.services.iter().enumerate();
        services.filter(|(_, service)| keep(service.endpoint)).map(|(index, _)| index).collect()
    }

    fn everybody(&self) -> Vec<usize> {
        self.members(|_| true)
    }

    fn names(&self, members: &[usize]) -> String {
        const SHOWN: usize = 4;
        let names: Vec<&str> =
            members.iter().take(SHOWN).map(|member| self.fleet.services[*member].name.as_str()).collect();
        let more = members.len().saturating_sub(SHOWN);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!("{}{more}", names.join(", "))
    }

    /// `web (3 instances x 2 workers x (5 + 10))`, or the names alone when there are several.
    fn sum(&self, members: &[usize]) -> String {
        match members {
            [only] => {
                let service = &self.fleet.services[*only];
                format!("{} ({})", service.name, service.demand)
            }
            several => self.names(several),
        }
    }
}

/// Rule, services, message, fix, source.
type Parts = (&'static str, Vec<usize>, String, String, &'static str);

/// A service whose own pools cannot carry its traffic, whatever the other side offers.
fn starved(planned: &PlannedService) -> Option<PlanFinding> {
    let busy = planned.busy.filter(|busy| *busy > planned.demand)?;
    Some(PlanFinding {
        rule: "pool-below-traffic",
        is_error: false,
        services: vec![planned.service.name.clone()],
        message: format!(
            "The traffic of {} keeps {busy} connections busy on average, and its own pools have {}: requests wait in \
             the application.",
            planned.service.name, planned.demand
        ),
        fix: "Make its pools larger, or its transactions shorter.".to_owned(),
        source: LITTLE,
    })
}

/// `PgBouncer` takes no `search_path` on connecting: what a plan counts on there does not happen.
fn refused_search_path(planned: &PlannedService) -> Option<PlanFinding> {
    let service = &planned.service;
    if service.endpoint != PlanEndpoint::Dedicated || service.search_path == SearchPath::Same(None) {
        return None;
    }
    Some(PlanFinding {
        rule: "startup-option-refused",
        is_error: false,
        services: vec![service.name.clone()],
        message: format!(
            "{} sends search_path on connecting, which PgBouncer refuses (`unsupported startup parameter`); its pools \
             are counted as one for each role and database.",
            service.name
        ),
        fix: "Set it with ALTER ROLE, or name the schema in the queries.".to_owned(),
        source: "measured on PgBouncer 1.18 and 1.24, November 2026",
    })
}
