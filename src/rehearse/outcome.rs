//! What a rehearsal measured, as plain data.

use std::time::Duration;

use super::allowance::{Allowance, Forbidden, Slots};
use super::application::{Application, Offered};
use super::histogram::Histogram;
use super::knee::Knee;
use super::load::Pools;
use super::verdict::Finding;
use crate::capacity::Demand;
use crate::endpoint::{Endpoint, Mode};
use crate::knowledge::errors::Refusal;

/// What happened when so many connections asked for a server connection at the same moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Volley {
    /// Connections that asked.
    pub asked: u32,
    /// Different server connections that answered while all asked.
    pub served: u32,
    /// The same with the one of the connection that looks, where it holds one.
    pub backends: u32,
}

/// One step of the load, measured.
#[derive(Debug, Clone, PartialEq)]
pub struct StepResult {
    /// What was asked of the pools.
    pub offered: Offered,
    /// Connections of the load that stood at its end.
    pub connections: u32,
    /// How many were served at once.
    pub volley: Volley,
    /// How long it took.
    pub elapsed: Duration,
    /// From asking the application's pool to having a connection.
    pub checkout: Histogram,
    /// From `BEGIN` to the answer to `COMMIT`; as many as there were transactions.
    pub query: Histogram,
    /// Requests that were due and could not be started, as too many waited.
    pub not_started: u64,
}

impl StepResult {
    /// Transactions a second.
    pub fn per_second(&self) -> f64 {
        let seconds = self.elapsed.as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52 transactions")]
        let transactions = self.query.count() as f64;
        if seconds > 0.0 { transactions / seconds } else { 0.0 }
    }
}

/// A failure of the load, and how often it was met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed {
    /// The cause's id in the catalogue of errors, where it is known.
    pub cause: Option<&'static str>,
    /// Its class.
    pub refusal: Refusal,
    /// The first text.
    pub text: String,
    /// What to do first, from the catalogue.
    pub first: Option<&'static str>,
    /// How often.
    pub count: u64,
}

impl Failed {
    /// Whether it says that nothing is free: of the pooler, of the database, or of the role.
    pub const fn is_capacity(&self) -> bool {
        matches!(self.refusal, Refusal::PoolFull | Refusal::NoSlots)
    }
}

/// Why a load ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// All its steps were made.
    Finished,
    /// More clients do not get more done.
    Knee,
    /// A connection or a transaction was refused.
    Refused,
    /// A client waited too long for a connection of the application's own pool.
    CheckoutTimeout,
    /// Others began to wait; how that shows.
    OthersWait(String),
    /// The endpoint went away, or refuses for another reason than that nothing is free; how that shows.
    Lost(String),
    /// The user ended it.
    Interrupted,
    /// The deadline ran out.
    OutOfTime,
}

impl End {
    /// The name in reports.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Finished => "finished",
            Self::Knee => "knee",
            Self::Refused => "refused",
            Self::CheckoutTimeout => "checkout-timeout",
            Self::OthersWait(_) => "others-wait",
            Self::Lost(_) => "lost",
            Self::Interrupted => "interrupted",
            Self::OutOfTime => "out-of-time",
        }
    }

    /// Whether the question was answered: the load went as far as it was meant to, or met a limit.
    pub const fn is_answer(&self) -> bool {
        matches!(self, Self::Finished | Self::Knee | Self::Refused | Self::CheckoutTimeout)
    }

    /// Whether nothing may be opened after it.
    pub const fn stops_all(&self) -> bool {
        matches!(self, Self::OthersWait(_) | Self::Lost(_) | Self::Interrupted | Self::OutOfTime)
    }
}

/// One load: the application's pools, or the advised ones.
#[derive(Debug, Clone, PartialEq)]
pub struct Load {
    /// The settings.
    pub demand: Demand,
    /// The pools that were built of them.
    pub pools: Pools,
    /// Its steps.
    pub steps: Vec<StepResult>,
    /// Where more clients no longer get more done.
    pub knee: Option<Knee>,
    /// What failed, most frequent first.
    pub failed: Vec<Failed>,
    /// Most connections at once, the one that looks among them.
    pub most_open: u32,
    /// Why it ended.
    pub end: End,
}

impl Load {
    /// The times of all steps together.
    pub fn all(&self, pick: fn(&StepResult) -> &Histogram) -> Histogram {
        let mut all = Histogram::default();
        for step in &self.steps {
            all.merge(pick(step));
        }
        all
    }

    /// Failures of all kinds.
    pub fn failures(&self) -> u64 {
        self.failed.iter().map(|failed| failed.count).sum()
    }

    /// Most transactions a second of any step.
    pub fn best_per_second(&self) -> Option<f64> {
        self.steps.iter().map(StepResult::per_second).reduce(f64::max)
    }
}

/// What connecting anew for every request costs.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PerRequest {
    /// TCP, TLS and login.
    pub connect: Histogram,
    /// The whole request with a connection of its own.
    pub request: Histogram,
    /// The whole request over a connection of a pool.
    pub pooled: Histogram,
}

impl PerRequest {
    /// How many times longer a request takes, by the medians.
    pub fn ratio(&self) -> Option<f64> {
        let pooled = self.pooled.quantile_ms(50).filter(|pooled| *pooled > 0.0)?;
        Some(self.request.quantile_ms(50)? / pooled)
    }
}

/// Where the number of server connections that the load is held against is known from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LimitFrom {
    /// It was met under load.
    Measured,
    /// `--pooler-pool-size`
    Flag,
    /// The default of the compute size.
    Tier,
    /// The slots of the database that were free.
    Slots,
    /// The default of small projects: nobody said more.
    Assumed,
}

impl LimitFrom {
    /// The name in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Measured => "measured",
            Self::Flag => "flag",
            Self::Tier => "tier-default",
            Self::Slots => "free-slots",
            Self::Assumed => "assumed",
        }
    }

    /// In words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Measured => "measured",
            Self::Flag => "as given",
            Self::Tier => "the compute size's default",
            Self::Slots => "free slots of the database, as measured",
            Self::Assumed => "the default of small projects, assumed",
        }
    }
}

/// Server connections that the application can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// How many.
    pub connections: u32,
    /// Where that is known from.
    pub from: LimitFrom,
}

/// What was learnt before any load.
#[derive(Debug, Clone, PartialEq)]
pub struct Learnt {
    /// Slots and limits.
    pub slots: Slots,
    /// Whether the role sees what others do.
    pub sees_all: bool,
    /// From the first packet to a session that can be used, once.
    pub connect: Duration,
    /// Round trip of the first query.
    pub round_trip: Duration,
    /// The server's version.
    pub server_version: String,
    /// What the share allows, or why nothing.
    pub allowance: Result<Allowance, Forbidden>,
}

/// A whole rehearsal.
#[derive(Debug, Clone)]
pub struct Rehearsal {
    /// The setting, masked.
    pub setting: String,
    /// Which door it knocks on.
    pub endpoint: Endpoint,
    /// The application.
    pub application: Application,
    /// What was learnt first; `None` when nothing could be.
    pub learnt: Option<Learnt>,
    /// Why nothing could be learnt.
    pub unreachable: Option<Failed>,
    /// With the application's own settings.
    pub yours: Option<Load>,
    /// With the advised settings.
    pub advised: Option<Load>,
    /// The advised settings, and what they were worked out from.
    pub advice: Option<Advised>,
    /// What connecting for every request costs, if that was asked.
    pub per_request: Option<PerRequest>,
    /// Connections opened in all.
    pub opened: u32,
    /// What the setting and the stack say beforehand, of things that the load does not do.
    pub of_settings: Vec<Finding>,
    /// What is wrong, worst first.
    pub findings: Vec<Finding>,
    /// How long all took.
    pub wall: Duration,
}

/// The advised pools.
#[derive(Debug, Clone, PartialEq)]
pub struct Advised {
    /// Their settings.
    pub demand: Demand,
    /// What they stay under.
    pub limit: Limit,
    /// What to set, as the stack spells it: an assignment and its place.
    pub settings: Vec<(String, String)>,
}

impl Rehearsal {
    /// The pool mode that is documented for the endpoint.
    pub const fn mode(&self) -> Mode {
        self.endpoint.mode
    }

    /// Whether a client holds its server connection as long as it is connected. Where nobody knows, it is taken to.
    pub const fn holds(&self) -> bool {
        !matches!(self.endpoint.mode, Mode::Transaction | Mode::Statement)
    }

    /// Whether the question was answered.
    pub fn is_answered(&self) -> bool {
        self.yours.as_ref().is_some_and(|load| load.end.is_answer() && !load.steps.is_empty())
    }
}
