//! The limits that a fleet is held against, each with where it is known from.

use super::measured::Measured;
use super::{PlanEndpoint, Service, share, usable};
use crate::knowledge::{self, Tier};

/// Where a number is known from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// An option of the command line.
    Flag,
    /// A probe's report.
    Measured,
    /// The documented figure of the compute size.
    Tier,
    /// A documented figure that holds for every size.
    Documented,
    /// An estimate: no document gives the number.
    Estimate,
}

impl Origin {
    /// The name in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Flag => "flag",
            Self::Measured => "measured",
            Self::Tier => "tier",
            Self::Documented => "documented",
            Self::Estimate => "estimate",
        }
    }
}

/// A number and its origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figure {
    /// The number.
    pub value: u32,
    /// Its origin.
    pub origin: Origin,
}

/// Connections that Supabase's own services hold: a range while nobody has counted them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServiceSlots {
    /// At least.
    pub min: u32,
    /// At most.
    pub max: u32,
    /// Where that is known from.
    pub origin: Origin,
}

/// What the user and a probe say.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// The compute size.
    pub tier: Option<&'static Tier>,
    /// `--max-connections`
    pub max_connections: Option<u32>,
    /// `--pool-size`
    pub pool_size: Option<u32>,
    /// `--pooler-clients`
    pub pooler_clients: Option<u32>,
    /// `--internal`
    pub internal: Option<u32>,
    /// `--data-api`
    pub data_api: bool,
    /// `--from`
    pub measured: Option<Measured>,
}

/// The limits.
#[derive(Debug, Clone)]
pub struct Limits {
    /// The compute size, if one was named.
    pub tier: Option<&'static Tier>,
    /// `PostgreSQL`'s `max_connections`.
    pub max_connections: Figure,
    /// Slots that an ordinary role cannot have.
    pub reserved: Figure,
    /// What Supabase's services hold.
    pub services: ServiceSlots,
    /// The poolers' pool size; `None` where no service uses a pooler and nobody said.
    pub pool_size: Option<Figure>,
    /// Most clients of a pool in transaction mode; `None` where no service uses one and nobody said.
    pub pooler_clients: Option<Figure>,
    /// Whether the Data API is busy.
    pub data_api: bool,
    /// Connections that others than Supabase's services held when it was measured.
    pub others: Option<u32>,
}

/// A number that is needed and that nobody gave.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LimitsError {
    /// Nothing to plan against.
    #[error(
        "there is nothing to plan against: name the compute size (--tier, one of {tiers}), or give --max-connections, \
         --pool-size and --pooler-clients, or measure them (supascope probe --format json > report.json) and give \
         --from report.json"
    )]
    Nothing {
        /// The known sizes.
        tiers: String,
    },
    /// One number.
    #[error("{option} is missing{who}: {why}")]
    Missing {
        /// The option that gives it.
        option: &'static str,
        /// Who needs it.
        who: String,
        /// What is known instead.
        why: String,
    },
}

impl Limits {
    /// Picks each number from the best source: an option, then what was measured, then the documented figure.
    pub fn resolve(given: &Given, services: &[Service]) -> Result<Self, LimitsError> {
        let measured = given.measured.as_ref();
        let of_tier = |pick: fn(&Tier) -> Option<u32>| given.tier.and_then(pick);
        let pool_size = best(given.pool_size, measured.and_then(|m| m.pool_size), of_tier(|t| t.default_pool_size));
        let pooler_clients = best(given.pooler_clients, None, of_tier(|t| t.pooler_max_clients));
        let max_connections =
            best(given.max_connections, measured.map(|m| m.max_connections), of_tier(|t| t.max_connections));
        if [max_connections, pool_size, pooler_clients].iter().all(Option::is_none) && given.tier.is_none() {
            return Err(LimitsError::Nothing { tiers: tier_ids() });
        }
        let missing = |option, who: Option<&Service>| LimitsError::Missing {
            option,
            who: who.map(|s| format!(" for the service {} ({})", s.name, s.endpoint.as_str())).unwrap_or_default(),
            why: reason(given),
        };
        let user_of = |uses: fn(PlanEndpoint) -> bool| services.iter().find(|service| uses(service.endpoint));
        if let (None, Some(user)) = (pool_size, user_of(|endpoint| endpoint != PlanEndpoint::Direct)) {
            return Err(missing("--pool-size", Some(user)));
        }
        if let (None, Some(user)) = (pooler_clients, user_of(PlanEndpoint::is_transaction)) {
            return Err(missing("--pooler-clients", Some(user)));
        }
        Ok(Self {
            tier: given.tier,
            max_connections: max_connections.ok_or_else(|| missing("--max-connections", None))?,
            reserved: reserved(measured),
            services: internal(given),
            pool_size,
            pooler_clients,
            data_api: given.data_api,
            others: measured.map(|measured| measured.others),
        })
    }

    /// The limits of another compute size with the same services; `pool_size` in place of its default. `None` when a
    /// figure is not documented.
    pub fn on_tier(&self, tier: &'static Tier, pool_size: Option<u32>) -> Option<Self> {
        let of_tier = |value| Figure { value, origin: Origin::Tier };
        Some(Self {
            tier: Some(tier),
            max_connections: of_tier(tier.max_connections?),
            pool_size: Some(match pool_size {
                Some(value) => Figure { value, origin: Origin::Flag },
                None => of_tier(tier.default_pool_size?),
            }),
            pooler_clients: Some(of_tier(tier.pooler_max_clients?)),
            ..self.clone()
        })
    }

    /// The same limits with another pool size.
    #[must_use]
    pub fn with_pool_size(&self, pool_size: u32) -> Self {
        Self { pool_size: Some(Figure { value: pool_size, origin: Origin::Flag }), ..self.clone() }
    }

    /// The pool size; 0 where it is not known, so that nothing fits it.
    pub fn cap(&self) -> u32 {
        self.pool_size.map_or(0, |figure| figure.value)
    }

    /// The client limit; 0 where it is not known, so that nothing fits it.
    pub fn clients(&self) -> u32 {
        self.pooler_clients.map_or(0, |figure| figure.value)
    }

    /// Slots for ordinary roles, Supabase's services among them.
    pub const fn usable(&self) -> u32 {
        usable(self.max_connections.value, self.reserved.value)
    }

    /// Slots that are left for the fleet when the services hold their most: what a plan may count on.
    pub const fn room(&self) -> u32 {
        usable(self.usable(), self.services.max)
    }

    /// Slots that are left when the services hold their least: beyond, a plan cannot work.
    pub const fn room_at_best(&self) -> u32 {
        usable(self.usable(), self.services.min)
    }

    /// The share of `max_connections` that the poolers may take by Supabase's rule of thumb, in percent.
    pub fn budget_percent(&self) -> u32 {
        let budgets = &knowledge::tiers().budgets;
        if self.data_api { budgets.data_api_percent } else { budgets.max_percent }
    }

    /// That share.
    pub fn budget(&self) -> u32 {
        share(self.max_connections.value, self.budget_percent())
    }
}

fn best(flag: Option<u32>, measured: Option<u32>, tier: Option<u32>) -> Option<Figure> {
    let figure = |value: Option<u32>, origin| value.map(|value| Figure { value, origin });
    figure(flag, Origin::Flag).or(figure(measured, Origin::Measured)).or(figure(tier, Origin::Tier))
}

fn reserved(measured: Option<&Measured>) -> Figure {
    match measured {
        Some(measured) => Figure { value: measured.reserved, origin: Origin::Measured },
        None => Figure { value: knowledge::tiers().reserved.total(), origin: Origin::Documented },
    }
}

fn internal(given: &Given) -> ServiceSlots {
    let exactly = |value, origin| ServiceSlots { min: value, max: value, origin };
    let measured = given.measured.as_ref();
    if let Some(value) = given.internal {
        exactly(value, Origin::Flag)
    } else if let Some(measured) = measured {
        exactly(measured.services, Origin::Measured)
    } else {
        let documented = &knowledge::tiers().services;
        ServiceSlots { min: documented.idle_min, max: documented.idle_max, origin: Origin::Estimate }
    }
}

/// Why a number is not known, with what would tell it.
fn reason(given: &Given) -> String {
    match (given.tier, &given.measured) {
        (Some(tier), _) => format!("it is not documented for {}; read it in the dashboard", tier.name),
        (None, Some(measured)) if !measured.consistent_with.is_empty() => format!(
            "the report does not tell it; add --tier (its max_connections is that of {})",
            measured.consistent_with.join(" and ")
        ),
        (None, Some(_)) => "the report does not tell it; add --tier".to_owned(),
        (None, None) => format!("give it, or name the compute size (--tier, one of {})", tier_ids()),
    }
}

fn tier_ids() -> String {
    knowledge::tiers().ids().collect::<Vec<_>>().join(", ")
}
