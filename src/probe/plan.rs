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
//! names a user before A's first answer, and no proof of a password before A has logged in. A direct endpoint is known
//! in round trip 7 and confirmed in 8. Session mode takes two or three rounds more. The validated schedule has B's hold and
//! A's run in two round trips; here A's batch follows B's by 3 ms in one, and is repeated when it came too early.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::budget::Budget;
use super::door::{Door, Limits};
use super::draft::{Core, Draft, Roots, Trusted, chain_fault};
use super::first_batch::{self, FirstBatchError};
use super::gate::{Gate, Stage};
use super::headroom::Activity;
use super::link::{First, Greeting, Link, LinkError, Socket};
use super::names::{APPLICATION_NAME, Names};
use super::pair::{self, End};
use super::startup_options::{self, Fate, StartupOptions};
use super::tls::Sslmode;
use super::trace::Trace;
use super::{Connect, Failure, Part, Plaintext, ProbeReport, Refusal, login, plaintext, refusal, resolve};
use tokio::sync::OnceCell;

use crate::context::Context;
use crate::endpoint::EndpointKind;
use crate::wire::WireError;
use crate::wire::tls::Versions;

/// How long the first query may take. The validated bound for a query that is expected at once is 1 s; a pool that is
/// full makes it wait, and 5 s tell that apart from a slow one.
const FIRST_QUERY_WITHIN: Duration = Duration::from_secs(5);
/// The least that side questions are waited for when the core is done.
const MIN_GRACE: Duration = Duration::from_millis(400);
/// With fewer free slots than this no second backend is asked for.
const MIN_FREE_SLOTS: u32 = 3;

/// Measures one endpoint, within the limits and the budget.
pub async fn run(door: &Door, context: &Context, limits: Limits) -> ProbeReport {
    let started = Instant::now();
    let budget = Budget::new();
    let trace = Trace::new();
    let mut draft = Draft::default();
    let measure = Box::pin(measure(door, context, limits, &budget, &trace, &mut draft));
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

/// What all lines of the plan share.
struct Run<'r> {
    door: &'r Door,
    /// The trust stores, once they are read.
    trusted: OnceCell<Option<Arc<Trusted>>>,
    budget: &'r Budget,
    trace: &'r Trace,
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
    let run = Run { door, trusted: OnceCell::new(), budget, trace, gate: Gate::new(), timeout, address };
    let Draft { core, options, plaintext, app_version, direct_tls, tls12, .. } = draft;
    let grace = MIN_GRACE.max(socket.tcp() * 4);
    let core = Box::pin(run.core(socket, Roots::Loading(trusted), core));
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
/// longer than the others. A stranger comes last in every turn, so that it is the one to wait for a free place.
async fn beside(
    core: impl Future<Output = ()>,
    asides: impl Future<Output = ()>,
    strangers: impl Future<Output = ()>,
    grace: Duration,
) {
    let (mut core, mut asides, mut strangers) = (pin!(core), pin!(asides), pin!(strangers));
    let (mut core_done, mut asides_done, mut strangers_done) = (false, false, false);
    while !core_done {
        tokio::select! {
            biased;
            () = &mut core => core_done = true,
            () = &mut asides, if !asides_done => asides_done = true,
            () = &mut strangers, if !strangers_done => strangers_done = true,
        }
    }
    let until = tokio::time::sleep(grace);
    let mut until = pin!(until);
    while !asides_done {
        tokio::select! {
            biased;
            () = &mut asides => asides_done = true,
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

impl Run<'_> {
    /// A and B: the login, the first batch, the pair.
    async fn core(&self, socket: Socket<'_>, roots: Roots, out: &mut Core) {
        let Some(names) = Names::fresh() else {
            out.remark = Some("this machine gives no randomness, so nothing may be created".to_owned());
            self.gate.set(Stage::Stopped);
            return;
        };
        let (first, second) = tokio::join!(self.first_line(socket, roots, &names, out), self.second_line());
        let (Some(mut a), second) = (first, second) else { return };
        match second {
            Ok(Some(mut b)) => {
                if may_hold(out) {
                    self.pair(&mut a, &mut b, &names, out).await;
                } else {
                    out.remark = Some("fewer than 3 slots are free: no second backend was taken".to_owned());
                }
                tokio::join!(a.link.leave(), b.link.leave());
            }
            Ok(None) => a.link.leave().await,
            Err(error) => {
                out.second_refused = Some(refusal::from_link(&error, self.address));
                a.link.leave().await;
            }
        }
    }

    async fn pair(&self, a: &mut LoggedIn<'_>, b: &mut LoggedIn<'_>, names: &Names, out: &mut Core) {
        let Some(first_batch) = &out.first_batch else { return };
        let end_a = End { wire: &mut a.link.wire, key_pid: a.greeting.key_pid };
        let end_b = End { wire: &mut b.link.wire, key_pid: b.greeting.key_pid };
        out.pair = Some(pair::run(end_a, end_b, first_batch, names, self.door.mode, self.trace).await);
    }

    /// A, from `SSLRequest` to the first batch. Whatever stops it closes the gate for the others.
    async fn first_line<'a>(
        &'a self,
        socket: Socket<'a>,
        roots: Roots,
        names: &Names,
        out: &mut Core,
    ) -> Option<LoggedIn<'a>> {
        let logged_in = self.first_login(socket, roots, out).await;
        let mut a = match logged_in {
            Ok(a) => a,
            Err(failure) => {
                self.gate.set(Stage::Stopped);
                out.failure = failure;
                return None;
            }
        };
        out.greeting = Some(a.greeting.clone());
        out.times = Some(a.link.times);
        let first_batch = first_batch::run(&mut a.link.wire, names, FIRST_QUERY_WITHIN);
        match self.trace.step('A', "first batch", first_batch).await {
            Ok(batch) => out.first_batch = Some(batch),
            Err(FirstBatchError::Refused(fields)) => out.failure = Some(refusal::from_server(&fields, self.address)),
            Err(FirstBatchError::Wire(error)) => out.failure = Some(self.first_query_failed(&error)),
        }
        // Without the first batch there is nothing to build on, but the login stands and the others may finish.
        out.first_batch.is_some().then_some(a)
    }

    fn first_query_failed(&self, error: &WireError) -> Failure {
        let mut failure = refusal::from_wire(error, self.address);
        if error.is_timeout() {
            failure.refusal = Refusal::PoolFull;
            failure.message = format!(
                "{}: the login succeeded, but the first query got no server connection within {} s",
                self.address,
                FIRST_QUERY_WITHIN.as_secs()
            );
        } else if error.is_closed() {
            failure.refusal = Refusal::DatabaseUnreachable;
            failure.message = format!(
                "{}: the login succeeded, and the connection was closed at the first query, as a pooler does that \
                 cannot reach its database",
                self.address
            );
        }
        failure
    }

    /// A up to the greeting. `Err(None)`: no login, and nothing is wrong.
    async fn first_login<'a>(
        &'a self,
        socket: Socket<'a>,
        roots: Roots,
        out: &mut Core,
    ) -> Result<LoggedIn<'a>, Option<Failure>> {
        let door = self.door;
        let securing = socket.secure(&door.host, Versions::Any, self.timeout);
        let secured = self.trace.step('A', "SSLRequest, TLS", securing).await;
        let trusted = self.trusted.get_or_init(|| roots.ready()).await.clone();
        out.trusted = trusted;
        let mut link = match secured {
            Ok(link) => link,
            Err(LinkError::NoTls) => self.without_tls(out).await?,
            Err(error) => return Err(Some(refusal::from_link(&error, self.address))),
        };
        out.peer.clone_from(&link.peer);
        let untrusted = out.chain_fault(door).map(|(refusal, message)| Failure {
            refusal,
            message: format!("{}: {message}", self.address),
            server: None,
        });
        let Some(user) = &door.user else {
            out.remark = Some("the setting names no user, so no session was started".to_owned());
            return Err(untrusted);
        };
        let starting = link.start(&[("application_name", APPLICATION_NAME)], user, &door.database);
        let first = self.trace.step('A', "first answer", starting).await;
        out.times = Some(link.times);
        let first = first.map_err(|error| Some(refusal::from_wire(&error, self.address)))?;
        out.note_first(&first);
        if let First::Refused(fields) = &first {
            return Err(Some(refusal::from_server(fields, self.address)));
        }
        if untrusted.is_some() {
            out.remark = Some("no login: the certificate does not pass the setting's sslmode".to_owned());
            return Err(untrusted);
        }
        if door.password.is_none() && out.method != Some("trust") {
            out.remark = Some(format!("no login: {}", door.no_password));
            return Err(None);
        }
        let direct = login::offers_channel_binding(&first);
        self.gate.set(Stage::Asked { direct });
        match self.trace.step('A', "log in", login::run(&mut link, door, &first, None)).await {
            Ok(Some(greeting)) => {
                self.gate.set(Stage::LoggedIn { direct });
                Ok(LoggedIn { link, greeting })
            }
            Ok(None) => Err(None),
            Err(error @ LinkError::Unsafe(why)) => {
                out.remark = Some(format!("no login: {why}"));
                Err(Some(refusal::from_link(&error, self.address)))
            }
            Err(error) => {
                let failure = refusal::from_link(&error, self.address);
                out.login_failed = true;
                Err(Some(failure))
            }
        }
    }

    /// The server has no TLS: only a stack on one's own machine is logged in to.
    async fn without_tls<'a>(&'a self, out: &mut Core) -> Result<Link<'a>, Option<Failure>> {
        out.no_tls = true;
        let refused = refusal::from_link(&LinkError::NoTls, self.address);
        if self.door.sslmode >= Sslmode::Require {
            return Err(Some(refused));
        }
        if !self.door.plaintext_login {
            // A failure for `prefer`, too: that is how somebody on the way who takes TLS away would look.
            out.remark = Some("no login: the server has no TLS, and a login is tried over TLS only".to_owned());
            return Err(Some(refused));
        }
        let grant = self.budget.grant().await.ok_or(None)?;
        let socket = Socket::connect(self.address, self.timeout, grant).await;
        let socket = socket.map_err(|error| Some(refusal::from_wire(&error, self.address)))?;
        Ok(socket.plaintext(self.timeout))
    }

    /// B: as far as the server's first SCRAM message on its own, the rest when A is in.
    async fn second_line(&self) -> Result<Option<LoggedIn<'_>>, LinkError> {
        let Some(mut link) = self.trace.step('B', "connect, TLS", self.open()).await? else { return Ok(None) };
        if self.gate.asked().await.is_none() {
            return Ok(None);
        }
        let user = self.door.user.as_deref().unwrap_or_default();
        let starting = link.start(&[("application_name", APPLICATION_NAME)], user, &self.door.database);
        let first = self.trace.step('B', "first answer", starting).await?;
        let logging_in = self.log_in_behind_the_gate(&mut link, &first);
        let greeting = self.trace.step('B', "wait for A, log in", logging_in).await?;
        Ok(greeting.map(|greeting| LoggedIn { link, greeting }))
    }

    /// A further login. Its own certificate is judged as the first one's was: another server may answer behind the same
    /// address.
    async fn log_in_behind_the_gate(&self, link: &mut Link<'_>, first: &First) -> Result<Option<Greeting>, LinkError> {
        let trusted = self.trusted.get().and_then(Option::as_deref);
        if link.peer.as_ref().is_some_and(|peer| chain_fault(peer, trusted, self.door).is_some()) {
            return Err(LinkError::Unsafe("a further connection met a certificate that does not pass the sslmode"));
        }
        login::run(link, self.door, first, Some(&self.gate)).await
    }

    /// A further connection of the same kind as A's; `None` when the budget is spent.
    async fn open(&self) -> Result<Option<Link<'_>>, LinkError> {
        let Some(grant) = self.budget.grant().await else { return Ok(None) };
        let socket = Socket::connect(self.address, self.timeout, grant).await?;
        match socket.secure(&self.door.host, Versions::Any, self.timeout).await {
            Err(LinkError::NoTls) if self.door.plaintext_login => {
                let Some(grant) = self.budget.grant().await else { return Ok(None) };
                let socket = Socket::connect(self.address, self.timeout, grant).await?;
                Ok(Some(socket.plaintext(self.timeout)))
            }
            secured => secured.map(Some),
        }
    }

    /// F: what becomes of settings in the startup message.
    async fn options(&self, out: &mut Option<StartupOptions>) {
        *out = Some(match self.trace.step('F', "startup options", self.try_options()).await {
            Ok(options) => options,
            Err(error) => StartupOptions::not_run(&refusal::from_link(&error, self.address).message),
        });
    }

    async fn try_options(&self) -> Result<StartupOptions, LinkError> {
        let not_run = || Ok(StartupOptions::not_run("no login"));
        let Some(mut link) = self.open().await? else { return not_run() };
        let Some(direct) = self.gate.asked().await else { return not_run() };
        let user = self.door.user.as_deref().unwrap_or_default();
        let options = startup_options::options(direct);
        let parameters = [("application_name", APPLICATION_NAME), ("options", options.as_str())];
        let first = link.start(&parameters, user, &self.door.database).await?;
        if let Some(fate) = startup_options::fate_of(&first) {
            drop(link);
            let search_path = match fate {
                Fate::Refused(_) => self.try_search_path(user).await?,
                _ => Fate::Unknown("not tried".to_owned()),
            };
            return Ok(StartupOptions { options: fate, search_path });
        }
        if self.log_in_behind_the_gate(&mut link, &first).await?.is_none() {
            return not_run();
        }
        let seen = startup_options::look(&mut link, direct, FIRST_QUERY_WITHIN).await?;
        link.leave().await;
        Ok(seen)
    }

    /// A pooler that refuses options says so before any password: a first answer is enough.
    async fn try_search_path(&self, user: &str) -> Result<Fate, LinkError> {
        let Some(mut link) = self.open().await? else { return Ok(Fate::Unknown("not tried".to_owned())) };
        let first = link.start(&[("options", startup_options::SEARCH_PATH_ONLY)], user, &self.door.database).await?;
        Ok(startup_options::fate_of(&first)
            .unwrap_or_else(|| Fate::Unknown("taken at startup; whether it has an effect was not tried".to_owned())))
    }

    /// C.
    async fn plaintext(&self, out: &mut Plaintext) {
        if let Some(user) = &self.door.user {
            let asking = plaintext::ask(self.address, user, &self.door.database, self.timeout, self.budget);
            *out = self.trace.step('C', "plaintext", asking).await;
        }
    }

    /// D. PostgreSQL logs a line for it and learns nothing, so a direct endpoint is spared.
    async fn version(&self, out: &mut Option<String>) {
        if self.door.kind != EndpointKind::Direct {
            let asking = super::fingerprint::ask_version(self.address, self.timeout, self.budget);
            *out = self.trace.step('D', "GET", asking).await;
        }
    }

    /// G. PostgreSQL before 17 logs a line for it, of a packet of invalid length.
    async fn direct_tls(&self, out: &mut Option<bool>) {
        let asking = super::direct_tls::ask(self.address, &self.door.host, self.timeout, self.budget);
        *out = self.trace.step('G', "direct TLS", asking).await;
    }

    /// E: whether TLS 1.2 is taken; A shows 1.3.
    async fn tls12(&self, out: &mut Option<bool>) {
        let Some(grant) = self.budget.grant().await else { return };
        let Ok(socket) = Socket::connect(self.address, self.timeout, grant).await else { return };
        let securing = socket.secure(&self.door.host, Versions::Only12, self.timeout);
        *out = match self.trace.step('E', "TLS 1.2", securing).await {
            Ok(_) => Some(true),
            Err(LinkError::Tls(error)) if error.is_version_refused() => Some(false),
            Err(_) => None,
        };
    }
}

/// Whether enough slots are free to take a second backend for a moment.
fn may_hold(out: &Core) -> bool {
    let activity = out.first_batch.as_ref().and_then(|batch| batch.activity.as_deref()).and_then(Activity::parse);
    activity.is_none_or(|activity| activity.free() >= MIN_FREE_SLOTS)
}

/// A connection that has logged in.
struct LoggedIn<'a> {
    link: Link<'a>,
    greeting: Greeting,
}
