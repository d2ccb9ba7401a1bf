//! What the figures mean: findings, and one verdict. Pure.

use super::application::{Application, Offered};
use super::knee::Evidence;
use super::outcome::{End, Failed, Limit, LimitFrom, Load, Rehearsal};
use crate::capacity::{Demand, used_percent};
use crate::endpoint::Mode;
use crate::rules::Severity;

/// Something that is wrong, or to be known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Its id.
    pub rule: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What is so.
    pub message: String,
    /// What to do.
    pub fix: String,
}

/// The answer to "may I deploy this?".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// It fits, as far as it was rehearsed.
    Fits,
    /// It works, and something waits.
    Waits,
    /// It does not fit.
    Exceeds,
    /// Not answered.
    Unknown,
}

impl Verdict {
    /// The name in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fits => "fits",
            Self::Waits => "waits",
            Self::Exceeds => "exceeds",
            Self::Unknown => "unknown",
        }
    }
}

impl Rehearsal {
    /// The answer.
    pub fn verdict(&self) -> Verdict {
        // What was said beforehand is no measurement: only an error of it decides.
        let counts = |finding: &&Finding| finding.severity == Severity::Error || !self.of_settings.contains(finding);
        let worst = self.findings.iter().filter(counts).map(|finding| finding.severity).max();
        match worst {
            Some(Severity::Error) => Verdict::Exceeds,
            _ if !self.is_answered() => Verdict::Unknown,
            Some(Severity::Warning) => Verdict::Waits,
            _ => Verdict::Fits,
        }
    }

    /// Server connections that the application can have, by the best knowledge there is; `None` where nothing was learnt.
    pub fn limit(&self) -> Option<Limit> {
        self.advice.as_ref().map(|advice| advice.limit)
    }

    /// Everything that is wrong, worst first.
    pub(super) fn judge(&self) -> Vec<Finding> {
        let mut findings: Vec<Finding> = [
            refused(self),
            lost(self),
            too_large(self),
            waits_at_the_endpoint(self),
            checkout_timeout(self),
            others_wait(self),
            waits_for_its_own_pool(self),
            in_part(self),
            opens_per_request(self),
        ]
        .into_iter()
        .flatten()
        .chain(self.of_settings.iter().cloned())
        .collect();
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        findings
    }
}

/// What would help against too many connections.
fn smaller_pool(rehearsal: &Rehearsal) -> String {
    let Some(advice) = &rehearsal.advice else { return "make the pools smaller".to_owned() };
    let (demand, limit) = (&advice.demand, advice.limit);
    if demand.total() > limit.connections {
        let instead = match rehearsal.mode() {
            Mode::Session => "use the transaction pooler (port 6543), or fewer processes",
            Mode::Transaction | Mode::Statement => "raise the pooler's pool size, or shorten the transactions",
            _ => "use a transaction pooler, or fewer processes",
        };
        return format!(
            "{} processes with one connection each are more than {}: {instead}",
            demand.processes(),
            limit.connections
        );
    }
    let each = if demand.processes() > 1 { " in each process" } else { "" };
    format!(
        "set the pool to {} without overflow{each} ({demand} = {} of {})",
        demand.pool,
        demand.total(),
        limit.connections
    )
}

fn refused(rehearsal: &Rehearsal) -> Option<Finding> {
    let load = rehearsal.yours.as_ref()?;
    let worst: &Failed = load.failed.iter().find(|failed| failed.is_capacity())?;
    let cause = worst.cause.map(|cause| format!(" ({cause})")).unwrap_or_default();
    Some(Finding {
        rule: "pool-refused",
        severity: Severity::Error,
        message: format!("Refused with {} connections open{cause}: {}", load.most_open, worst.text),
        fix: smaller_pool(rehearsal),
    })
}

fn lost(rehearsal: &Rehearsal) -> Option<Finding> {
    let loads = [&rehearsal.yours, &rehearsal.advised];
    let how = loads.into_iter().flatten().find_map(|load| match &load.end {
        End::Lost(how) => Some(how),
        _ => None,
    })?;
    Some(Finding {
        rule: "endpoint-lost",
        severity: Severity::Error,
        message: format!("The endpoint failed under the load: {how}"),
        fix: "find out whether it restarted or refuses logins (supascope probe), then rehearse again".to_owned(),
    })
}

/// Clients that the application can have at the endpoint, where that is another number than that of server connections.
fn too_large(rehearsal: &Rehearsal) -> Option<Finding> {
    let limit = rehearsal.limit()?;
    let demand = rehearsal.application.demand();
    let known = limit.from != LimitFrom::Assumed;
    // Where server connections go from hand to hand, clients may outnumber them.
    if !rehearsal.holds() || demand.total() <= limit.connections {
        return None;
    }
    let rule = match rehearsal.mode() {
        Mode::Session => "pool-exceeds-session-cap",
        _ => "pool-exceeds-max-connections",
    };
    Some(Finding {
        rule,
        severity: if known { Severity::Error } else { Severity::Warning },
        message: format!(
            "The application may ask for {} connections, and {} are there ({}).",
            sum(&demand),
            limit.connections,
            limit.from.words()
        ),
        fix: smaller_pool(rehearsal),
    })
}

fn waits_at_the_endpoint(rehearsal: &Rehearsal) -> Option<Finding> {
    let load = rehearsal.yours.as_ref()?;
    let knee = load.knee.filter(|knee| matches!(knee.evidence, Evidence::Queue | Evidence::Throughput))?;
    // Throughput may end at this machine, which others keep busy as well.
    let severity = if knee.cap.is_some() { Severity::Warning } else { Severity::Note };
    let message = match (knee.cap, knee.offered) {
        (Some(cap), _) => {
            let (server, them) =
                if cap == 1 { ("server connection is", "one") } else { ("server connections are", "as many") };
            let own = if rehearsal.holds() { ", with the one by which supascope looks" } else { "" };
            format!(
                "{cap} {server} there for this application{own} (measured): beyond {them} at once, transactions wait."
            )
        }
        (None, Some(offered)) => {
            format!("Beyond {}, throughput no longer grows: the endpoint, or this machine, is busy.", offer(offered))
        }
        (None, None) => "Throughput does not grow at all.".to_owned(),
    };
    Some(Finding { rule: "pool-waits", severity, message, fix: smaller_pool(rehearsal) })
}

fn checkout_timeout(rehearsal: &Rehearsal) -> Option<Finding> {
    let load = rehearsal.yours.as_ref().filter(|load| load.end == End::CheckoutTimeout)?;
    let longest = load.all(|step| &step.checkout).max_ms();
    let waited = longest.map(|ms| format!(" (the longest wait that ended well: {ms:.0} ms)")).unwrap_or_default();
    Some(Finding {
        rule: "application-pool-timeout",
        severity: Severity::Error,
        message: format!("A request got no connection from the application's pool in time{waited}."),
        fix:
            "shorten the transactions, or send fewer requests at once; a larger pool helps only while the endpoint has \
              connections left"
                .to_owned(),
    })
}

fn others_wait(rehearsal: &Rehearsal) -> Option<Finding> {
    let loads = [&rehearsal.yours, &rehearsal.advised];
    let how = loads.into_iter().flatten().find_map(|load| match &load.end {
        End::OthersWait(how) => Some(how),
        _ => None,
    })?;
    Some(Finding {
        rule: "others-wait",
        severity: Severity::Warning,
        message: format!("Stopped, since others began to wait: {how}"),
        fix: "rehearse at a quieter time, or on a copy of the project; supascope watch shows who is busy".to_owned(),
    })
}

fn waits_for_its_own_pool(rehearsal: &Rehearsal) -> Option<Finding> {
    let load = rehearsal.yours.as_ref().filter(|load| load.pools.is_whole)?;
    let knee = load.knee.filter(|knee| knee.evidence == Evidence::OwnPool)?;
    let offered = knee.offered.map_or_else(String::new, |offered| format!(" beyond {}", offer(offered)));
    Some(Finding {
        rule: "application-pool-waits",
        severity: Severity::Note,
        message: format!(
            "Requests wait for the application's own pool{offered}: its {} connections are all in use.",
            load.pools.connections()
        ),
        fix: "in order while the waits are short: a pool is a queue; compare the checkout times".to_owned(),
    })
}

fn in_part(rehearsal: &Rehearsal) -> Option<Finding> {
    let load = rehearsal.yours.as_ref().filter(|load| !load.pools.is_whole)?;
    let allowance = rehearsal.learnt.as_ref()?.allowance.as_ref().ok()?;
    Some(Finding {
        rule: "rehearsed-in-part",
        severity: Severity::Note,
        message: format!(
            "Rehearsed with {} of {} connections: {} of {} free ({}) may be taken, one of them by supascope itself.",
            load.pools.connections(),
            load.demand.total(),
            allowance.share,
            allowance.free,
            allowance.narrowest.noun()
        ),
        fix: "--max-share allows more, on an endpoint where that harms nobody".to_owned(),
    })
}

fn opens_per_request(rehearsal: &Rehearsal) -> Option<Finding> {
    let costs = rehearsal.per_request.as_ref()?;
    let (ratio, connect) = (costs.ratio()?, costs.connect.quantile_ms(50)?);
    Some(Finding {
        rule: "connect-per-request",
        severity: Severity::Note,
        message: format!(
            "Connecting for every request costs {connect:.1} ms each (TCP, TLS, login): a request takes {ratio:.1} times as long as over a pool."
        ),
        fix: "keep a pool in each process; in short-lived functions, one connection outside the handler".to_owned(),
    })
}

/// `8 clients`, `50 requests a second`
pub fn offer(offered: Offered) -> String {
    match offered {
        Offered::Clients(1) => "1 client".to_owned(),
        Offered::Clients(clients) => format!("{clients} clients"),
        Offered::PerSecond(rate) => format!("{} requests a second", round(rate)),
    }
}

/// A rate as people write it.
fn round(rate: f64) -> String {
    if rate < 10.0 && rate.fract() != 0.0 { format!("{rate:.1}") } else { format!("{rate:.0}") }
}

/// `2 instances x (5 + 10) = 30`
pub fn sum(demand: &Demand) -> String {
    let (product, total) = (demand.to_string(), demand.total().to_string());
    if product == total { total } else { format!("{product} = {total}") }
}

/// The share of the limit that the application's connections are, in percent.
pub fn share_percent(application: &Application, limit: Limit) -> Option<u32> {
    used_percent(application.demand().total(), limit.connections)
}

/// The same of a load as it was rehearsed.
pub fn load_share_percent(load: &Load, limit: Limit) -> Option<u32> {
    used_percent(load.most_open, limit.connections)
}
