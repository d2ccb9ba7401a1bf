//! The plan: what runs beside what, and in which round trip.
//!
//! | round trip | A (first) | B (second) | C plaintext | D `GET` | E TLS 1.2 | F startup options | G direct TLS |
//! |---|---|---|---|---|---|---|---|
//! | 1 | connect | | | | | | |
//! | 2 | `SSLRequest` | connect | connect | connect | connect | connect | |
//! | 3 | TLS | `SSLRequest` | first answer, close | answer, close | `SSLRequest` | `SSLRequest` | |
//! | 4 | first answer | TLS | | | TLS 1.2, close | TLS | connect |
//! | 5 | server-first | first answer | | | | first answer | answer, close |
//! | 6 | logged in | server-first, wait | | | | server-first, wait | |
//! | 7 | first batch | logged in | | | | logged in | |
//! | 8 | run beside the hold | hold | | | | look, close | |
//! | 9 | clean | clean, let go | | | | | |
//!
//! G takes the place of the first of the others that is done: six connections are open at a time, never seven.
//! The others start when A's TCP connection stands, so that a dead host costs one connection; B and F send nothing that
//! names a user before A's first answer, and no proof of a password before A has logged in. The validated schedule has B's
//! hold and A's run in two round trips; here A's batch follows B's by 3 ms in one, and is repeated when it came too early.
//!
//! Where a login takes a slot (session mode, and the database itself) B and F send their proof only when the first batch has
//! counted enough free slots: one round trip later.
//!
//! | round trip | A | B | F |
//! |---|---|---|---|
//! | 7 | first batch | wait | wait |
//! | 8 | ask; direct: make session state | logged in | logged in |
//! | 9 | make session state; direct: look for it, **direct is known** | ask; direct: notify | look, close |
//! | 10 | look for it, **session mode is known** | notify | |

mod asides;
mod core;

use std::future::Future;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::OnceCell;

use super::budget::Budget;
use super::door::{Door, Limits};
use super::draft::{Draft, Roots, Trusted};
use super::gate::Gate;
use super::link::Socket;
use super::trace::Trace;
use super::{Connect, Failure, Part, ProbeReport, Product, Refusal, fingerprint, refusal, resolve};
use crate::context::Context;
use crate::wire::Keyring;

/// The pause before the first retry.
const RETRY_PAUSE: Duration = Duration::from_millis(250);
/// The least that side questions are waited for when the core is done.
const MIN_GRACE: Duration = Duration::from_millis(400);

/// Measures one endpoint, within the limits and the budget.
pub async fn run(door: &Door, context: &Context, limits: Limits) -> ProbeReport {
    let started = Instant::now();
    let budget = Budget::new();
    let trace = Trace::new();
    let mut draft = Draft::default();
    let measure = Box::pin(measure_again(door, context, limits, &budget, &trace, &mut draft));
    let measured = tokio::time::timeout(limits.deadline, measure).await;
    // What the first two connections have measured stands, whatever the others are still waiting for.
    if measured.is_err() && draft.core.failure.is_none() && draft.core.pair.is_none() {
        let (seconds, stage) = (limits.deadline.as_secs(), draft.stage());
        let message = match draft.address {
            Some(address) => format!("{address}: the deadline of {seconds} s ran out {stage}"),
            None => format!("the deadline of {seconds} s ran out {stage}"),
        };
        draft.core.failure = Some(Failure { refusal: Refusal::Timeout, message, server: None });
    }
    let mut report = draft.into_report(door, context, &budget, started.elapsed());
    report.trace = trace.steps();
    report
}

/// Measures; begins again, after a pause that doubles, as often as was asked for and as long as no connection was made.
async fn measure_again(
    door: &Door,
    context: &Context,
    limits: Limits,
    budget: &Budget,
    trace: &Trace,
    draft: &mut Draft,
) {
    let mut pause = RETRY_PAUSE;
    for retries_left in (0..=limits.retries).rev() {
        measure(door, context, limits, budget, trace, draft).await;
        if retries_left == 0 || !may_retry(draft) {
            return;
        }
        tokio::time::sleep(pause).await;
        pause *= 2;
        budget.start_over();
        *draft = Draft::default();
    }
}

/// Whether the network is at fault, and not even a first packet was answered: nothing that was said can be repeated.
fn may_retry(draft: &Draft) -> bool {
    draft.address.is_none()
        && draft.core.failure.as_ref().is_some_and(|failure| {
            matches!(
                failure.refusal,
                Refusal::ResolverFailed | Refusal::ConnectionRefused | Refusal::Timeout | Refusal::Unreachable
            )
        })
}

/// What all lines of the plan share.
struct Run<'r> {
    door: &'r Door,
    context: &'r Context,
    /// The trust stores, once they are read.
    trusted: OnceCell<Option<Arc<Trusted>>>,
    budget: &'r Budget,
    trace: &'r Trace,
    /// The hashed password, once it is.
    keyring: Keyring,
    gate: Gate,
    timeout: Duration,
    address: SocketAddr,
}

async fn measure(door: &Door, context: &Context, limits: Limits, budget: &Budget, trace: &Trace, draft: &mut Draft) {
    let timeout = limits.connect_timeout;
    let given = context.ssl_root_cert.clone().or_else(|| door.ssl_root_cert.clone());
    // Reading the trust stores takes milliseconds, and runs beside the first round trips.
    let trusted = tokio::task::spawn_blocking(move || Arc::new(Trusted::load(given.as_deref())));
    let resolving = resolve::run(&door.host, door.hostaddr.as_deref(), door.port, timeout);
    let resolved = trace.step('A', "resolve", resolving).await;
    draft.resolve = Some(resolved.part);
    if let Some(failure) = resolved.failure {
        draft.core.failure = Some(failure);
        return;
    }
    let connecting = connect_first(&resolved.addresses, timeout, budget, draft);
    let Some(socket) = trace.step('A', "connect", connecting).await else { return };
    let Some(address) = draft.address else { return };
    let run = Run {
        door,
        context,
        trusted: OnceCell::new(),
        budget,
        trace,
        keyring: Keyring::default(),
        gate: Gate::new(),
        timeout,
        address,
    };
    let Draft { core, options, plaintext, app_version, direct_tls, tls12, .. } = draft;
    let grace = MIN_GRACE.max(socket.tcp() * 4);
    let core = Box::pin(async {
        run.core(socket, Roots::Loading(trusted), core).await;
        fingerprint::tell(&core.marks()).0 == Product::Supavisor
    });
    let asides = Box::pin(async {
        tokio::join!(run.options(options), run.plaintext(plaintext), run.tls12(tls12));
    });
    let strangers = async {
        tokio::join!(run.version(app_version), run.direct_tls(direct_tls));
    };
    beside(core, asides, strangers, grace).await;
}

/// Runs the core, and the side questions beside it. Those that a server answers as a matter of course (`asides`) are waited
/// for a little when the core is done; those that only some servers answer at all (`strangers`), in one round trip, no
/// longer than the others. The core says whether a Supavisor answers: that one knows all of them (measured on 2.8.8 and
/// 2.9.7), so it is waited for as long as the questions are left open. A stranger comes last in every turn, so that it is
/// the one to wait for a free place.
async fn beside(
    core: impl Future<Output = bool>,
    asides: impl Future<Output = ()>,
    strangers: impl Future<Output = ()>,
    grace: Duration,
) {
    let (mut core, mut asides, mut strangers) = (pin!(core), pin!(asides), pin!(strangers));
    let (mut asides_done, mut strangers_done) = (false, false);
    let knows_all = loop {
        tokio::select! {
            biased;
            knows_all = &mut core => break knows_all,
            () = &mut asides, if !asides_done => asides_done = true,
            () = &mut strangers, if !strangers_done => strangers_done = true,
        }
    };
    let until = tokio::time::sleep(if knows_all { fingerprint::ANSWER_WITHIN.max(grace) } else { grace });
    let mut until = pin!(until);
    while !asides_done || knows_all && !strangers_done {
        tokio::select! {
            biased;
            () = &mut asides, if !asides_done => asides_done = true,
            () = &mut strangers, if !strangers_done => strangers_done = true,
            () = &mut until => return,
        }
    }
}

/// Tries the addresses in order.
async fn connect_first<'b>(
    addresses: &[SocketAddr],
    timeout: Duration,
    budget: &'b Budget,
    draft: &mut Draft,
) -> Option<Socket<'b>> {
    let mut tried = Vec::new();
    // Four addresses tell a dead host from a dead address, and leave ten connections to the measurements.
    for address in addresses.iter().take(4) {
        let started = Instant::now();
        let grant = budget.grant().await?;
        match Socket::connect(*address, timeout, grant).await {
            Ok(socket) => {
                draft.address = Some(*address);
                // Another address failed, and this one is as good.
                draft.core.failure = None;
                draft.connect = Some(Part::measured(Connect { address: *address, tried }, Some(started.elapsed())));
                return Some(socket);
            }
            Err(error) => {
                let failure = refusal::from_wire(&error, *address);
                tried.push((*address, failure.message.clone()));
                draft.core.failure = Some(failure);
            }
        }
    }
    let reasons: Vec<&str> = tried.iter().map(|(_, why)| why.as_str()).collect();
    draft.connect = Some(Part::failed(reasons.join("; ")));
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conninfo::read_text;
    use crate::endpoint::classify;

    /// An address that refuses: it was free a moment ago.
    fn refusing() -> SocketAddr {
        std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
    }

    #[tokio::test]
    async fn an_address_that_answers_makes_up_for_one_that_does_not() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let (dead, alive) = (refusing(), listener.local_addr().unwrap());
        let (budget, mut draft) = (Budget::new(), Draft::default());
        let socket = connect_first(&[dead, alive], Duration::from_secs(5), &budget, &mut draft).await;
        assert!(socket.is_some());
        assert_eq!(draft.core.failure, None);
        let connect = draft.connect.unwrap().value.unwrap();
        assert_eq!((connect.address, connect.tried[0].0), (alive, dead));
    }

    #[tokio::test]
    async fn what_cannot_be_reached_is_tried_again_only_when_asked_for() {
        let dead = refusing();
        let setting = format!("postgresql://postgres:pw@db.example?hostaddr={}&port={}", dead.ip(), dead.port());
        let reading = read_text(&setting);
        let conninfo = reading.conninfo().unwrap();
        let door = Door::new(conninfo, &classify(conninfo)).unwrap();
        for (retries, attempts) in [(0, 1), (2, 3)] {
            let limits = Limits { retries, ..Limits::default() };
            let report = run(&door, &Context::default(), limits).await;
            assert_eq!(report.trace.iter().filter(|step| step.name == "connect").count(), attempts);
            assert_eq!(report.connections_opened, 1);
            assert_eq!(report.failure.unwrap().refusal, Refusal::ConnectionRefused);
        }
    }
}
